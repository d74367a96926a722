// SPDX-License-Identifier: Apache-2.0
#include "governance/consent_state.hpp"

#include <algorithm>
#include <array>

#include "governance/duo.hpp"

namespace mc::governance {
namespace {

Hash256 state_root(const Hash256& dataset, std::size_t leaf_count, const Hash256& top) {
  return Sha256("medcommons/consent-root/1").update(dataset.view()).update_u64(leaf_count).update(top.view()).finish();
}

}  // namespace

Hash256 consent_key(const Address& owner, const Hash256& person) {
  return Sha256("medcommons/consent-key/1").update(owner.view()).update(person.view()).finish();
}

Hash256 consent_value(const ConsentLeaf& leaf) {
  return Sha256("medcommons/consent-value/1")
      .update(leaf.owner.view())
      .update(leaf.person.view())
      .update_u64(leaf.row)
      .update(leaf.patient.view())
      .update_u64(leaf.granted ? 1 : 0)
      .update_u64(leaf.purpose)
      .update_u64(leaf.sequence)
      .update_u64(leaf.expiry_s)
      .finish();
}

ConsentState::ConsentState(const Hash256& dataset, Eip712Domain domain)
    : dataset_(dataset), domain_(std::move(domain)) {}

Status ConsentState::apply(const ConsentAttestation& attestation) {
  if (attestation.dataset != dataset_) {
    return fail(Code::kInvalidArgument, "the consent attestation is for data set 0x" + attestation.dataset.hex() +
                                            ", this is 0x" + dataset_.hex());
  }
  if (rows_.contains(attestation.owner)) {
    return fail(Code::kConflict, "the owner " + attestation.owner.text() + " has attested consent already");
  }
  MC_TRY_STATUS(validate(attestation));
  std::vector<std::size_t>& rows = rows_[attestation.owner];
  rows.reserve(attestation.leaves.size());
  // Many leaves at once are cheaper built anew than threaded in one by one.
  const bool rebuild = attestation.leaves.size() > leaves_.size() / 16;
  for (const InitialLeaf& initial : attestation.leaves) {
    const ConsentLeaf leaf{.owner = attestation.owner,
                           .person = initial.person,
                           .row = initial.row,
                           .patient = initial.patient,
                           .granted = initial.granted,
                           .purpose = initial.purpose};
    const Hash256 key = consent_key(leaf.owner, leaf.person);
    rows.push_back(leaves_.size());
    index_.emplace(key, leaves_.size());
    leaves_.push_back(leaf);
    if (!rebuild) tree_.set(key, consent_value(leaf));
  }
  if (rebuild) {
    std::vector<ConsentTree::Leaf> all;
    all.reserve(leaves_.size());
    for (const auto& [key, place] : index_) all.push_back({key, consent_value(leaves_[place])});
    tree_ = ConsentTree::build(std::move(all)).value_or_stop();
  }
  return {};
}

Status ConsentState::apply(const SignedConsentStatement& signed_statement) {
  const ConsentStatement& statement = signed_statement.statement;
  if (statement.dataset != dataset_) {
    return fail(Code::kInvalidArgument,
                "the consent statement is for data set 0x" + statement.dataset.hex() + ", this is 0x" + dataset_.hex());
  }
  const std::string name = "the consent statement of person " + statement.person.hex();
  const Hash256 key = consent_key(statement.owner, statement.person);
  const auto found = index_.find(key);
  if (found == index_.end()) {
    return fail(Code::kNotFound, name + ": the owner " + statement.owner.text() + " has attested no such person");
  }
  ConsentLeaf& leaf = leaves_[found->second];
  Result<Address> signer = recover(consent_digest(domain_, statement), signed_statement.signature);
  if (!signer) return fail(signer.error().within(name));
  if (*signer != leaf.patient) {
    return fail(Code::kRefused,
                name + " is signed by " + signer->text() + ", the patient's account is " + leaf.patient.text());
  }
  if (statement.sequence <= leaf.sequence) {
    return fail(Code::kConflict, name + " has sequence number " + std::to_string(statement.sequence) +
                                     ", the last one applied has " + std::to_string(leaf.sequence));
  }
  if (statement.action == ConsentAction::kRevoke && statement.expiry_s != 0) {
    return fail(Code::kInvalidArgument, name + " is a revocation that ends at " + std::to_string(statement.expiry_s) +
                                            "; a revocation does not expire");
  }
  MC_TRY(const bool covers, duo_permits(statement.purpose, leaf.purpose));
  MC_TRY(const bool covered, duo_permits(leaf.purpose, statement.purpose));
  if (statement.action == ConsentAction::kGrant) {
    leaf.granted = true;
    leaf.purpose = statement.purpose;
    leaf.expiry_s = statement.expiry_s;
  } else if (covers || covered) {
    leaf.granted = false;
    leaf.expiry_s = 0;
  }
  leaf.sequence = statement.sequence;
  tree_.set(key, consent_value(leaf));
  return {};
}

Hash256 ConsentState::root() const {
  return state_root(dataset_, leaves_.size(), tree_.root());
}

Result<ConsentLeaf> ConsentState::leaf(const Address& owner, const Hash256& person) const {
  const auto found = index_.find(consent_key(owner, person));
  if (found == index_.end()) {
    return fail(Code::kNotFound, "the owner " + owner.text() + " has attested no person " + person.hex());
  }
  return leaves_[found->second];
}

Result<ConsentProof> ConsentState::prove(const Address& owner, const Hash256& person) const {
  return tree_.prove(consent_key(owner, person));
}

Result<std::vector<std::uint8_t>> ConsentState::mask(const Address& owner, std::uint32_t rows, std::uint32_t purpose,
                                                     std::uint64_t time_s) const {
  // A few purposes, many leaves: which grants permit it is looked up once each.
  std::vector<std::uint32_t> permitting;
  for (const DuoPurpose& known : duo_purposes()) {
    MC_TRY(const bool permits, duo_permits(known.code, purpose));
    if (permits) permitting.push_back(known.code);
  }
  std::vector<std::uint8_t> out(rows);
  const auto found = rows_.find(owner);
  if (found == rows_.end()) return out;
  for (const std::size_t place : found->second) {
    const ConsentLeaf& leaf = leaves_[place];
    if (leaf.row >= rows) {
      return fail(Code::kInvalidArgument, "the owner " + owner.text() + " attested consent of row " +
                                              std::to_string(leaf.row) + ", its slot range has " +
                                              std::to_string(rows) + " rows");
    }
    const bool stands = leaf.granted && (leaf.expiry_s == 0 || time_s < leaf.expiry_s);
    const bool permitted = std::find(permitting.begin(), permitting.end(), leaf.purpose) != permitting.end();
    out[leaf.row] = stands && permitted ? 1 : 0;
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
