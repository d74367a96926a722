// SPDX-License-Identifier: Apache-2.0
#include "node/committee_change.hpp"

#include "node/keygen_setup.hpp"
#include "node/role.hpp"

namespace mc::node {
namespace {

bool may_follow(governance::CommitteeState state) {
  using enum governance::CommitteeState;
  return state == kApproved || state == kActive || state == kPast;
}

/// How those blobs are called at present.
std::set<Hash256> present(const CarriedData::Names& names) {
  std::set<Hash256> out;
  for (const auto& [sealed, name] : names) out.insert(name);
  return out;
}

void add_sealed_for(Epoch epoch, const CarriedData::Epochs& blobs, CarriedData::Names& names) {
  for (const auto& [name, sealed_for] : blobs) {
    if (sealed_for == epoch) names.emplace(name, name);
  }
}

/// The store's list of a move. One that lacks something which takes part is made anew: an owner who had been removed
/// when the data moved was left behind, and brings her records back when a chamber admits her again.
Result<protocol::MigrationManifest> list_of_move(Epoch epoch, const std::set<Hash256>& live,
                                                 client::StoreClient& store) {
  MC_TRY(const Bytes bytes, store.migration_manifest(epoch.value));
  MC_TRY(protocol::MigrationManifest manifest, protocol::decode_migration_manifest(bytes));
  if (protocol::names_all(manifest, live)) return manifest;
  MC_TRY_STATUS(store.carry(epoch.value));
  MC_TRY(const Bytes anew, store.migration_manifest(epoch.value));
  return protocol::decode_migration_manifest(anew);
}

/// One move: what had which name in the epoch before, and has which now.
Result<CarriedData::Names> audit_move(const client::CommonsDocument& next, const CarriedData::Names& live,
                                      const CarriedData::Names& left, const governance::CommonsChain& chain,
                                      client::StoreClient& store) {
  MC_TRY(const protocol::ApprovedMigration approved, approved_migration(next, chain, boards_of(store)));
  const fhe::ParamsPtr& params = approved.to().params;
  MC_TRY(const fhe::MigrationKey key, migration_key(approved, boards_of(store)));
  const protocol::MigrationAudit audit{approved.ceremony(), fhe::hash_migration_key(*params, key), present(live),
                                       present(left)};
  MC_TRY(const protocol::MigrationManifest manifest, list_of_move(next.epoch, audit.live, store));
  MC_TRY_STATUS(protocol::verify_migration_manifest(manifest, audit, fhe::Migration(params, key), *params,
                                                    [&](const Hash256& name) { return store.blob(name); }));
  CarriedData::Names names;
  for (const protocol::MigratedBlob& blob : manifest.blobs) names.emplace(blob.before, blob.after);
  return names;
}

protocol::BoardReader board_reader(const Boards& boards, const Hash256& ceremony, const fhe::Params& params,
                                   const fhe::CommitteeShape& shape) {
  const std::size_t body_bytes_max = protocol::board_body_bytes_max(params, shape);
  return [&boards, ceremony, body_bytes_max](const protocol::BoardSlot& slot) -> Result<protocol::BoardMessage> {
    MC_TRY(const Bytes bytes, boards(ceremony, slot.name()));
    return protocol::decode_board_message(bytes, body_bytes_max);
  };
}

}  // namespace

Boards boards_of(client::StoreClient& store) {
  return [&store](const Hash256& ceremony, const std::string& slot) { return store.board_message(ceremony, slot); };
}

Result<protocol::ApprovedMigration> approved_migration(const client::CommonsDocument& next,
                                                       const governance::CommonsChain& chain, const Boards& boards) {
  if (next.earlier.empty()) {
    return fail(Code::kInvalidArgument,
                "the committee of epoch " + std::to_string(next.epoch.value) + " comes after no other");
  }
  MC_TRY(const FinalChain final, final_chain(next, chain));
  MC_TRY(const governance::CommitteeStatus status, final.commons.committee_status(next.epoch));
  if (!may_follow(status.state)) {
    return fail(Code::kRefused, "the committee of epoch " + std::to_string(next.epoch.value) + " is " +
                                    std::string(governance::committee_state_name(status.state)) + ", not approved");
  }
  const client::EarlierCommittee& before = next.earlier.back();
  MC_TRY(const protocol::KeygenSetup from,
         keygen_setup(client::at_earlier(next, next.earlier.size() - 1), final.commons));
  MC_TRY(const protocol::KeygenSetup to, keygen_setup(next, final.commons));
  protocol::MigrationFacts facts;
  MC_TRY(facts.next, keygen_facts(final.commons, next.epoch));
  MC_TRY(facts.timelock_s, final.commons.committee_timelock_s());
  facts.now_s = final.block.time_s;
  const protocol::ProposedCommittee proposed{to.commons,    to.epoch,           to.shape.threshold(), to.params,
                                             to.identities, to.galois_elements, status.approved_s};
  std::vector<CustodianId> participants;
  for (const std::uint8_t seat : before.participants) participants.emplace_back(seat);
  return protocol::ApprovedMigration::create(
      from, proposed, facts, board_reader(boards, to.ceremony(), *to.params, to.shape), std::move(participants));
}

Result<fhe::MigrationKey> migration_key(const protocol::ApprovedMigration& approved, const Boards& boards) {
  return protocol::verify_migration(
      approved, board_reader(boards, approved.ceremony(), *approved.from().params, approved.from().shape));
}

Result<std::shared_ptr<const CarriedData::Names>> CarriedData::audit(const client::CommonsDocument& document,
                                                                     const Epochs& live, const Epochs& left,
                                                                     const governance::CommonsChain& chain,
                                                                     client::StoreClient& store) {
  if (names_ && audited_ == live && audited_left_ == left) return names_;
  auto now = std::make_shared<Names>();
  Names gone;
  for (std::size_t i = 0; i < document.earlier.size(); ++i) {
    add_sealed_for(document.earlier[i].epoch, live, *now);
    add_sealed_for(document.earlier[i].epoch, left, gone);
    if (now->empty()) continue;
    const bool last = i + 1 == document.earlier.size();
    MC_TRY(const Names moved,
           audit_move(last ? document : client::at_earlier(document, i + 1), *now, gone, chain, store));
    for (auto& [sealed, name] : *now) name = moved.at(name);
    std::erase_if(gone, [&](const auto& one) { return !moved.contains(one.second); });
    for (auto& [sealed, name] : gone) name = moved.at(name);
  }
  audited_ = live;
  audited_left_ = left;
  names_ = std::move(now);
  return names_;
}

}  // namespace mc::node
