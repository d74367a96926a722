// SPDX-License-Identifier: Apache-2.0
#include "protocol/release_party.hpp"

#include <algorithm>

#include "fhe/threshold/flooding.hpp"

namespace mc::protocol {

OwnResults::OwnResults(const fhe::Params& params, std::span<const fhe::Ciphertext> ciphertexts)
    : ciphertexts_(ciphertexts),
      multiplicands_(multiplicand_digests(params, ciphertexts)),
      hash_(hash_results(params, ciphertexts, multiplicands_)) {}

ReleaseParty::ReleaseParty(fhe::ParamsPtr params, ReleaseState state, CustodianSigner signer, fhe::PublicKey collective)
    : params_(std::move(params)),
      state_(std::move(state)),
      signer_(std::move(signer)),
      collective_(std::move(collective)) {
  for (const ReleaseState::Piece& piece : state_.pieces) {
    piece_secrets_.push_back(fhe::piece_secret(*params_, piece.secret, fhe::kReleaseBasis));
  }
}

Result<ReleaseParty> ReleaseParty::create(fhe::ParamsPtr params, ReleaseState state, CustodianSigner signer,
                                          fhe::PublicKey collective) {
  MC_CHECK(params != nullptr);
  MC_TRY_STATUS(check_release_state(*params, state));
  if (collective.p0.basis() != fhe::Basis{params->top_level().value, false}) {
    return fail(Code::kConflict, "the collective key has " + std::to_string(collective.p0.basis().q_limbs) +
                                     " limbs, the parameter set " + std::to_string(params->top_level().value));
  }
  return ReleaseParty(std::move(params), std::move(state), std::move(signer), std::move(collective));
}

Status ReleaseParty::observe_time(std::uint64_t final_time_s, const Store& store) {
  MC_TRY(const fhe::Window window, fhe::window_of(final_time_s));
  if (window < state_.newest || final_time_s < last_time_s_) {
    return refuse(Refusal::kChainTimeBackwards, Code::kRefused,
                  "the final chain is of " + std::to_string(final_time_s) + " (" + fhe::window_text(window) +
                      "), this custodian has seen " + std::to_string(last_time_s_) + " and holds the keys of " +
                      fhe::window_text(state_.newest));
  }
  if (last_time_s_ != 0 && window.value - state_.newest.value > kWindowsJumpMax) {
    return refuse(Refusal::kChainTimeJump, Code::kRefused,
                  "the final chain went from " + fhe::window_text(state_.newest) + " to " + fhe::window_text(window) +
                      " at once, more than " + std::to_string(kWindowsJumpMax) +
                      " days; if that is the true time, start the custodian again");
  }
  if (window > state_.newest) {
    ReleaseState next = advanced(state_, window);
    MC_TRY_STATUS(store(next));
    // In place, so that the memory that was locked stays the one that holds the keys.
    for (std::size_t i = 0; i < state_.pieces.size(); ++i) {
      state_.pieces[i].previous.key = std::move(next.pieces[i].previous.key);
      state_.pieces[i].newest.key = std::move(next.pieces[i].newest.key);
    }
    state_.newest = window;
  }
  last_time_s_ = final_time_s;
  return {};
}

std::vector<ByteView> ReleaseParty::secret_memory() const {
  std::vector<ByteView> memory;
  memory.push_back({reinterpret_cast<const std::uint8_t*>(state_.pieces.data()),
                    state_.pieces.size() * sizeof(ReleaseState::Piece)});
  memory.push_back(state_.ledger_key.expose());
  memory.push_back(signer_.secret_memory());
  for (const fhe::SecretPoly& secret : piece_secrets_) {
    const auto residues = secret.expose().residues();
    memory.push_back({reinterpret_cast<const std::uint8_t*>(residues.data()), residues.size_bytes()});
  }
  return memory;
}

Status ReleaseParty::check(const ReleaseRequest& request, const OwnView& own) const {
  const Authorisation& a = request.authorisation;
  if (a.epoch != state_.epoch) {
    return refuse(Refusal::kWrongEpoch, Code::kRefused,
                  "the authorisation is for key epoch " + std::to_string(a.epoch.value) +
                      ", this custodian holds epoch " + std::to_string(state_.epoch.value));
  }
  const auto results = own.results.ciphertexts();
  if (results.empty() || results.size() > fhe::kAnswersMax || a.sigma_log2.size() != results.size() ||
      own.noise_bound_log2.size() != results.size()) {
    return refuse(Refusal::kAnswerShapeDiffers, Code::kInvalidArgument,
                  "the authorisation names " + std::to_string(a.sigma_log2.size()) +
                      " answers, the recomputed result has " + std::to_string(results.size()) + " with " +
                      std::to_string(own.noise_bound_log2.size()) + " noise bounds (1 to " +
                      std::to_string(fhe::kAnswersMax) + ")");
  }
  MC_CHECK(own.first_opened_s.size() == results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Status shape = fhe::check_answer(results[i], i);
    if (!shape) return refuse(Refusal::kAnswerShapeDiffers, shape.error().code, shape.error().message);
  }
  // R7: the shares are computed on our own ciphertexts; this only tells the requester what she asked for in vain.
  if (own.results.hash() != a.result) {
    return refuse(Refusal::kResultDiffers, Code::kRefused,
                  "the authorisation is for result " + a.result.hex() + ", this custodian recomputed " +
                      own.results.hash().hex());
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::uint32_t needed = own.noise_bound_log2[i] + own.hint_flooding_log2.value_or(0);
    if (!own.hint_flooding_log2) {
      MC_TRY(needed, fhe::flooding_log2(own.noise_bound_log2[i]));
    }
    if (a.sigma_log2[i] < needed || a.sigma_log2[i] > fhe::kDrawLog2Max) {
      return refuse(Refusal::kFloodingTooSmall, Code::kRefused,
                    "answer " + std::to_string(i) + " asks for flooding 2^" + std::to_string(a.sigma_log2[i]) +
                        ", its noise bound 2^" + std::to_string(own.noise_bound_log2[i]) + " needs 2^" +
                        std::to_string(needed) + " to 2^" + std::to_string(fhe::kDrawLog2Max));
    }
  }
  if (own.requester_key == nullptr) {
    return refuse(Refusal::kRequesterKeyDiffers, Code::kRefused, "the requester's key is not at hand");
  }
  const Hash256 key = fhe::hash_requester_key(*params_, *own.requester_key);
  if (key != a.requester_key) {
    return refuse(
        Refusal::kRequesterKeyDiffers, Code::kRefused,
        "the authorisation is for requester key " + a.requester_key.hex() + ", the key at hand is " + key.hex());
  }
  // The requester's address is bound by the key's hash, which the study has approved.
  const fhe::RequesterContext expected{a.chain_id, a.study, own.requester_key->context.requester};
  const Status proven = fhe::verify_requester_key(*params_, *own.requester_key, expected, collective_);
  if (!proven) return refuse(Refusal::kRequesterKeyUnproven, proven.error().code, proven.error().message);
  for (const fhe::PieceId piece : request.bytes_for) {
    if (state_.shape.holds(state_.custodian, piece)) continue;
    return refuse(
        Refusal::kPieceNotHeld, Code::kNotFound,
        "custodian " + std::to_string(state_.custodian.value) + " does not hold the " + fhe::piece_text(piece));
  }
  return {};
}

// What every piece says to every answer: from the ledger where this custodian opened the multiplicand before, otherwise
// drawn with the key of the window in which the chain saw it first, and recorded.
Result<ReleaseParty::OpenedAnswers> ReleaseParty::open_answers(const Hash256& authorisation,
                                                               std::span<const std::uint8_t> sigma_log2,
                                                               const OwnView& own,
                                                               const std::optional<AnsweredIn>& news,
                                                               AnswerLedger& ledger) const {
  const auto multiplicands = own.results.multiplicands();
  MC_TRY(const Admission admission,
         review(ledger, Opening::kRelease, multiplicands, sigma_log2, openings_max(state_.shape)));
  std::map<Hash256, fhe::OpenedCoefficients> opened;
  std::vector<LedgerEntry> entries;
  // All windows first: a request is answered whole or leaves no trace.
  std::vector<fhe::Window> windows;
  for (const std::size_t i : admission.fresh) {
    const std::string what = "the first opening of answer " + std::to_string(i);
    if (own.first_opened_s[i] == 0) {
      return refuse(Refusal::kMultiplicandUnrecorded, Code::kRefused,
                    "the chain does not say when answer " + std::to_string(i) +
                        " was first opened; record its multiplicand " + multiplicands[i].hex() +
                        " with an authorisation");
    }
    auto window = open_window(state_, own.first_opened_s[i], what);
    if (!window) {
      Error error = window.error();
      error.message += "; custodians that opened it on that day still can answer, or ask when data or consent changed";
      return fail(std::move(error));
    }
    windows.push_back(*window);
  }
  for (std::size_t k = 0; k < admission.fresh.size(); ++k) {
    const std::size_t i = admission.fresh[k];
    fhe::OpenedCoefficients by_piece;
    for (std::size_t piece = 0; piece < state_.pieces.size(); ++piece) {
      by_piece.push_back(fhe::open_coefficient(*params_, *key_of_window(state_, piece, windows[k]),
                                               piece_secrets_[piece], own.results.ciphertexts()[i], multiplicands[i],
                                               sigma_log2[i]));
    }
    entries.push_back({multiplicands[i], sigma_log2[i], authorisation, Opening::kRelease,
                       seal_opened(state_.ledger_key, multiplicands[i], sigma_log2[i], by_piece)});
    opened.emplace(multiplicands[i], std::move(by_piece));
  }
  if (!entries.empty() || news) MC_TRY_STATUS(ledger.record(entries, news));
  OpenedAnswers answers;
  for (std::size_t i = 0; i < multiplicands.size(); ++i) {
    if (const auto& known = admission.known[i]) {
      MC_TRY(fhe::OpenedCoefficients by_piece, unseal_opened(state_.ledger_key, *known, state_.pieces.size()));
      answers.push_back(std::move(by_piece));
    } else {
      answers.push_back(opened.at(multiplicands[i]));
    }
  }
  return answers;
}

Result<fhe::Window> ReleaseParty::answer_window(const OwnView& own, const std::optional<fhe::Window>& answered) const {
  MC_TRY(const fhe::Window window, answered ? Result<fhe::Window>(*answered) : fhe::window_of(own.authorised_s));
  const Status open = check_window_open(state_, window, "the authorisation");
  if (open) return window;
  Error error = open.error();
  error.message += "; retries end with the following day: authorise the question again";
  return fail(std::move(error));
}

Result<ReleaseParty::Begun> ReleaseParty::begin(const ReleaseRequest& request, const OwnView& own,
                                                AnswerLedger& ledger) const {
  MC_TRY_STATUS(check(request, own));
  Begun begun;
  begun.authorisation = hash_authorisation(request.authorisation);
  MC_TRY(const std::optional<fhe::Window> answered, ledger.answered_in(begun.authorisation));
  MC_TRY(begun.window, answer_window(own, answered));
  const std::optional<AnsweredIn> news =
      answered ? std::nullopt : std::optional(AnsweredIn{begun.authorisation, begun.window});
  MC_TRY(begun.opened, open_answers(begun.authorisation, request.authorisation.sigma_log2, own, news, ledger));
  for (const fhe::Ciphertext& result : own.results.ciphertexts()) {
    begun.heads.push_back(fhe::answer_head(*params_, result));
  }
  return begun;
}

Result<OpenedCounts> ReleaseParty::open_counts(const ReleaseRequest& request, const OwnView& own,
                                               AnswerLedger& ledger) const {
  if (!request.authorisation.opens_counts) {
    return refuse(Refusal::kMalformedRequest, Code::kInvalidArgument,
                  "the authorisation is a release's, it opens no counts");
  }
  MC_TRY(Begun begun, begin(request, own, ledger));
  OpenedCounts counts;
  counts.head.custodian = state_.custodian;
  counts.head.epoch = state_.epoch;
  counts.head.authorisation = begun.authorisation;
  counts.head.heads = std::move(begun.heads);
  for (std::size_t i = 0; i < state_.pieces.size(); ++i) {
    OpenedPiece piece{state_.pieces[i].secret.piece, {}};
    for (const fhe::OpenedCoefficients& answer : begun.opened) piece.counts.push_back(answer[i]);
    counts.pieces.push_back(std::move(piece));
  }
  return counts;
}

Result<ShareMessage> ReleaseParty::answer(const ReleaseRequest& request, const OwnView& own,
                                          AnswerLedger& ledger) const {
  // The requester would read what only custodians may, before it has been judged (R18).
  if (request.authorisation.opens_counts) {
    return refuse(Refusal::kMalformedRequest, Code::kInvalidArgument,
                  "the authorisation opens counts to the custodians, it releases nothing to the requester");
  }
  MC_TRY(Begun begun, begin(request, own, ledger));
  const OpenedAnswers& opened = begun.opened;
  const std::vector<std::uint8_t>& sigma_log2 = request.authorisation.sigma_log2;
  ShareMessage message;
  message.custodian = state_.custodian;
  message.epoch = state_.epoch;
  message.authorisation = begun.authorisation;
  message.heads = std::move(begun.heads);
  const fhe::NttPoly p1 = fhe::requester_p1(*params_, own.requester_key->context);
  const fhe::ReleaseJob job{
      own.results.ciphertexts(),           own.results.multiplicands(), sigma_log2, own.requester_key, &p1,
      request.authorisation.requester_key, message.authorisation};
  fhe::OpenedCoefficients of_piece(opened.size());
  for (std::size_t i = 0; i < state_.pieces.size(); ++i) {
    for (std::size_t j = 0; j < opened.size(); ++j) of_piece[j] = opened[j][i];
    const fhe::PieceId piece = state_.pieces[i].secret.piece;
    const auto share = fhe::encrypt_opened(*params_, *key_of_window(state_, i, begun.window), of_piece, job);
    Bytes bytes = fhe::encode_release_share(*params_, state_.epoch, piece, share);
    message.hashes.push_back({piece, hash_share(bytes)});
    if (std::ranges::find(request.bytes_for, piece) != request.bytes_for.end()) {
      message.bytes.push_back({piece, std::move(bytes)});
    }
  }
  sign_share_message(signer_, message);
  return message;
}

}  // namespace mc::protocol
