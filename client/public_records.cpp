// SPDX-License-Identifier: Apache-2.0
#include "client/public_records.hpp"

#include <algorithm>
#include <numeric>

#include "client/final_verdict.hpp"
#include "fhe/threshold/committee.hpp"

namespace mc::client {
namespace {

bool is_epoch_of(const CommonsDocument& document, Epoch epoch) {
  return epoch == document.epoch || std::ranges::any_of(document.earlier, [&](const EarlierCommittee& committee) {
           return committee.epoch == epoch;
         });
}

/// Pieces of every committee from the oldest that something was sealed for to the one before this.
Result<std::vector<std::uint32_t>> pieces_before(const CommonsDocument& document,
                                                 const std::vector<data::Manifest>& manifests) {
  std::vector<std::uint32_t> out;
  for (const EarlierCommittee& committee : document.earlier) {
    const bool sealed_for = std::ranges::any_of(
        manifests, [&](const data::Manifest& manifest) { return manifest.epoch == committee.epoch; });
    if (out.empty() && !sealed_for) continue;
    MC_TRY(const fhe::CommitteeShape shape,
           fhe::CommitteeShape::create(static_cast<std::uint32_t>(committee.identities.size()), committee.threshold));
    out.push_back(static_cast<std::uint32_t>(shape.pieces().size()));
  }
  return out;
}

/// What hashes to its name and cannot be read never could; what the store lacks, nobody has.
bool is_lasting(const Error& error) {
  return error.code == Code::kRefused || error.code == Code::kNotFound;
}

}  // namespace

std::uint64_t DatasetView::consenting() const {
  std::uint64_t count = 0;
  for (const query::OwnerSlots& owner : owners) {
    count += std::accumulate(owner.consent.begin(), owner.consent.end(), std::uint64_t{0});
  }
  return count;
}

PublicRecords::PublicRecords(const CommonsDocument& document, fhe::ParamsPtr params)
    : document_(document),
      params_(std::move(params)),
      dataset_(governance::dataset_id(document.dataset)),
      consent_(dataset_, governance::consent_domain(document.deployment)) {}

Result<DatasetView> PublicRecords::look(const governance::CommonsChain& chain, StoreClient& store,
                                        const governance::DataUse& use, std::uint64_t time_s,
                                        const std::optional<query::ForPerson>& person) {
  MC_TRY(const governance::PublishedRanges ranges, chain.published_ranges(dataset_));
  MC_TRY_STATUS(take_publications(ranges, store));
  DatasetView view;
  MC_TRY(view.consent_root, take_statements(chain, store));
  view.data_root = governance::data_root(dataset_, ranges.taking_part);
  view.time_s = time_s;
  view.epoch = document_.epoch;
  for (const governance::SlotRange& range : ranges.taking_part) {
    query::OwnerSlots slots;
    slots.owner = range.owner.text();
    slots.range = {range.begin, range.count};
    MC_TRY(slots.consent, consent_.mask(range.owner, range.count, use, time_s));
    view.owners.push_back(std::move(slots));
    view.manifests.push_back(manifests_.at(range.manifest));
  }
  for (const governance::SlotRange& range : ranges.left) {
    const auto found = manifests_.find(range.manifest);
    if (found != manifests_.end() && found->second.owner == range.owner.bytes) view.left.push_back(found->second);
  }
  if (view.owners.empty())
    return fail(Code::kNotFound, "data set '" + document_.dataset + "' holds no published cohort yet");
  if (person) {
    MC_TRY_STATUS(restrict_to_person(view, consent_, *person));
  } else {
    view.mask = query::mask_hash(view.owners);
  }
  MC_TRY(view.earlier_pieces, pieces_before(document_, view.manifests));
  view.opens_columns = document_.opens_columns();
  return view;
}

Result<Hash256> PublicRecords::follow_consent(const governance::CommonsChain& chain, StoreClient& store) {
  MC_TRY(const governance::PublishedRanges ranges, chain.published_ranges(dataset_));
  for (const auto* list : {&ranges.taking_part, &ranges.left}) {
    for (const governance::SlotRange& range : *list) {
      const Status taken = take_attestation(range, store);
      if (!taken && !is_lasting(taken.error())) return fail(taken.error());
    }
  }
  return take_statements(chain, store);
}

Result<Hash256> PublicRecords::take_statements(const governance::CommonsChain& chain, StoreClient& store) {
  MC_TRY(const governance::ConsentRoot root, chain.consent_root(dataset_));
  MC_TRY_STATUS(follow_statements(root.root, store));
  MC_TRY(const std::vector<governance::ChainRevocation> revocations, chain.chain_revocations(dataset_));
  consent_.set_chain_revocations(revocations);
  return root.root;
}

Status restrict_to_person(DatasetView& view, const governance::ConsentState& consent, const query::ForPerson& person) {
  bool found = false, consents = false;
  for (query::OwnerSlots& owner : view.owners) {
    MC_TRY(const governance::Address address, governance::address_from_text(owner.owner));
    const auto leaf = consent.leaf(address, person.person);
    const bool here = leaf && leaf->row < owner.consent.size();
    const std::uint8_t hers = here ? owner.consent[leaf->row] : 0;
    std::ranges::fill(owner.consent, std::uint8_t{0});
    if (!here) continue;
    found = true;
    consents = hers == 1;
    owner.consent[leaf->row] = hers;
    view.person_account = leaf->patient;
  }
  if (!found) return fail(Code::kNotFound, "no consent leaf is called " + person.person.hex());
  if (!consents) {
    return fail(Code::kRefused, "the person " + person.person.hex() + " does not consent to this use of her record");
  }
  view.mask = query::mask_hash(view.owners);
  return {};
}

Status PublicRecords::take_publications(const governance::PublishedRanges& ranges, StoreClient& store) {
  for (const governance::SlotRange& range : ranges.taking_part) {
    Status taken = take_manifest(range, store);
    if (taken) taken = take_attestation(range, store);
    if (taken) continue;
    if (!is_lasting(taken.error())) return taken;
    return fail(Code::kRefused, "owner " + range.owner.text() + " published what cannot be used: " +
                                    taken.error().message + std::string(kUntilRemoved));
  }
  for (const governance::SlotRange& range : ranges.left) {
    const Status manifest = take_manifest(range, store);
    if (!manifest && !is_lasting(manifest.error())) return manifest;
    const Status attestation = take_attestation(range, store);
    if (!attestation && !is_lasting(attestation.error())) return attestation;
    if (!attestation && attestation.error().code == Code::kRefused) attested_.insert(range.owner);  // not read again
  }
  return {};
}

Status PublicRecords::take_manifest(const governance::SlotRange& range, StoreClient& store) {
  if (!manifests_.contains(range.manifest)) {
    MC_TRY(const Bytes bytes, store.blob(range.manifest));
    MC_TRY(data::Manifest manifest, final_verdict(data::decode_manifest(bytes)));
    MC_TRY_STATUS(final_verdict(data::check_manifest(manifest, document_.schema, params_->slot_count())));
    manifests_.emplace(range.manifest, std::move(manifest));
  }
  // One manifest may be named by several owners: whose it is is asked of each.
  const data::Manifest& manifest = manifests_.at(range.manifest);
  if (manifest.owner != range.owner.bytes || manifest.range != data::SlotRange{range.begin, range.count} ||
      manifest.dataset != document_.dataset || manifest.params_id != params_->id() ||
      !is_epoch_of(document_, manifest.epoch)) {
    return fail(Code::kRefused, "the manifest is for another owner, range, data set, parameter set or key epoch");
  }
  return {};
}

Status PublicRecords::take_attestation(const governance::SlotRange& range, StoreClient& store) {
  if (attested_.contains(range.owner)) return {};
  // The bytes are gone when they are applied: of a million persons they are 66 MB.
  MC_TRY(const Bytes bytes, store.blob(range.attestation));
  MC_TRY_STATUS(consent_.apply_published(range.owner, range.count, bytes));
  attested_.insert(range.owner);
  return {};
}

Status PublicRecords::follow_statements(const Hash256& root_on_chain, StoreClient& store) {
  // The store takes a statement first and posts the root a moment later, so the chain may be behind the list:
  // statements are applied one by one until the chain's root is met, and the rest waits for the next look.
  if (consent_.root() == root_on_chain) return {};
  MC_TRY(const std::vector<Bytes> statements, store.statements(statements_taken_));
  for (const Bytes& bytes : statements) {
    MC_TRY(const governance::SignedConsentStatement statement, governance::decode_consent_statement(bytes));
    MC_TRY_STATUS(consent_.apply(statement));
    ++statements_taken_;
    if (consent_.root() == root_on_chain) return {};
  }
  return fail(Code::kConflict, "the consent statements that the store shows do not lead to the consent root on chain " +
                                   root_on_chain.hex());
}

}  // namespace mc::client
