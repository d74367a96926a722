// SPDX-License-Identifier: Apache-2.0
// A custodian's part in a collective refresh (R4, R5, R7, R14), and the combination, which needs no secret and gives
// everybody the same ciphertexts. No socket, no clock, no disk but the ledger.
#pragma once

#include <span>
#include <vector>

#include "protocol/answer_ledger.hpp"
#include "protocol/comparison.hpp"
#include "protocol/custodian_secrets.hpp"
#include "protocol/refresh_message.hpp"

namespace mc::protocol {

/// What this custodian knows by itself.
struct RefreshView {
  std::span<const fhe::Ciphertext> inputs;    // recomputed by the custodian's own verifier (R7)
  std::span<const std::uint32_t> value_log2;  // of every input: what its planner proves of the coefficients (R14)
};

class RefreshParty {
 public:
  /// kConflict when secrets and parameters do not belong together.
  static Result<RefreshParty> create(fhe::ParamsPtr params, CustodianSecrets secrets, CustodianIdentity identity);

  /// `request`: its run is on chain and final, its map is the one that the run's plan has at this step: the caller
  /// checked. `bytes_for`: pieces whose bytes are wanted; of the others the hash only. Every check comes before the
  /// ledger, the ledger before any share. Asked twice, it answers the same bytes.
  ///   errors  kRefused: another epoch, inputs that this custodian did not compute, a mask narrower than its own bound
  ///           demands, no headroom, a multiplicand that was opened otherwise; kInvalidArgument: map, levels or counts;
  ///           kNotFound: bytes_for names a piece not held here; kLimit: more than tau polynomials open
  Result<RefreshMessage> answer(const RefreshRequest& request, std::span<const fhe::PieceId> bytes_for,
                                const RefreshView& own, AnswerLedger& ledger) const;

  [[nodiscard]] CustodianId custodian() const { return secrets_.custodian; }
  [[nodiscard]] Epoch epoch() const { return secrets_.epoch; }

 private:
  RefreshParty(fhe::ParamsPtr params, CustodianSecrets secrets, CustodianIdentity identity);
  Status check(const RefreshRequest& request, const RefreshView& own) const;

  fhe::ParamsPtr params_;
  CustodianSecrets secrets_;
  CustodianIdentity identity_;
  std::vector<fhe::SecretPoly> piece_secrets_;  // over the whole chain, in the order of secrets_.seeds
};

struct Refreshed {
  Verdict verdict;
  std::vector<fhe::Ciphertext> outputs;  // empty when disputed
};

/// What whoever combines knows.
struct RefreshContext {
  fhe::ParamsPtr params;
  fhe::CommitteeShape shape;
  std::span<const PublicIdentity> identities;  // by custodian id, from the chain
  const RefreshRequest* request = nullptr;
  std::span<const fhe::Ciphertext> inputs;  // computed by the combiner itself
};

/// Combines whatever answers came in, as combine() does for a release: same comparison, same assurance.
///   errors  kRefused: inputs are not those of the request, a message that is not properly signed or for another
///   request
///           or epoch; kUnavailable names missing pieces, kNotFound missing bytes; kCorrupt for bad messages
Result<Refreshed> combine_refresh(const RefreshContext& context, std::span<const RefreshMessage> messages);

}  // namespace mc::protocol
