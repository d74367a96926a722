// SPDX-License-Identifier: Apache-2.0
// A custodian's part in a collective refresh (R4, R5, R7, R14), and the combination, which needs no secret and gives
// everybody the same ciphertexts. No socket, no clock, no disk but the ledger.
#pragma once

#include <span>
#include <vector>

#include "protocol/answer_ledger.hpp"
#include "protocol/comparison.hpp"
#include "protocol/refresh_message.hpp"
#include "protocol/release_state.hpp"

namespace mc::protocol {

/// A refresh of ciphertexts at hand, with all that follows from them, worked out once: whoever answers a refresh and
/// then combines the answers hands it to both. Keeps a reference to the inputs; stays where it is.
class RefreshWork {
 public:
  /// `request.inputs` is computed here. The map must suit the inputs (fhe::check_refresh).
  RefreshWork(const fhe::Params& params, RefreshRequest request, std::span<const fhe::Ciphertext> inputs);
  RefreshWork(const RefreshWork&) = delete;
  RefreshWork& operator=(const RefreshWork&) = delete;

  [[nodiscard]] const RefreshRequest& request() const { return request_; }
  [[nodiscard]] const Hash256& subject() const { return subject_; }  // hash_refresh_request
  [[nodiscard]] const Hash256& digest() const { return digest_; }    // fhe::refresh_digest
  [[nodiscard]] std::span<const Hash256> multiplicands() const { return multiplicands_; }
  [[nodiscard]] const fhe::RefreshJob& job() const { return job_; }

 private:
  RefreshRequest request_;
  std::vector<Hash256> multiplicands_;
  std::vector<std::uint64_t> heads_;  // fhe::opened_heads
  Hash256 subject_, digest_;
  fhe::RefreshCommon common_;
  fhe::RefreshJob job_;
};

/// What this custodian knows by itself.
struct RefreshView {
  std::span<const fhe::Ciphertext> inputs;    // recomputed by the custodian's own verifier (R7)
  std::span<const std::uint32_t> value_log2;  // of every input: what its planner proves of the coefficients (R14)
  // From the final chain: when each input's multiplicand was first opened; 0 where the chain does not say (R11).
  std::span<const std::uint64_t> first_opened_s;
  const RefreshWork* work = nullptr;  // of these inputs, made by this custodian; worked out here when there is none
};

class RefreshParty {
 public:
  /// kConflict when state and parameters do not belong together. Of the state only the pieces are kept.
  static Result<RefreshParty> create(fhe::ParamsPtr params, const ReleaseState& state, CustodianSigner signer);

  /// `keys`: the custodian's release keys as they are now. All masks are drawn with the key of the one day on which the
  /// chain saw all inputs first; afterwards the request is closed, for masks are kept nowhere.
  /// `request`: its run is on chain and final, its map is the one that the run's plan has at this step: the caller
  /// checked. `bytes_for`: pieces whose bytes are wanted; of the others the hash only. Every check comes before the
  /// ledger, the ledger before any share. Asked twice, it answers the same bytes.
  ///   errors  each with the reason in front of its sentence (protocol/refusal.hpp). kRefused: wrong_epoch,
  ///           inputs_differ, mask_too_narrow, no_headroom, second_sigma, multiplicand_unrecorded, window_closed;
  ///           kInvalidArgument: refresh_map_invalid; kNotFound: piece_not_held; kLimit: releases_exhausted
  Result<RefreshMessage> answer(const RefreshRequest& request, std::span<const fhe::PieceId> bytes_for,
                                const RefreshView& own, const ReleaseState& keys, AnswerLedger& ledger) const;

  [[nodiscard]] CustodianId custodian() const { return custodian_; }
  [[nodiscard]] Epoch epoch() const { return epoch_; }

 private:
  RefreshParty(fhe::ParamsPtr params, const ReleaseState& state, CustodianSigner signer);
  Status check(const RefreshRequest& request, const RefreshView& own) const;

  fhe::ParamsPtr params_;
  fhe::CommitteeShape shape_;
  CustodianId custodian_;
  Epoch epoch_;
  CustodianSigner signer_;
  std::vector<fhe::SecretPoly> piece_secrets_;  // over the whole chain, in the order of the state's pieces
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
  const RefreshWork* work = nullptr;        // of these inputs; worked out when there is none
  bool within_masks = false;                // fhe::check_opened is asked of every value
  const RefreshMessage* own = nullptr;      // the combiner's own message, beside those that came
};

/// What messages come to before anything is opened: how they compare, and the agreed share of every piece. Refers to
/// the messages and to context.own. Without shares when they contradict each other.
struct MatchedRefresh {
  Verdict verdict;
  std::vector<std::pair<fhe::PieceId, ByteView>> shares;
};
/// The first half of combine_refresh. Whoever carries messages can make it fail, and no custodian's lie alone: an error
/// here says nothing but that other messages are needed.
///   errors  kRefused: a message that is not properly signed or for another request or epoch; kUnavailable names
///   missing
///           pieces, kNotFound missing bytes; kCorrupt for bad messages
Result<MatchedRefresh> match_refresh(const RefreshContext& context, std::span<const RefreshMessage> messages);
/// The second half: sums the shares and finishes. `matched`: of messages that are still there.
///   errors  kRefused: a value beyond its mask; kCorrupt: a signed share that is none
Result<Refreshed> open_refresh(const RefreshContext& context, MatchedRefresh matched);

/// Combines whatever answers came in, as combine() does for a release: same comparison, same assurance.
///   errors  kRefused: inputs are not those of the request, a message that is not properly signed or for another
///   request
///           or epoch, a value beyond its mask; kUnavailable names missing pieces, kNotFound missing bytes; kCorrupt
///           for bad messages
Result<Refreshed> combine_refresh(const RefreshContext& context, std::span<const RefreshMessage> messages);

}  // namespace mc::protocol
