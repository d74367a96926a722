// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "governance/abi.hpp"
#include "governance/commons_chain.hpp"
#include "governance/consent_state.hpp"
#include "governance/keccak.hpp"

namespace mc::governance {
namespace {

constexpr std::uint64_t kManifestsAPage = 256;

Result<ConsentRoot> consent_root_of(ByteView bytes) {
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 3, "consent root"));
  ConsentRoot out;
  MC_TRY(out.root, reader.hash());
  MC_TRY(out.block, reader.u64());
  MC_TRY(out.time_s, reader.u64());
  MC_TRY_STATUS(reader.finish());
  return out;
}

Result<SlotRange> slot_range_of(AbiReader& reader) {
  SlotRange out;
  MC_TRY(out.owner, reader.address());
  MC_TRY(out.begin, reader.u64());
  MC_TRY(out.count, reader.u32());
  MC_TRY(out.manifest, reader.hash());
  MC_TRY(out.attestation, reader.hash());
  return out;
}

// Ranges rise and do not overlap: what the contract promises and everything after relies on (R22).
Status check_order(std::span<const SlotRange> ranges) {
  std::uint64_t end = 0;
  for (const SlotRange& range : ranges) {
    if (range.begin < end || range.count == 0 || range.begin > UINT64_MAX - range.count) {
      return fail(Code::kCorrupt, "the slot range of " + range.owner.text() + " begins at " +
                                      std::to_string(range.begin) + ", the one before ends at " + std::to_string(end));
    }
    end = range.begin + range.count;
  }
  return {};
}

constexpr std::string_view kAuthorise =
    "authorise((bytes32,uint32,bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,uint64,uint64,bytes32),"
    "bytes32[])";

constexpr std::string_view kAnnounce = "announce(bytes32,uint32,bytes32,bytes32,bytes32[])";

AbiWriter announce_arguments(const Authorisation& a, std::span<const Hash256> multiplicands) {
  AbiWriter writer;
  writer.hash(a.study).uint(a.release_number).hash(a.plan).hash(a.requester_key).hashes(multiplicands);
  return writer;
}

/// A number as an event's topic.
Hash256 word_of(std::uint32_t number) {
  Hash256 word;
  for (std::size_t i = 0; i < 4; ++i) word.bytes[31 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return word;
}

AbiWriter authorise_arguments(const Authorisation& a, std::span<const Hash256> multiplicands) {
  AbiWriter writer;
  writer.hash(a.study)
      .uint(a.release_number)
      .hash(a.plan)
      .hash(a.data_root)
      .hash(a.consent_root)
      .hash(a.mask)
      .hash(a.result)
      .hash(a.requester_key)
      .hash(a.sigmas)
      .uint(a.rho_micro)
      .uint(a.rho_counts_micro)
      .hash(a.hash)
      .hashes(multiplicands);
  return writer;
}

}  // namespace

Hash256 data_root(const Hash256& dataset, std::span<const SlotRange> ranges) {
  const auto published = [](const SlotRange& range) { return range.published(); };
  Sha256 hash("medcommons/data-root/1");
  hash.update(dataset.view());
  hash.update_u64(static_cast<std::uint64_t>(std::count_if(ranges.begin(), ranges.end(), published)));
  for (const SlotRange& range : ranges) {
    if (!published(range)) continue;
    hash.update(range.owner.view()).update_u64(range.begin).update_u64(range.count);
    hash.update(range.manifest.view()).update(range.attestation.view());
  }
  return hash.finish();
}

Result<Receipt> CommonsChain::found_dataset(const Wallet& founder, const Dataset& dataset) const {
  return send(
      founder, deployment_.ledger, "foundDataset(bytes32,uint32,bool,uint64)",
      AbiWriter().hash(dataset.id).uint(dataset.slots_per_block).boolean(dataset.exact).uint(dataset.rho_micro_max));
}

Result<Dataset> CommonsChain::dataset(const Hash256& id) const {
  MC_TRY(const Bytes bytes, view(deployment_.ledger, "datasetRecord(bytes32)", AbiWriter().hash(id)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 4, "data set"));
  Dataset out;
  out.id = id;
  MC_TRY(out.slots_per_block, reader.u32());
  MC_TRY(out.exact, reader.boolean());
  MC_TRY_STATUS(reader.u64());  // next free slot
  MC_TRY_STATUS(reader.u64());  // number of ranges
  MC_TRY_STATUS(reader.finish());
  if (out.slots_per_block == 0) return fail(Code::kNotFound, "there is no data set 0x" + id.hex() + " on this chain");
  if (!out.exact) {
    MC_TRY(const Budget budget, spent_on(id));
    out.rho_micro_max = budget.total_micro;
  }
  return out;
}

Result<SlotRange> CommonsChain::reserve_slots(const Wallet& owner, const Hash256& dataset, std::uint32_t count) const {
  MC_TRY(const Receipt receipt,
         send(owner, deployment_.ledger, "reserveSlots(bytes32,uint32)", AbiWriter().hash(dataset).uint(count)));
  const Hash256 event = keccak256("SlotsReserved(bytes32,address,uint64,uint32)");
  for (const Log& log : receipt.logs) {
    if (log.address != deployment_.ledger || log.topics.empty() || log.topics[0] != event) continue;
    MC_TRY(AbiReader reader, AbiReader::create(log.data, 2, "reservation"));
    SlotRange out;
    out.owner = owner.address();
    MC_TRY(out.begin, reader.u64());
    MC_TRY(out.count, reader.u32());
    MC_TRY_STATUS(reader.finish());
    return out;
  }
  return fail(Code::kCorrupt, "the chain's receipt of the reservation does not say which slots were reserved");
}

Result<std::vector<SlotRange>> CommonsChain::slot_ranges(const Hash256& dataset) const {
  std::vector<SlotRange> out;
  while (true) {
    MC_TRY(const Bytes bytes, view(deployment_.ledger, "slotRanges(bytes32,uint256,uint256)",
                                   AbiWriter().hash(dataset).uint(out.size()).uint(kManifestsAPage)));
    MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "slot ranges"));
    MC_TRY(std::vector<AbiReader> items, reader.tuples(5, kManifestsAPage));
    MC_TRY_STATUS(reader.finish());
    for (AbiReader& item : items) {
      MC_TRY(const SlotRange range, slot_range_of(item));
      out.push_back(range);
    }
    if (items.size() < kManifestsAPage) break;
  }
  MC_TRY_STATUS(check_order(out));
  return out;
}

Result<PublishedRanges> CommonsChain::published_ranges(const Hash256& dataset) const {
  MC_TRY(const std::vector<SlotRange> ranges, slot_ranges(dataset));
  PublishedRanges out;
  std::size_t asked = 0;
  while (asked < ranges.size()) {
    MC_TRY(const Bytes bytes, view(deployment_.ledger, "rangesTakePart(bytes32,uint256,uint256)",
                                   AbiWriter().hash(dataset).uint(asked).uint(kManifestsAPage)));
    MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "whether ranges take part"));
    MC_TRY(std::vector<AbiReader> page, reader.tuples(1, kManifestsAPage));
    MC_TRY_STATUS(reader.finish());
    if (page.empty()) break;
    for (AbiReader& item : page) {
      MC_TRY(const bool takes_part, item.boolean());
      if (asked == ranges.size()) break;  // reserved meanwhile
      const SlotRange& range = ranges[asked++];
      if (range.published()) (takes_part ? out.taking_part : out.left).push_back(range);
    }
  }
  if (asked != ranges.size()) {
    return fail(Code::kCorrupt, "the chain says of " + std::to_string(asked) + " of " + std::to_string(ranges.size()) +
                                    " slot ranges whether they take part");
  }
  return out;
}

Result<Receipt> CommonsChain::publish_data(const Wallet& owner, const Hash256& dataset, const Hash256& manifest,
                                           const Hash256& attestation) const {
  return send(owner, deployment_.ledger, "publishData(bytes32,bytes32,bytes32)",
              AbiWriter().hash(dataset).hash(manifest).hash(attestation));
}

Result<Receipt> CommonsChain::set_consent_root(const Wallet& node_operator, const Hash256& dataset,
                                               const Hash256& root) const {
  return send(node_operator, deployment_.ledger, "setConsentRoot(bytes32,bytes32)",
              AbiWriter().hash(dataset).hash(root));
}

Result<ConsentRoot> CommonsChain::consent_root(const Hash256& dataset) const {
  MC_TRY(const Bytes bytes, view(deployment_.ledger, "currentConsentRoot(bytes32)", AbiWriter().hash(dataset)));
  return consent_root_of(bytes);
}

Result<Receipt> CommonsChain::revoke_consent(const Wallet& person_account, const Hash256& dataset, const Address& owner,
                                             const Hash256& person, std::uint64_t sequence) const {
  return send(person_account, deployment_.ledger, "revokeConsent(bytes32,address,bytes32,uint64)",
              AbiWriter().hash(dataset).address(owner).hash(person).uint(sequence));
}

Result<std::vector<ChainRevocation>> CommonsChain::chain_revocations(const Hash256& dataset) const {
  std::vector<ChainRevocation> out;
  while (true) {
    MC_TRY(const Bytes bytes, view(deployment_.ledger, "revocations(bytes32,uint256,uint256)",
                                   AbiWriter().hash(dataset).uint(out.size()).uint(kManifestsAPage)));
    MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "revocations on chain"));
    MC_TRY(std::vector<AbiReader> page, reader.tuples(5, kManifestsAPage));
    MC_TRY_STATUS(reader.finish());
    for (AbiReader& item : page) {
      ChainRevocation revocation;
      MC_TRY(revocation.owner, item.address());
      MC_TRY(revocation.person, item.hash());
      MC_TRY(revocation.sender, item.address());
      MC_TRY(revocation.sequence, item.u64());
      MC_TRY(revocation.time_s, item.u64());
      out.push_back(revocation);
    }
    if (page.size() < kManifestsAPage) return out;
  }
}

Result<std::uint64_t> CommonsChain::consent_root_count(const Hash256& dataset) const {
  return view_number(deployment_.ledger, "consentRootCount(bytes32)", AbiWriter().hash(dataset), UINT64_MAX);
}

Result<ConsentRoot> CommonsChain::consent_root_at(const Hash256& dataset, std::uint64_t index) const {
  MC_TRY(const Bytes bytes,
         view(deployment_.ledger, "consentRootAt(bytes32,uint256)", AbiWriter().hash(dataset).uint(index)));
  return consent_root_of(bytes);
}

Result<Receipt> CommonsChain::announce(const Wallet& requester, const Authorisation& a,
                                       std::span<const Hash256> multiplicands) const {
  return send(requester, deployment_.ledger, kAnnounce, announce_arguments(a, multiplicands));
}

Result<Receipt> CommonsChain::authorise(const Wallet& requester, const Authorisation& a,
                                        std::span<const Hash256> multiplicands) const {
  for (; multiplicands.size() > kMultiplicandsMax; multiplicands = multiplicands.subspan(kMultiplicandsMax)) {
    MC_TRY([[maybe_unused]] const Receipt seen, announce(requester, a, multiplicands.first(kMultiplicandsMax)));
  }
  return send(requester, deployment_.ledger, kAuthorise, authorise_arguments(a, multiplicands));
}

Result<bool> CommonsChain::sent_as(const Log& log, ByteView call) const {
  MC_TRY(const SentTransaction sent, chain_->transaction(log.transaction));
  // One who records through a contract of her own is not understood here, and refused.
  return sent.to == deployment_.ledger && std::ranges::equal(sent.input, call);
}

Result<bool> CommonsChain::authorised_exactly(const RecordedAuthorisation& recorded,
                                              std::span<const Hash256> multiplicands) const {
  const Authorisation& a = recorded.authorisation;
  std::vector<Bytes> announcements;
  for (; multiplicands.size() > kMultiplicandsMax; multiplicands = multiplicands.subspan(kMultiplicandsMax)) {
    announcements.push_back(call_data(kAnnounce, announce_arguments(a, multiplicands.first(kMultiplicandsMax))));
  }
  const Hash256 announced = keccak256("Announced(bytes32,uint32,uint256)");
  MC_TRY(const std::vector<Log> before, chain_->logs({deployment_.ledger, announced, 0, recorded.block}));
  for (const Log& log : before) {
    if (log.topics.size() != 3 || log.topics[1] != a.study || log.topics[2] != word_of(a.release_number)) continue;
    // Somebody who was interrupted may have announced a part twice.
    bool known = false;
    for (const Bytes& announcement : announcements) {
      if (known) break;
      MC_TRY(known, sent_as(log, announcement));
    }
    if (!known) return false;
  }
  const Hash256 authorised = keccak256("Authorised(bytes32,uint32,bytes32)");
  MC_TRY(const std::vector<Log> now, chain_->logs({deployment_.ledger, authorised, recorded.block, recorded.block}));
  for (const Log& log : now) {
    if (log.topics.size() != 4 || log.topics[1] != a.study || log.topics[3] != a.hash) continue;
    return sent_as(log, call_data(kAuthorise, authorise_arguments(a, multiplicands)));
  }
  return fail(Code::kNotFound,
              "block " + std::to_string(recorded.block) + " has no transaction that recorded " + a.hash.hex());
}

Result<std::vector<std::uint64_t>> CommonsChain::first_opened(std::span<const Hash256> multiplicands) const {
  MC_TRY(const Bytes bytes, view(deployment_.ledger, "firstOpened(bytes32[])", AbiWriter().hashes(multiplicands)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 1, "first openings"));
  MC_TRY(std::vector<AbiReader> rows, reader.tuples(1, multiplicands.size()));
  MC_TRY_STATUS(reader.finish());
  if (rows.size() != multiplicands.size()) {
    return fail(Code::kCorrupt, "the chain answered with " + std::to_string(rows.size()) + " first openings for " +
                                    std::to_string(multiplicands.size()) + " multiplicands");
  }
  std::vector<std::uint64_t> times;
  for (AbiReader& row : rows) {
    MC_TRY(const std::uint64_t time, row.u64());
    MC_TRY_STATUS(row.finish());
    times.push_back(time);
  }
  return times;
}

Result<RecordedAuthorisation> CommonsChain::authorisation(const Hash256& study, std::uint32_t release_number) const {
  MC_TRY(const Bytes bytes,
         view(deployment_.ledger, "authorisation(bytes32,uint32)", AbiWriter().hash(study).uint(release_number)));
  MC_TRY(AbiReader reader, AbiReader::create(bytes, 15, "authorisation"));
  RecordedAuthorisation out;
  Authorisation& a = out.authorisation;
  MC_TRY(a.study, reader.hash());
  MC_TRY(a.release_number, reader.u32());
  for (Hash256* field : {&a.plan, &a.data_root, &a.consent_root, &a.mask, &a.result, &a.requester_key, &a.sigmas}) {
    MC_TRY(*field, reader.hash());
  }
  MC_TRY(a.rho_micro, reader.u64());
  MC_TRY(a.rho_counts_micro, reader.u64());
  MC_TRY(a.hash, reader.hash());
  MC_TRY(out.block, reader.u64());
  MC_TRY(out.time_s, reader.u64());
  MC_TRY(const std::uint32_t epoch, reader.u32());
  out.epoch = Epoch(epoch);
  MC_TRY_STATUS(reader.finish());
  if (a.hash.is_zero()) {
    return fail(Code::kNotFound, "release " + std::to_string(release_number) + " of study 0x" + study.hex() +
                                     " is not authorised on chain");
  }
  if (a.study != study || a.release_number != release_number) {
    return fail(Code::kCorrupt, "the chain answered with another release's authorisation");
  }
  return out;
}

Result<std::uint32_t> CommonsChain::releases_used(const Hash256& study) const {
  MC_TRY(const std::uint64_t used,
         view_number(deployment_.ledger, "releasesUsed(bytes32)", AbiWriter().hash(study), UINT32_MAX));
  return static_cast<std::uint32_t>(used);
}

}  // namespace mc::governance
