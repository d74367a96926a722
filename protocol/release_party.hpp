// SPDX-License-Identifier: Apache-2.0
// A custodian's part in a release (R5, R6, R7, R13, R15). It is handed what the custodian itself recomputed and read
// from the chain; it trusts nothing that a requester or a compute node says. No socket, no clock, no disk but the
// ledger.
#pragma once

#include <span>
#include <vector>

#include "protocol/answer_ledger.hpp"
#include "protocol/authorisation.hpp"
#include "protocol/custodian_secrets.hpp"
#include "protocol/share_message.hpp"

namespace mc::protocol {

struct ReleaseRequest {
  Authorisation authorisation;          // found on chain, final, by its hash: the caller checked
  std::vector<fhe::PieceId> bytes_for;  // pieces whose bytes are wanted; of the others the hash only
};

/// What this custodian knows by itself.
struct OwnView {
  std::span<const fhe::Ciphertext> results;          // recomputed by the custodian's own verifier (R7)
  std::span<const std::uint32_t> noise_bound_log2;   // of every result, computed by the custodian (R15)
  const fhe::RequesterKey* requester_key = nullptr;  // as fetched; checked here
};

class ReleaseParty {
 public:
  /// kConflict when secrets, parameters and identity do not belong together.
  static Result<ReleaseParty> create(fhe::ParamsPtr params, CustodianSecrets secrets, CustodianIdentity identity,
                                     fhe::PublicKey collective);

  /// Every check comes before the ledger, the ledger before any share. Asked twice, it answers the same bytes.
  ///   errors  kRefused: another epoch, result hash, requester key, a key without proof of possession, sigma below what
  ///           the own noise bound demands, a second sigma for one multiplicand; kInvalidArgument: level or counts;
  ///           kNotFound: bytes_for names a piece not held here; kLimit: more than tau polynomials open
  Result<ShareMessage> answer(const ReleaseRequest& request, const OwnView& own, AnswerLedger& ledger) const;

  [[nodiscard]] CustodianId custodian() const { return secrets_.custodian; }
  [[nodiscard]] Epoch epoch() const { return secrets_.epoch; }

 private:
  ReleaseParty(fhe::ParamsPtr params, CustodianSecrets secrets, CustodianIdentity identity, fhe::PublicKey collective);
  Status check(const ReleaseRequest& request, const OwnView& own) const;

  fhe::ParamsPtr params_;
  CustodianSecrets secrets_;
  CustodianIdentity identity_;
  fhe::PublicKey collective_;
  std::vector<fhe::SecretPoly> piece_secrets_;  // over the release basis, in the order of secrets_.seeds
};

}  // namespace mc::protocol
