// SPDX-License-Identifier: Apache-2.0
// Who consents to what at this moment, recomputed by everyone from the same public statements. Its root must equal the
// one on chain; its mask is what the computation multiplies in (R22).
// Not thread-safe for writing. A refused statement changes nothing.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "governance/consent.hpp"
#include "governance/consent_tree.hpp"

namespace mc::governance {

/// One person's present consent: what a leaf of the tree commits to.
struct ConsentLeaf {
  Address owner;
  Hash256 person;
  std::uint32_t row = 0;
  Address patient;
  bool granted = false;
  std::uint32_t purpose = 0;
  std::uint64_t sequence = 0;  // of the last statement; 0 = the owner's attestation
  std::uint64_t expiry_s = 0;  // of the grant; 0 = never
  friend bool operator==(const ConsentLeaf&, const ConsentLeaf&) = default;
};

/// The tree's key of a person: owners cannot occupy each other's keys.
Hash256 consent_key(const Address& owner, const Hash256& person);
/// What the tree stores for a leaf.
Hash256 consent_value(const ConsentLeaf& leaf);

class ConsentState {
 public:
  /// `domain` is the one statements are signed for (consent_domain).
  ConsentState(const Hash256& dataset, Eip712Domain domain);

  /// Takes an owner's initial leaves. The caller has compared the attestation's hash with the chain.
  ///   errors  kInvalidArgument: another data set, or not valid; kConflict: the owner attested already
  Status apply(const ConsentAttestation& attestation);

  /// Takes one signed change. A revocation whose purpose overlaps the standing grant (one permits the other) withdraws
  /// that grant entirely: a patient is never left with a use she may have meant to end.
  ///   errors  kNotFound: person unknown; kRefused: not signed by the leaf's patient; kConflict: sequence not above the
  ///   last;
  ///           kInvalidArgument: another data set, a revocation with expiry; kUnsupported: unknown purpose
  Status apply(const SignedConsentStatement& statement);

  /// The consent root that goes on chain: SHA-256 of data set, number of leaves and the tree's top.
  [[nodiscard]] Hash256 root() const;
  [[nodiscard]] std::size_t size() const { return leaves_.size(); }
  /// kNotFound when the person has no leaf.
  [[nodiscard]] Result<ConsentLeaf> leaf(const Address& owner, const Hash256& person) const;
  [[nodiscard]] Result<ConsentProof> prove(const Address& owner, const Hash256& person) const;

  /// 1 for each of the owner's first `rows` rows whose person permits `purpose` at `time_s`, else 0. An owner without
  /// attestation, and a row without leaf, have no consent.
  ///   errors  kUnsupported: unknown purpose; kInvalidArgument: the owner attested more rows than `rows`
  [[nodiscard]] Result<std::vector<std::uint8_t>> mask(const Address& owner, std::uint32_t rows, std::uint32_t purpose,
                                                       std::uint64_t time_s) const;

 private:
  Hash256 dataset_;
  Eip712Domain domain_;
  std::vector<ConsentLeaf> leaves_;
  std::map<Hash256, std::size_t> index_;                        // tree key -> leaf
  std::unordered_map<Address, std::vector<std::size_t>> rows_;  // owner -> its leaves, rows rising
  ConsentTree tree_;
};

/// True when `proof` shows that `leaf` is in the state with this root, which had `leaf_count` leaves: what a patient
/// keeps as her receipt.
bool verify_consent(const Hash256& root, const Hash256& dataset, std::size_t leaf_count, const ConsentLeaf& leaf,
                    const ConsentProof& proof);

}  // namespace mc::governance
