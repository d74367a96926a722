// SPDX-License-Identifier: Apache-2.0
// What patients and owners say about consent, as bytes. An owner attests the initial consent of its rows once, and the
// attestation's hash is on chain; from then on a person's consent changes only by statements that she signs (EIP-712).
// Both are public: they hold salted commitments and addresses, no identifier of a person.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "governance/address.hpp"
#include "governance/data_use.hpp"
#include "governance/eip712.hpp"
#include "governance/wallet.hpp"

namespace mc::governance {

/// Persons of one upload: the attestation of so many is 230 MiB, one body of a request.
inline constexpr std::size_t kAttestationLeavesMax = 3'500'000;

/// The commitment that stands for a person: SHA-256 of data set, owner, row identifier and a salt that is a function of
/// the owner's patient seed. Without the seed it can be neither opened nor guessed, and differs from data set to data
/// set.
Hash256 person_commitment(const SecretKey256& patient_seed, const Hash256& dataset, const Address& owner,
                          std::string_view row_id);

enum class ConsentAction : std::uint8_t { kRevoke = 0, kGrant = 1, kDelegate = 2 };
std::string_view consent_action_name(ConsentAction action);

/// One change of one person's consent, or of who may change it for her.
struct ConsentStatement {
  Hash256 dataset;
  Address owner;
  Hash256 person;
  ConsentAction action = ConsentAction::kRevoke;
  DataUse use;                 // granted or revoked, or the scope of a delegation; modifiers and limits are a grant's
  std::uint64_t sequence = 0;  // from 1; each statement's is above the one before
  std::uint64_t expiry_s = 0;  // when a grant or a delegation ends; a grant's may be 0 = never
  Address delegate{};          // kDelegate: who may grant and revoke for her; zero takes it back
  friend bool operator==(const ConsentStatement&, const ConsentStatement&) = default;
};

/// kInvalidArgument, kUnsupported: a revocation or a delegation that was taken back with an expiry, a delegation
/// without one, modifiers or limits outside a grant, a use that does not exist.
Status check_statement(const ConsentStatement& statement);

/// The digest a patient signs.
Hash256 consent_digest(const Eip712Domain& domain, const ConsentStatement& statement);

struct SignedConsentStatement {
  ConsentStatement statement;
  Signature signature;
  friend bool operator==(const SignedConsentStatement&, const SignedConsentStatement&) = default;
};

SignedConsentStatement sign_consent(const Eip712Domain& domain, const ConsentStatement& statement,
                                    const Wallet& patient);

/// Canonical bytes, at most kStatementBytesMax of them; decoding refuses what check_statement does.
inline constexpr std::size_t kStatementBytesMax = 4 + 32 + 20 + 32 + 1 + 12 + kLimitsBytesMax + 8 + 8 + 20 + 65;
Bytes encode(const SignedConsentStatement& statement);
Result<SignedConsentStatement> decode_consent_statement(ByteView bytes);

/// Consent of one row at the time of upload, as its owner attests it.
struct InitialLeaf {
  Hash256 person;
  std::uint32_t row = 0;  // offset in the owner's slot range
  Address patient;        // whose signature changes it
  bool granted = false;
  DataUse use;
  friend bool operator==(const InitialLeaf&, const InitialLeaf&) = default;
};

/// Rows rise strictly; a row without a leaf has no consent.
struct ConsentAttestation {
  Hash256 dataset;
  Address owner;
  std::vector<InitialLeaf> leaves;
  friend bool operator==(const ConsentAttestation&, const ConsentAttestation&) = default;
};

/// Canonical bytes. The attestation must be valid (see validate).
Bytes encode(const ConsentAttestation& attestation);
/// kCorrupt or kLimit for bytes that `encode` never writes; never allocates by an unchecked length.
Result<ConsentAttestation> decode_consent_attestation(ByteView bytes);
/// Rows strictly rising, persons all different, uses known and without limits (they are a person's own word, and come
/// with her statement), patients not the zero address.
Status validate(const ConsentAttestation& attestation);
/// SHA-256 of the canonical bytes: what the owner publishes on chain.
Hash256 attestation_hash(const ConsentAttestation& attestation);

}  // namespace mc::governance
