// SPDX-License-Identifier: Apache-2.0
// Who consents to what at this moment, recomputed by everyone from the same public statements. Its root must equal the
// one on chain; its mask is what the computation multiplies in (R22).
// Not thread-safe for writing. A refused statement changes nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
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
  DataUse use;
  std::uint64_t sequence = 0;        // of the last statement; 0 = the owner's attestation
  std::uint64_t expiry_s = 0;        // of the grant; 0 = never
  std::uint64_t grant_sequence = 0;  // of the statement that granted; 0 = the owner's attestation
  Address delegate{};                // who may grant and revoke for her; zero = nobody
  DataUse scope{};                   // to which uses
  std::uint64_t delegate_until_s = 0;
  friend bool operator==(const ConsentLeaf&, const ConsentLeaf&) = default;
};

/// The tree's key of a person: owners cannot occupy each other's keys.
Hash256 consent_key(const Address& owner, const Hash256& person);
/// What the tree stores for a leaf.
Hash256 consent_value(const ConsentLeaf& leaf);

/// What a person said on chain herself, without any node (contracts/src/Revocations.sol).
struct ChainRevocation {
  Address owner;
  Hash256 person;
  Address sender;  // heeded when it is the person's account, or her delegate's while that lasts
  std::uint64_t sequence = 0;
  std::uint64_t time_s = 0;
  friend bool operator==(const ChainRevocation&, const ChainRevocation&) = default;
};

class ConsentState {
 public:
  /// `domain` is the one statements are signed for (consent_domain).
  ConsentState(const Hash256& dataset, Eip712Domain domain);

  /// Takes an owner's initial leaves. The caller has compared the attestation's hash with the chain.
  ///   errors  kInvalidArgument: another data set, or not valid; kConflict: the owner attested already
  Status apply(const ConsentAttestation& attestation);
  /// The same of the bytes that an owner published for her `rows` rows and that hash to what she named on chain.
  ///   errors  kRefused: they are no attestation of hers, or one of rows that she has not; they will never be another
  Status apply_published(const Address& owner, std::uint32_t rows, ByteView bytes);

  /// Takes one signed change. A revocation whose purpose overlaps the standing grant (one permits the other) withdraws
  /// that grant entirely: a patient is never left with a use she may have meant to end. Her delegate may grant and
  /// revoke within the delegation's scope; what he grants ends with the delegation, so that a statement he makes after
  /// its end, whatever time he claims, permits nothing. His statements follow the last one directly: no sequence of his
  /// can shut her out, nor overtake what she said on chain.
  ///   errors  kNotFound: person unknown; kRefused: signed neither by the leaf's patient nor, within his scope, by her
  ///           delegate; kConflict: sequence not above the last; check_statement's
  Status apply(const SignedConsentStatement& statement);

  /// Takes back what was applied since leaf() returned `leaf`. REQUIRES that the person is there.
  void put_back(const ConsentLeaf& leaf);

  /// Takes the revocations that stand on chain, all of them, in place of those taken before: after a reorganisation
  /// some may be gone. They are no part of the tree: the chain holds them itself.
  void set_chain_revocations(std::span<const ChainRevocation> revocations);
  /// The sequence up to which a person's grants are revoked on chain; nothing when the one that stands is not. Only a
  /// later grant overtakes it: not a delegation, and not a revocation of something else.
  [[nodiscard]] std::optional<std::uint64_t> revoked_on_chain(const ConsentLeaf& leaf) const;

  /// The consent root that goes on chain: SHA-256 of data set, number of leaves and the tree's top.
  [[nodiscard]] Hash256 root() const;
  [[nodiscard]] std::size_t size() const { return attested_.size(); }
  /// What the state holds in memory: some 190 bytes for a person, and some 450 more for one who has said something.
  [[nodiscard]] std::size_t memory_bytes() const;
  /// kNotFound when the person has no leaf.
  [[nodiscard]] Result<ConsentLeaf> leaf(const Address& owner, const Hash256& person) const;
  [[nodiscard]] Result<ConsentProof> prove(const Address& owner, const Hash256& person) const;

  /// 1 for each of the owner's first `rows` rows whose person permits `use` at `time_s` and has not revoked on chain,
  /// else 0. An owner without attestation, and a row without leaf, have no consent.
  ///   errors  kUnsupported: unknown use; kInvalidArgument: the owner attested more rows than `rows`
  [[nodiscard]] Result<std::vector<std::uint8_t>> mask(const Address& owner, std::uint32_t rows, const DataUse& use,
                                                       std::uint64_t time_s) const;

 private:
  /// A person as her owner attested her. Everybody who takes part holds these of all persons: a million of them.
  struct Attested {
    Hash256 person;
    Address patient;
    std::uint32_t row = 0;
    std::uint32_t use = 0;  // in uses_
    bool granted = false;
  };
  /// An owner's persons, who stand beside each other, rows rising.
  struct Cohort {
    Address owner;
    std::uint32_t first = 0, count = 0;
  };
  [[nodiscard]] std::uint32_t use_number(const DataUse& use);
  [[nodiscard]] const Cohort* cohort_of(const Address& owner) const;
  /// The present leaf of the person at a place.
  [[nodiscard]] ConsentLeaf leaf_at(std::uint32_t place) const;
  Result<bool> signed_by_patient(const ConsentLeaf& leaf, const SignedConsentStatement& signed_statement,
                                 const std::string& name) const;

  Hash256 dataset_;
  Eip712Domain domain_;
  std::vector<Attested> attested_;
  std::vector<DataUse> uses_;                              // different ones, of attestations: a few
  std::map<DataUse, std::uint32_t> use_numbers_;           // where in uses_
  std::vector<Cohort> cohorts_;                            // in the order of places
  std::unordered_map<std::uint32_t, ConsentLeaf> spoken_;  // by place, of persons of whom a statement was applied
  ConsentTree tree_;                                       // knows the place of every key
  std::map<Hash256, std::vector<ChainRevocation>> chain_revocations_;  // tree key -> what was said
};

/// True when `proof` shows that `leaf` is in the state with this root, which had `leaf_count` leaves: what a patient
/// keeps as her receipt.
bool verify_consent(const Hash256& root, const Hash256& dataset, std::size_t leaf_count, const ConsentLeaf& leaf,
                    const ConsentProof& proof);

}  // namespace mc::governance
