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

/// One move: what had which name in the epoch before, and has which now.
Result<CarriedData::Names> audit_move(const client::CommonsDocument& next, const std::set<Hash256>& live,
                                      const governance::CommonsChain& chain, client::StoreClient& store) {
  MC_TRY(const protocol::ApprovedMigration approved, approved_migration(next, chain, boards_of(store)));
  const fhe::ParamsPtr& params = approved.to().params;
  MC_TRY(const fhe::MigrationKey key, migration_key(approved, boards_of(store)));
  MC_TRY(const Bytes bytes, store.migration_manifest(next.epoch.value));
  MC_TRY(const protocol::MigrationManifest manifest, protocol::decode_migration_manifest(bytes));
  const protocol::MigrationAudit audit{approved.ceremony(), fhe::hash_migration_key(*params, key), live};
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
                                                                     const std::map<Hash256, Epoch>& live,
                                                                     const governance::CommonsChain& chain,
                                                                     client::StoreClient& store) {
  if (names_ && audited_ == live) return names_;
  auto now = std::make_shared<Names>();
  for (std::size_t i = 0; i < document.earlier.size(); ++i) {
    for (const auto& [name, epoch] : live) {
      if (epoch == document.earlier[i].epoch) now->emplace(name, name);
    }
    if (now->empty()) continue;
    std::set<Hash256> before;
    for (const auto& [sealed, name] : *now) before.insert(name);
    const bool last = i + 1 == document.earlier.size();
    MC_TRY(const Names moved, audit_move(last ? document : client::at_earlier(document, i + 1), before, chain, store));
    for (auto& [sealed, name] : *now) name = moved.at(name);
  }
  audited_ = live;
  names_ = std::move(now);
  return names_;
}

}  // namespace mc::node
