// SPDX-License-Identifier: Apache-2.0
#include "governance/consent_state.hpp"

#include <algorithm>
#include <set>

namespace mc::governance {
namespace {

Hash256 state_root(const Hash256& dataset, std::size_t leaf_count, const Hash256& top) {
  return Sha256("medcommons/consent-root/1").update(dataset.view()).update_u64(leaf_count).update(top.view()).finish();
}

/// Whether the end of one of two uses could be meant to end the other, whatever their conditions.
Result<bool> overlap(const DataUse& a, const DataUse& b) {
  MC_TRY(const bool within, data_use_permits(unconditional(a), unconditional(b)));
  MC_TRY(const bool around, data_use_permits(unconditional(b), unconditional(a)));
  return within || around;
}

}  // namespace

Hash256 consent_key(const Address& owner, const Hash256& person) {
  return Sha256("medcommons/consent-key/1").update(owner.view()).update(person.view()).finish();
}

Hash256 consent_value(const ConsentLeaf& leaf) {
  Writer limits;
  write_limits(limits, leaf.use.limits);
  return Sha256("medcommons/consent-value/4")
      .update(leaf.owner.view())
      .update(leaf.person.view())
      .update_u64(leaf.row)
      .update(leaf.patient.view())
      .update_u64(leaf.granted ? 1 : 0)
      .update_u64(leaf.use.purpose)
      .update_u64(leaf.use.disease)
      .update_u64(leaf.use.modifiers)
      .update_sized(limits.bytes())
      .update_u64(leaf.sequence)
      .update_u64(leaf.expiry_s)
      .update_u64(leaf.grant_sequence)
      .update(leaf.delegate.view())
      .update_u64(leaf.scope.purpose)
      .update_u64(leaf.scope.disease)
      .update_u64(leaf.delegate_until_s)
      .finish();
}

ConsentState::ConsentState(const Hash256& dataset, Eip712Domain domain)
    : dataset_(dataset), domain_(std::move(domain)) {}

Status ConsentState::apply(const ConsentAttestation& attestation) {
  if (attestation.dataset != dataset_) {
    return fail(Code::kInvalidArgument, "the consent attestation is for data set 0x" + attestation.dataset.hex() +
                                            ", this is 0x" + dataset_.hex());
  }
  if (cohort_of(attestation.owner) != nullptr) {
    return fail(Code::kConflict, "the owner " + attestation.owner.text() + " has attested consent already");
  }
  MC_TRY_STATUS(validate(attestation));
  const auto first = static_cast<std::uint32_t>(attested_.size());
  cohorts_.push_back({attestation.owner, first, static_cast<std::uint32_t>(attestation.leaves.size())});
  // Many leaves at once are cheaper built anew than threaded in one by one.
  const bool rebuild = attestation.leaves.size() > attested_.size() / 16;
  if (rebuild) attested_.reserve(attested_.size() + attestation.leaves.size());  // and not twice as many
  for (const InitialLeaf& initial : attestation.leaves) {
    const auto place = static_cast<std::uint32_t>(attested_.size());
    attested_.push_back({initial.person, initial.patient, initial.row, use_number(initial.use), initial.granted});
    if (!rebuild) tree_.set(consent_key(attestation.owner, initial.person), consent_value(leaf_at(place)), place);
  }
  if (rebuild) {
    tree_ = {};
    std::vector<ConsentTree::Leaf> all;
    all.reserve(attested_.size());
    for (std::uint32_t place = 0; place < attested_.size(); ++place) {
      const ConsentLeaf leaf = leaf_at(place);
      all.push_back({consent_key(leaf.owner, leaf.person), consent_value(leaf), place});
    }
    tree_ = ConsentTree::build(std::move(all)).value_or_stop();
  }
  return {};
}

Status ConsentState::apply_published(const Address& owner, std::uint32_t rows, ByteView bytes) {
  const auto refused = [&](const std::string& why) {
    return fail(Code::kRefused, "what owner " + owner.text() + " published as her consent attestation: " + why);
  };
  const auto attestation = decode_consent_attestation(bytes);
  if (!attestation) return refused(attestation.error().message);
  if (attestation->owner != owner) return refused("it is of owner " + attestation->owner.text());
  for (const InitialLeaf& leaf : attestation->leaves) {
    if (leaf.row >= rows) {
      return refused("it attests row " + std::to_string(leaf.row) + " of " + std::to_string(rows));
    }
  }
  const Status applied = apply(*attestation);
  return applied ? applied : refused(applied.error().message);
}

std::uint32_t ConsentState::use_number(const DataUse& use) {
  const auto [known, is_new] = use_numbers_.try_emplace(use, static_cast<std::uint32_t>(uses_.size()));
  if (is_new) uses_.push_back(use);
  return known->second;
}

const ConsentState::Cohort* ConsentState::cohort_of(const Address& owner) const {
  const auto found = std::ranges::find(cohorts_, owner, &Cohort::owner);
  return found == cohorts_.end() ? nullptr : &*found;
}

ConsentLeaf ConsentState::leaf_at(std::uint32_t place) const {
  if (const auto spoken = spoken_.find(place); spoken != spoken_.end()) return spoken->second;
  const Attested& attested = attested_[place];
  const auto after = std::ranges::upper_bound(cohorts_, place, {}, &Cohort::first);
  return {.owner = std::prev(after)->owner,
          .person = attested.person,
          .row = attested.row,
          .patient = attested.patient,
          .granted = attested.granted,
          .use = uses_[attested.use]};
}

std::size_t ConsentState::memory_bytes() const {
  constexpr std::size_t kHashNodeBytes = 2 * sizeof(void*) + 8;  // a chain's pointer, its bucket, the key
  return attested_.capacity() * sizeof(Attested) + spoken_.size() * (sizeof(ConsentLeaf) + kHashNodeBytes) +
         tree_.memory_bytes();
}

/// True for the patient's own signature, false for her delegate's within his scope.
Result<bool> ConsentState::signed_by_patient(const ConsentLeaf& leaf, const SignedConsentStatement& signed_statement,
                                             const std::string& name) const {
  const ConsentStatement& statement = signed_statement.statement;
  Result<Address> signer = recover(consent_digest(domain_, statement), signed_statement.signature);
  if (!signer) return fail(signer.error().within(name));
  if (*signer == leaf.patient) return true;
  if (leaf.delegate.is_zero() || *signer != leaf.delegate) {
    return fail(Code::kRefused,
                name + " is signed by " + signer->text() + ", the patient's account is " + leaf.patient.text());
  }
  if (statement.action == ConsentAction::kDelegate) {
    return fail(Code::kRefused, name + " is signed by the delegate " + signer->text() + ", who cannot delegate on");
  }
  MC_TRY(const bool within, data_use_permits(leaf.scope, unconditional(statement.use)));
  if (!within) {
    return fail(Code::kRefused, name + " is about " + data_use_text(statement.use) + "; the delegate " +
                                    signer->text() + " speaks for " + data_use_text(leaf.scope));
  }
  return false;
}

Status ConsentState::apply(const SignedConsentStatement& signed_statement) {
  const ConsentStatement& statement = signed_statement.statement;
  if (statement.dataset != dataset_) {
    return fail(Code::kInvalidArgument,
                "the consent statement is for data set 0x" + statement.dataset.hex() + ", this is 0x" + dataset_.hex());
  }
  const std::string name = "the consent statement of person " + statement.person.hex();
  const Hash256 key = consent_key(statement.owner, statement.person);
  const std::optional<std::uint32_t> place = tree_.find(key);
  if (!place) {
    return fail(Code::kNotFound, name + ": the owner " + statement.owner.text() + " has attested no such person");
  }
  ConsentLeaf leaf = leaf_at(*place);
  MC_TRY(const bool by_patient, signed_by_patient(leaf, signed_statement, name));
  if (statement.sequence <= leaf.sequence) {
    return fail(Code::kConflict, name + " has sequence number " + std::to_string(statement.sequence) +
                                     ", the last one applied has " + std::to_string(leaf.sequence));
  }
  if (!by_patient && statement.sequence != leaf.sequence + 1) {
    return fail(Code::kConflict, name + " of a delegate has sequence number " + std::to_string(statement.sequence) +
                                     ", it must follow the last one, " + std::to_string(leaf.sequence));
  }
  if (Status valid = check_statement(statement); !valid) return fail(valid.error().within(name));
  MC_TRY(const bool ends, overlap(statement.use, leaf.use));
  if (statement.action == ConsentAction::kGrant) {
    leaf.granted = true;
    leaf.grant_sequence = statement.sequence;
    leaf.use = statement.use;
    leaf.expiry_s = statement.expiry_s;
    const bool longer = leaf.expiry_s == 0 || leaf.expiry_s > leaf.delegate_until_s;
    if (!by_patient && longer) leaf.expiry_s = leaf.delegate_until_s;
  } else if (statement.action == ConsentAction::kDelegate) {
    leaf.delegate = statement.delegate;
    leaf.scope = statement.delegate.is_zero() ? DataUse{} : statement.use;
    leaf.delegate_until_s = statement.expiry_s;
  } else if (ends) {
    leaf.granted = false;
    leaf.expiry_s = 0;
  }
  leaf.sequence = statement.sequence;
  tree_.set(key, consent_value(leaf));
  spoken_.insert_or_assign(*place, std::move(leaf));
  return {};
}

void ConsentState::put_back(const ConsentLeaf& leaf) {
  const Hash256 key = consent_key(leaf.owner, leaf.person);
  const std::optional<std::uint32_t> place = tree_.find(key);
  MC_CHECK(place.has_value());
  tree_.set(key, consent_value(leaf));
  if (leaf.sequence == 0) {
    spoken_.erase(*place);  // as her owner attested her
  } else {
    spoken_.insert_or_assign(*place, leaf);
  }
}

void ConsentState::set_chain_revocations(std::span<const ChainRevocation> revocations) {
  chain_revocations_.clear();
  for (const ChainRevocation& revocation : revocations) {
    std::vector<ChainRevocation>& said = chain_revocations_[consent_key(revocation.owner, revocation.person)];
    // Of one sender's only the furthest says anything, so that nobody makes the list long for everybody.
    const auto before = std::ranges::find(said, revocation.sender, &ChainRevocation::sender);
    if (before == said.end())
      said.push_back(revocation);
    else if (before->sequence < revocation.sequence)
      *before = revocation;
  }
}

std::optional<std::uint64_t> ConsentState::revoked_on_chain(const ConsentLeaf& leaf) const {
  const auto found = chain_revocations_.find(consent_key(leaf.owner, leaf.person));
  if (found == chain_revocations_.end()) return std::nullopt;
  std::optional<std::uint64_t> furthest;
  for (const ChainRevocation& revocation : found->second) {
    const bool by_delegate = revocation.sender == leaf.delegate && revocation.time_s < leaf.delegate_until_s;
    if (revocation.sender != leaf.patient && !by_delegate) continue;
    if (revocation.sequence <= leaf.grant_sequence) continue;  // a later grant has overtaken it
    furthest = std::max(furthest.value_or(0), revocation.sequence);
  }
  return furthest;
}

Hash256 ConsentState::root() const {
  return state_root(dataset_, size(), tree_.root());
}

Result<ConsentLeaf> ConsentState::leaf(const Address& owner, const Hash256& person) const {
  const std::optional<std::uint32_t> place = tree_.find(consent_key(owner, person));
  if (!place) {
    return fail(Code::kNotFound, "the owner " + owner.text() + " has attested no person " + person.hex());
  }
  return leaf_at(*place);
}

Result<ConsentProof> ConsentState::prove(const Address& owner, const Hash256& person) const {
  return tree_.prove(consent_key(owner, person));
}

Result<std::vector<std::uint8_t>> ConsentState::mask(const Address& owner, std::uint32_t rows, const DataUse& use,
                                                     std::uint64_t time_s) const {
  MC_TRY_STATUS(check_data_use(use));
  // Few revocations on chain, many leaves: they are looked up from their side.
  std::set<std::uint32_t> gone;
  for (const auto& [key, said] : chain_revocations_) {
    const std::optional<std::uint32_t> place = tree_.find(key);
    if (place && revoked_on_chain(leaf_at(*place))) gone.insert(*place);
  }
  // A few different grants, many leaves: whether one permits the use is looked up once each.
  std::map<DataUse, bool> permits;
  const auto permitted = [&](const DataUse& granted) -> Result<bool> {
    if (const auto known = permits.find(granted); known != permits.end()) return known->second;
    MC_TRY(const bool permits_use, data_use_permits(granted, use));
    permits.emplace(granted, permits_use);
    return permits_use;
  };
  std::vector<std::uint8_t> out(rows);
  const Cohort* const cohort = cohort_of(owner);
  if (cohort == nullptr) return out;
  for (std::uint32_t place = cohort->first; place < cohort->first + cohort->count; ++place) {
    const Attested& attested = attested_[place];
    if (attested.row >= rows) {
      return fail(Code::kInvalidArgument, "the owner " + owner.text() + " attested consent of row " +
                                              std::to_string(attested.row) + ", its slot range has " +
                                              std::to_string(rows) + " rows");
    }
    const auto found = spoken_.find(place);
    const ConsentLeaf* const spoken = found == spoken_.end() ? nullptr : &found->second;
    const bool granted = spoken != nullptr ? spoken->granted : attested.granted;
    const std::uint64_t expiry_s = spoken != nullptr ? spoken->expiry_s : 0;
    const bool stands = granted && (expiry_s == 0 || time_s < expiry_s);
    if (!stands || gone.contains(place)) continue;
    MC_TRY(const bool allowed, permitted(spoken != nullptr ? spoken->use : uses_[attested.use]));
    out[attested.row] = allowed ? 1 : 0;
  }
  return out;
}

bool verify_consent(const Hash256& root, const Hash256& dataset, std::size_t leaf_count, const ConsentLeaf& leaf,
                    const ConsentProof& proof) {
  const std::optional<Hash256> top =
      consent_proof_root(consent_key(leaf.owner, leaf.person), consent_value(leaf), proof);
  return top && state_root(dataset, leaf_count, *top) == root;
}

}  // namespace mc::governance
