// SPDX-License-Identifier: Apache-2.0
#include "protocol/refresh_party.hpp"

#include <algorithm>
#include <future>
#include <optional>

#include "fhe/threshold/flooding.hpp"
#include "protocol/authorisation.hpp"
#include "protocol/refusal.hpp"

namespace mc::protocol {
namespace {

Status check_inputs(const fhe::Params& params, const RefreshRequest& request, std::size_t pieces,
                    std::span<const fhe::Ciphertext> inputs, const RefreshWork* work) {
  const Status shape = fhe::check_refresh(params, request.epoch, pieces, inputs, request.map);
  if (!shape) {
    const bool narrow = shape.error().code == Code::kRefused;
    return refuse(narrow ? Refusal::kNoHeadroom : Refusal::kRefreshMapInvalid, shape.error().code,
                  shape.error().message);
  }
  const Hash256 computed = work != nullptr
                               ? work->request().inputs
                               : hash_refresh_inputs(params, request.map, inputs, multiplicand_digests(params, inputs));
  if (computed == request.inputs) return {};
  return refuse(Refusal::kInputsDiffer, Code::kRefused,
                "the refresh is of inputs " + request.inputs.hex() + ", recomputed here were " + computed.hex());
}

// The one window in which the chain saw all inputs first.
Result<fhe::Window> window_of_inputs(const ReleaseState& keys, const RefreshView& own) {
  MC_CHECK(own.first_opened_s.size() == own.inputs.size());
  std::optional<fhe::Window> common;
  for (std::size_t i = 0; i < own.inputs.size(); ++i) {
    const std::string what = "the first opening of value " + std::to_string(i);
    if (own.first_opened_s[i] == 0) {
      return refuse(Refusal::kMultiplicandUnrecorded, Code::kRefused, "the chain does not know " + what);
    }
    MC_TRY(const fhe::Window window, open_window(keys, own.first_opened_s[i], what));
    if (common && *common != window) {
      return refuse(Refusal::kWindowClosed, Code::kRefused,
                    what + " is of " + fhe::window_text(window) + ", that of value 0 of " + fhe::window_text(*common) +
                        ": one refresh draws with the key of one day");
    }
    common = window;
  }
  MC_CHECK(common.has_value());
  return *common;
}

Opening opening_of(const fhe::RefreshMap& map) {
  const bool whole = map.extraction == fhe::RefreshMap::Extraction::kPolynomials;
  if (map.flooding_log2.empty()) return whole ? Opening::kRefreshPolynomial : Opening::kRefreshConstant;
  return whole ? Opening::kFloodedPolynomial : Opening::kFloodedConstant;
}

/// The one that was handed over, if it is about this request, or a new one.
const RefreshWork& work_of(const fhe::Params& params, const RefreshRequest& request,
                           std::span<const fhe::Ciphertext> inputs, const RefreshWork* given,
                           std::optional<RefreshWork>& own) {
  if (given == nullptr) return own.emplace(params, request, inputs);
  MC_CHECK(given->request() == request && given->job().inputs.data() == inputs.data());
  return *given;
}

}  // namespace

RefreshWork::RefreshWork(const fhe::Params& params, RefreshRequest request, std::span<const fhe::Ciphertext> inputs)
    : request_(std::move(request)),
      multiplicands_(multiplicand_digests(params, inputs)),
      heads_(fhe::opened_heads(params, inputs, request_.map)) {
  request_.inputs = hash_refresh_inputs(params, request_.map, inputs, multiplicands_, heads_);
  subject_ = hash_refresh_request(params, request_);
  digest_ = fhe::refresh_digest(params, request_.run, request_.step, request_.epoch, request_.map, multiplicands_);
  common_ = fhe::expand_refresh_common(params, request_.map, digest_);
  job_ = {inputs, multiplicands_, &request_.map, &common_, heads_};
}

RefreshParty::RefreshParty(fhe::ParamsPtr params, const ReleaseState& state, CustodianSigner signer)
    : params_(std::move(params)),
      shape_(state.shape),
      custodian_(state.custodian),
      epoch_(state.epoch),
      signer_(std::move(signer)) {
  for (const ReleaseState::Piece& piece : state.pieces) {
    piece_secrets_.push_back(fhe::piece_secret(*params_, piece.secret, {params_->top_level().value, false}));
  }
}

Result<RefreshParty> RefreshParty::create(fhe::ParamsPtr params, const ReleaseState& state, CustodianSigner signer) {
  MC_CHECK(params != nullptr);
  MC_TRY_STATUS(check_release_state(*params, state));
  return RefreshParty(std::move(params), state, std::move(signer));
}

Status RefreshParty::check(const RefreshRequest& request, const RefreshView& own) const {
  if (request.epoch != epoch_) {
    return refuse(Refusal::kWrongEpoch, Code::kRefused,
                  "the refresh is for key epoch " + std::to_string(request.epoch.value) +
                      ", this custodian holds epoch " + std::to_string(epoch_.value));
  }
  MC_TRY_STATUS(check_inputs(*params_, request, shape_.pieces().size(), own.inputs, own.work));
  if (own.value_log2.size() != own.inputs.size()) {
    return refuse(Refusal::kRefreshMapInvalid, Code::kInvalidArgument,
                  "there are " + std::to_string(own.value_log2.size()) + " bounds for " +
                      std::to_string(own.inputs.size()) + " inputs");
  }
  for (std::size_t i = 0; i < own.inputs.size(); ++i) {
    const auto needed = fhe::mask_log2(own.value_log2[i]);
    if (!needed) return refuse(Refusal::kNoHeadroom, needed.error().code, needed.error().message);
    if (request.map.mask_log2[i] < *needed) {
      return refuse(Refusal::kMaskTooNarrow, Code::kRefused,
                    "value " + std::to_string(i) + " asks for a mask of " + std::to_string(request.map.mask_log2[i]) +
                        " bits, its bound of " + std::to_string(own.value_log2[i]) + " bits needs " +
                        std::to_string(*needed));
    }
  }
  return {};
}

Result<RefreshMessage> RefreshParty::answer(const RefreshRequest& request, std::span<const fhe::PieceId> bytes_for,
                                            const RefreshView& own, const ReleaseState& keys,
                                            AnswerLedger& ledger) const {
  MC_CHECK(keys.custodian == custodian_ && keys.epoch == epoch_);
  MC_TRY_STATUS(check(request, own));
  MC_TRY(const fhe::Window window, window_of_inputs(keys, own));
  for (const fhe::PieceId piece : bytes_for) {
    if (!shape_.holds(custodian_, piece)) {
      return refuse(Refusal::kPieceNotHeld, Code::kNotFound,
                    "custodian " + std::to_string(custodian_.value) + " does not hold the " + fhe::piece_text(piece));
    }
  }
  std::optional<RefreshWork> made_here;
  const RefreshWork& work = work_of(*params_, request, own.inputs, own.work, made_here);
  const Hash256& subject = work.subject();
  const Opening opening = opening_of(request.map);
  const std::vector<std::uint8_t>& widths =
      request.map.flooding_log2.empty() ? request.map.mask_log2 : request.map.flooding_log2;
  MC_TRY(const Admission admission, review(ledger, opening, work.multiplicands(), widths, openings_max(shape_)));
  std::vector<LedgerEntry> entries;
  for (const std::size_t i : admission.fresh) {
    entries.push_back({work.multiplicands()[i], widths[i], subject, opening, {}});
  }
  // Shares are made while the ledger's disk is waited for, and leave when it has them (R5).
  std::future<Status> kept;
  if (!entries.empty()) kept = std::async(std::launch::async, [&] { return ledger.append(entries); });

  RefreshMessage message;
  message.statement = {Statement::Kind::kRefresh, custodian_, epoch_, subject, work.digest(), {}, {}};
  for (std::size_t i = 0; i < piece_secrets_.size(); ++i) {
    const fhe::PieceSeed& key = *key_of_window(keys, i, window);
    const fhe::PieceId piece = key.piece;
    const auto share = fhe::make_refresh_share(*params_, key, piece_secrets_[i], work.job());
    Bytes bytes = fhe::encode_refresh_share(*params_, epoch_, piece, share);
    message.statement.hashes.push_back({piece, hash_share(bytes)});
    if (std::ranges::find(bytes_for, piece) != bytes_for.end()) message.bytes.push_back({piece, std::move(bytes)});
  }
  sign_statement(signer_, message.statement);
  if (kept.valid()) MC_TRY_STATUS(kept.get());
  return message;
}

Result<MatchedRefresh> match_refresh(const RefreshContext& context, std::span<const RefreshMessage> messages) {
  MC_CHECK(context.params && context.request != nullptr);
  const RefreshRequest& request = *context.request;
  const Hash256 subject =
      context.work != nullptr ? context.work->subject() : hash_refresh_request(*context.params, request);
  std::vector<Statement> statements;
  std::vector<Delivery> deliveries;
  const auto take = [&](const RefreshMessage& message, bool own) -> Status {
    const Statement& statement = message.statement;
    MC_TRY_STATUS(check_statement(context.shape, context.identities, statement, "refresh message"));
    if (statement.kind != Statement::Kind::kRefresh || statement.subject != subject ||
        statement.epoch != request.epoch) {
      return fail(Code::kRefused, "refresh message of custodian " + std::to_string(statement.custodian.value) +
                                      " answers request " + statement.subject.hex() + " of epoch " +
                                      std::to_string(statement.epoch.value) + ", expected " + subject.hex() +
                                      " of epoch " + std::to_string(request.epoch.value));
    }
    statements.push_back(statement);
    deliveries.push_back({statement.custodian, message.bytes, own});
    return {};
  };
  if (context.own != nullptr) MC_TRY_STATUS(take(*context.own, true));
  for (const RefreshMessage& message : messages) MC_TRY_STATUS(take(message, false));
  MC_TRY(Comparison comparison, compare(context.shape, statements));
  MC_TRY_STATUS(check_all_pieces_answered(context.shape, comparison.verdict.answered));
  MatchedRefresh matched{std::move(comparison.verdict), {}};
  if (matched.verdict.assurance == Assurance::kDisputed) return matched;
  for (const auto& [piece, hash] : comparison.agreed) {
    MC_TRY(const ByteView bytes, find_bytes(statements, deliveries, {piece, hash}));
    matched.shares.emplace_back(piece, bytes);
  }
  return matched;
}

Result<Refreshed> open_refresh(const RefreshContext& context, MatchedRefresh matched) {
  const fhe::Params& params = *context.params;
  const RefreshRequest& request = *context.request;
  Refreshed refreshed{std::move(matched.verdict), {}};
  if (refreshed.verdict.assurance == Assurance::kDisputed) return refreshed;
  fhe::RefreshShare sum;
  for (const auto& [piece, bytes] : matched.shares) {
    MC_TRY(fhe::RefreshShare share, fhe::decode_refresh_share(params, request.epoch, piece, request.map, bytes));
    fhe::add_share(params, request.map, sum, std::move(share));
  }
  std::optional<RefreshWork> made_here;
  const RefreshWork& work = work_of(params, request, context.inputs, context.work, made_here);
  if (context.within_masks) {
    MC_TRY_STATUS(fhe::check_opened(params, work.job(), sum, context.shape.pieces().size()));
  }
  refreshed.outputs = fhe::finish_refresh(params, work.job(), sum);
  return refreshed;
}

Result<Refreshed> combine_refresh(const RefreshContext& context, std::span<const RefreshMessage> messages) {
  MC_CHECK(context.params && context.request != nullptr);
  MC_TRY_STATUS(
      check_inputs(*context.params, *context.request, context.shape.pieces().size(), context.inputs, context.work));
  MC_TRY(MatchedRefresh matched, match_refresh(context, messages));
  return open_refresh(context, std::move(matched));
}

}  // namespace mc::protocol
