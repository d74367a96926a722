// SPDX-License-Identifier: Apache-2.0
#include "client/earlier_consents.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "governance/keccak.hpp"

namespace mc::client {
namespace {

/// Follows the statements from one root to the next.
class Replay {
 public:
  explicit Replay(const ConsentRecords& records) : records_(records), state_(records.dataset, records.domain) {}

  /// Comes to the state whose root this is. A store posts the root of what was published before that root's block.
  Status advance_to(const governance::ConsentRoot& root) {
    for (const PublishedRows& rows : records_.published) {
      if (rows.block >= root.block || !attested_.insert(rows.range.owner).second) continue;
      // What is no attestation never was in the tree.
      const Status applied = state_.apply_published(rows.range.owner, rows.range.count, rows.attestation);
      if (!applied && applied.error().code != Code::kRefused) return applied;
    }
    while (state_.root() != root.root) {
      if (taken_ == records_.statements.size()) {
        return fail(Code::kConflict, "the consent statements that the store shows do not lead to the consent root " +
                                         root.root.hex() + ", under which an earlier committee was asked");
      }
      MC_TRY_STATUS(state_.apply(records_.statements[taken_]));
      ++taken_;
    }
    return {};
  }

  /// The consent for a use at a time under the present root; nothing when nobody had published or the use is none.
  Result<std::optional<ConsentSnapshot>> consent_for(const AskedThen& asked) {
    std::vector<governance::ChainRevocation> said;
    std::ranges::copy_if(records_.revocations, std::back_inserter(said),
                         [&](const governance::ChainRevocation& one) { return one.time_s <= asked.time_s; });
    state_.set_chain_revocations(said);
    ConsentSnapshot snapshot;
    for (const PublishedRows& rows : records_.published) {
      if (!rows.take_part_at(asked.block)) continue;
      query::OwnerSlots slots;
      slots.owner = rows.range.owner.text();
      slots.range = {rows.range.begin, rows.range.count};
      auto mask = state_.mask(rows.range.owner, rows.range.count, asked.use, asked.time_s);
      if (!mask && mask.error().code == Code::kUnsupported) return std::optional<ConsentSnapshot>();
      if (!mask) return fail(mask.error());
      slots.consent = std::move(*mask);
      snapshot.push_back(std::move(slots));
    }
    if (snapshot.empty()) return std::optional<ConsentSnapshot>();
    return std::optional<ConsentSnapshot>(std::move(snapshot));
  }

 private:
  const ConsentRecords& records_;
  governance::ConsentState state_;
  std::set<governance::Address> attested_;
  std::size_t taken_ = 0;
};

/// Whatever was authorised about the data set in an epoch before this one.
Result<std::vector<AskedThen>> asked_before(const governance::CommonsChain& chain, const Hash256& dataset,
                                            Epoch epoch) {
  std::vector<AskedThen> out;
  MC_TRY(const std::vector<governance::Study> studies, chain.studies());
  for (const governance::Study& listed : studies) {
    if (listed.proposal.dataset != dataset) continue;
    MC_TRY(const std::uint32_t used, chain.releases_used(listed.id));
    if (used == 0) continue;
    MC_TRY(const governance::Study study, chain.study(listed.id));
    for (std::uint32_t number = 1; number <= used; ++number) {
      MC_TRY(const governance::RecordedAuthorisation recorded, chain.authorisation(study.id, number));
      if (recorded.epoch.value >= epoch.value) continue;
      out.push_back({recorded.block, recorded.time_s, recorded.authorisation.consent_root, study.asked()});
    }
  }
  return out;
}

Result<std::vector<governance::ConsentRoot>> roots_of(const governance::CommonsChain& chain, const Hash256& dataset) {
  std::vector<governance::ConsentRoot> out;
  MC_TRY(const std::uint64_t count, chain.consent_root_count(dataset));
  for (std::uint64_t i = 0; i < count; ++i) {
    MC_TRY(out.emplace_back(), chain.consent_root_at(dataset, i));
  }
  return out;
}

/// When each owner published, from the events: the ranges do not say.
Result<std::map<governance::Address, std::uint64_t>> publication_blocks(const governance::CommonsChain& chain,
                                                                        const Hash256& dataset) {
  MC_TRY(const std::vector<governance::Log> logs,
         chain.chain().logs({.address = chain.deployment().ledger,
                             .topic = governance::keccak256("DataPublished(bytes32,address,bytes32,bytes32)"),
                             .from_block = 0,
                             .to_block = {}}));
  std::map<governance::Address, std::uint64_t> out;
  for (const governance::Log& log : logs) {
    if (log.topics.size() != 3 || log.topics[1] != dataset) continue;
    governance::Address owner;
    std::ranges::copy(std::span(log.topics[2].bytes).last(owner.bytes.size()), owner.bytes.begin());
    out.emplace(owner, log.block);
  }
  return out;
}

Result<std::vector<PublishedRows>> published_rows(const governance::CommonsChain& chain, const Hash256& dataset,
                                                  StoreClient& store) {
  MC_TRY(const auto blocks, publication_blocks(chain, dataset));
  MC_TRY(const RollEvents roll, RollEvents::read(chain));
  MC_TRY(const std::vector<governance::SlotRange> ranges, chain.slot_ranges(dataset));
  std::vector<PublishedRows> out;
  for (const governance::SlotRange& range : ranges) {
    if (!range.published()) continue;
    const auto block = blocks.find(range.owner);
    if (block == blocks.end()) {
      return fail(Code::kCorrupt, "the chain has no event of the publication of owner " + range.owner.text());
    }
    auto attestation = store.blob(range.attestation);
    if (!attestation && attestation.error().code != Code::kNotFound) return fail(attestation.error());
    out.push_back({range, attestation ? std::move(*attestation) : Bytes{}, block->second,
                   roll.absences(roll.identity_of(range.owner))});
  }
  return out;
}

}  // namespace

bool PublishedRows::take_part_at(std::uint64_t asked_in) const {
  return block < asked_in && std::ranges::none_of(absences, [&](const Absence& absence) {
           return absence.first < asked_in && asked_in <= absence.second;
         });
}

Result<std::vector<ConsentSnapshot>> replay_consents(const ConsentRecords& records, std::vector<AskedThen> asked) {
  Replay replay(records);
  std::vector<ConsentSnapshot> out;
  std::set<Hash256> masks;
  for (const governance::ConsentRoot& root : records.roots) {
    if (std::ranges::none_of(asked, [&](const AskedThen& one) { return one.consent_root == root.root; })) continue;
    MC_TRY_STATUS(replay.advance_to(root));
    for (const AskedThen& one : asked) {
      if (one.consent_root != root.root) continue;
      MC_TRY(std::optional<ConsentSnapshot> snapshot, replay.consent_for(one));
      if (snapshot && masks.insert(query::mask_hash(*snapshot)).second) out.push_back(std::move(*snapshot));
    }
  }
  return out;
}

Result<std::vector<ConsentSnapshot>> earlier_consents(const CommonsDocument& document,
                                                      const governance::CommonsChain& chain, StoreClient& store) {
  const Hash256 dataset = governance::dataset_id(document.dataset);
  MC_TRY(std::vector<AskedThen> asked, asked_before(chain, dataset, document.epoch));
  if (asked.empty()) return std::vector<ConsentSnapshot>();
  ConsentRecords records{dataset, governance::consent_domain(document.deployment), {}, {}, {}, {}};
  MC_TRY(records.published, published_rows(chain, dataset, store));
  MC_TRY(records.roots, roots_of(chain, dataset));
  MC_TRY(records.revocations, chain.chain_revocations(dataset));
  MC_TRY(const std::vector<Bytes> statements, store.statements(0));
  for (const Bytes& bytes : statements) {
    MC_TRY(records.statements.emplace_back(), governance::decode_consent_statement(bytes));
  }
  return replay_consents(records, std::move(asked));
}

}  // namespace mc::client
