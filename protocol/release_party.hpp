// SPDX-License-Identifier: Apache-2.0
// A custodian's part in a release (R5, R6, R7, R11, R13, R15). It is handed what the custodian itself recomputed and
// read from the chain; it trusts nothing that a requester or a compute node says. No socket, no clock, no disk but the
// ledger. Not thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "protocol/answer_ledger.hpp"
#include "protocol/authorisation.hpp"
#include "protocol/count_message.hpp"
#include "protocol/refusal.hpp"
#include "protocol/release_state.hpp"
#include "protocol/share_message.hpp"

namespace mc::protocol {

struct ReleaseRequest {
  Authorisation authorisation;          // found on chain, final, by its hash: the caller checked
  std::vector<fhe::PieceId> bytes_for;  // pieces whose bytes are wanted; of the others the hash only
};

/// Ciphertexts that the custodian's own verifier computed (R7), and the digests of what will be multiplied by the
/// secret. The digests are computed here and nowhere else: none can be supplied (R5).
class OwnResults {
 public:
  /// Keeps a reference to `ciphertexts`.
  OwnResults(const fhe::Params& params, std::span<const fhe::Ciphertext> ciphertexts);
  [[nodiscard]] std::span<const fhe::Ciphertext> ciphertexts() const { return ciphertexts_; }
  [[nodiscard]] std::span<const Hash256> multiplicands() const { return multiplicands_; }
  [[nodiscard]] const Hash256& hash() const { return hash_; }  // hash_results

 private:
  std::span<const fhe::Ciphertext> ciphertexts_;
  std::vector<Hash256> multiplicands_;
  Hash256 hash_;
};

/// What this custodian knows by itself.
struct OwnView {
  const OwnResults& results;
  std::span<const std::uint32_t> noise_bound_log2;   // of every result, computed by the custodian (R15)
  const fhe::RequesterKey* requester_key = nullptr;  // as fetched; checked here
  // From the final chain: when the authorisation was recorded, and when each multiplicand was first opened; 0 where the
  // chain does not say.
  std::uint64_t authorised_s = 0;
  std::span<const std::uint64_t> first_opened_s;
  // Which argument covers the answers (R16): S floods by R15's rule, H by so many bits above the noise.
  std::optional<std::uint32_t> hint_flooding_log2 = std::nullopt;
};

/// What a custodian's pieces say to counts that are opened to the custodians (R18), before it is signed and sealed.
struct OpenedCounts {
  CountMessage head;  // without hashes, boxes and signature
  std::vector<OpenedPiece> pieces;
};

class ReleaseParty {
 public:
  /// kConflict when state, parameters and collective key do not belong together.
  static Result<ReleaseParty> create(fhe::ParamsPtr params, ReleaseState state, CustodianSigner signer,
                                     fhe::PublicKey collective);

  /// Stores a new state durably before the old one is given up.
  using Store = std::function<Status(const ReleaseState&)>;
  /// Takes note of the final chain's time. In a new window release keys move on: the new state is stored, then the old
  /// keys are overwritten in memory. The first reading may be any number of windows later, for the
  /// custodian may have been off for long: the caller compares it with a clock of its own before.
  ///   errors  kRefused chain_time_backwards, chain_time_jump: nothing changed, and nothing should be answered; what
  ///           `store` says
  Status observe_time(std::uint64_t final_time_s, const Store& store);

  /// Every check comes before the ledger, the ledger before any share. Asked twice, it answers the same bytes.
  /// The key that encrypts is of the day on which the chain recorded the authorisation, as this custodian read it
  /// first (answer_ledger.hpp).
  ///   noise   one per multiplicand for ever: drawn with the key of the window in which the chain saw the multiplicand
  ///           first, or taken from the ledger
  ///   errors  each with the reason in front of its sentence (protocol/refusal.hpp). window_closed: the authorisation,
  ///           or the first opening of a multiplicand that is not in the ledger, is of a window whose key is erased
  Result<ShareMessage> answer(const ReleaseRequest& request, const OwnView& own, AnswerLedger& ledger) const;

  /// The same for counts that only custodians read: nothing is encrypted for the requester, everything else holds as in
  /// `answer`, the ledger and its noise for ever included. Of the request only the authorisation counts.
  Result<OpenedCounts> open_counts(const ReleaseRequest& request, const OwnView& own, AnswerLedger& ledger) const;

  [[nodiscard]] CustodianId custodian() const { return state_.custodian; }
  [[nodiscard]] Epoch epoch() const { return state_.epoch; }
  [[nodiscard]] fhe::Window newest_window() const { return state_.newest; }
  /// The keys as they are now: what a refresh answers with.
  [[nodiscard]] const ReleaseState& state() const { return state_; }
  /// Where the secrets lie that stay for the life of the process, to be locked into memory. They stay there.
  [[nodiscard]] std::vector<ByteView> secret_memory() const;

 private:
  /// Opened values by answer, then piece.
  using OpenedAnswers = std::vector<fhe::OpenedCoefficients>;

  /// What every answer to an authorisation begins with: all checks, the day of its key, what the pieces say.
  struct Begun {
    Hash256 authorisation;
    fhe::Window window;
    OpenedAnswers opened;
    std::vector<fhe::AnswerHead> heads;
  };

  ReleaseParty(fhe::ParamsPtr params, ReleaseState state, CustodianSigner signer, fhe::PublicKey collective);
  Status check(const ReleaseRequest& request, const OwnView& own) const;
  Result<Begun> begin(const ReleaseRequest& request, const OwnView& own, AnswerLedger& ledger) const;
  Result<fhe::Window> answer_window(const OwnView& own, const std::optional<fhe::Window>& answered) const;
  Result<OpenedAnswers> open_answers(const Hash256& authorisation, std::span<const std::uint8_t> sigma_log2,
                                     const OwnView& own, const std::optional<AnsweredIn>& news,
                                     AnswerLedger& ledger) const;

  fhe::ParamsPtr params_;
  ReleaseState state_;
  CustodianSigner signer_;
  fhe::PublicKey collective_;
  std::vector<fhe::SecretPoly> piece_secrets_;  // over the release basis, in the order of state_.pieces
  std::uint64_t last_time_s_ = 0;               // 0: none read yet
};

}  // namespace mc::protocol
