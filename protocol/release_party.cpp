// SPDX-License-Identifier: Apache-2.0
#include "protocol/release_party.hpp"

#include <algorithm>

#include "fhe/threshold/flooding.hpp"

namespace mc::protocol {

ReleaseParty::ReleaseParty(fhe::ParamsPtr params, CustodianSecrets secrets, CustodianIdentity identity,
                           fhe::PublicKey collective)
    : params_(std::move(params)),
      secrets_(std::move(secrets)),
      identity_(std::move(identity)),
      collective_(std::move(collective)) {
  for (const fhe::PieceSeed& seed : secrets_.seeds) {
    piece_secrets_.push_back(fhe::piece_secret(*params_, seed, fhe::kReleaseBasis));
  }
}

Result<ReleaseParty> ReleaseParty::create(fhe::ParamsPtr params, CustodianSecrets secrets, CustodianIdentity identity,
                                          fhe::PublicKey collective) {
  MC_CHECK(params != nullptr);
  MC_TRY_STATUS(check_custodian_secrets(*params, secrets));
  if (collective.p0.basis() != fhe::Basis{params->top_level().value, false}) {
    return fail(Code::kConflict, "the collective key has " + std::to_string(collective.p0.basis().q_limbs) +
                                     " limbs, the parameter set " + std::to_string(params->top_level().value));
  }
  return ReleaseParty(std::move(params), std::move(secrets), std::move(identity), std::move(collective));
}

Status ReleaseParty::check(const ReleaseRequest& request, const OwnView& own) const {
  const Authorisation& a = request.authorisation;
  if (a.epoch != secrets_.epoch) {
    return fail(Code::kRefused, "the authorisation is for key epoch " + std::to_string(a.epoch.value) +
                                    ", this custodian holds epoch " + std::to_string(secrets_.epoch.value));
  }
  if (own.results.empty() || own.results.size() > fhe::kAnswersMax || a.sigma_log2.size() != own.results.size() ||
      own.noise_bound_log2.size() != own.results.size()) {
    return fail(Code::kInvalidArgument, "the authorisation names " + std::to_string(a.sigma_log2.size()) +
                                            " answers, the recomputed result has " +
                                            std::to_string(own.results.size()) + " with " +
                                            std::to_string(own.noise_bound_log2.size()) + " noise bounds (1 to " +
                                            std::to_string(fhe::kAnswersMax) + ")");
  }
  for (std::size_t i = 0; i < own.results.size(); ++i) MC_TRY_STATUS(fhe::check_answer(own.results[i], i));
  // R7: the shares are computed on our own ciphertexts; this only tells the requester what she asked for in vain.
  const Hash256 result = hash_results(*params_, own.results);
  if (result != a.result) {
    return fail(Code::kRefused,
                "the authorisation is for result " + a.result.hex() + ", this custodian recomputed " + result.hex());
  }
  for (std::size_t i = 0; i < own.results.size(); ++i) {
    MC_TRY(const std::uint32_t needed, fhe::flooding_log2(own.noise_bound_log2[i]));
    if (a.sigma_log2[i] < needed || a.sigma_log2[i] > fhe::kFloodingLog2Max) {
      return fail(Code::kRefused, "answer " + std::to_string(i) + " asks for flooding 2^" +
                                      std::to_string(a.sigma_log2[i]) + ", its noise bound 2^" +
                                      std::to_string(own.noise_bound_log2[i]) + " needs 2^" + std::to_string(needed) +
                                      " to 2^" + std::to_string(fhe::kFloodingLog2Max));
    }
  }
  if (own.requester_key == nullptr) return fail(Code::kRefused, "the requester's key is not at hand");
  const Hash256 key = fhe::hash_requester_key(*params_, *own.requester_key);
  if (key != a.requester_key) {
    return fail(Code::kRefused, "the authorisation is for requester key " + a.requester_key.hex() +
                                    ", the key at hand is " + key.hex());
  }
  // The requester's address is bound by the key's hash, which the study has approved.
  const fhe::RequesterContext expected{a.chain_id, a.study, own.requester_key->context.requester};
  return fhe::verify_requester_key(*params_, *own.requester_key, expected, collective_);
}

Result<ShareMessage> ReleaseParty::answer(const ReleaseRequest& request, const OwnView& own,
                                          AnswerLedger& ledger) const {
  MC_TRY_STATUS(check(request, own));
  const std::vector<fhe::PieceId>& wanted = request.bytes_for;
  for (const fhe::PieceId piece : wanted) {
    if (!secrets_.shape.holds(secrets_.custodian, piece)) {
      return fail(Code::kNotFound, "custodian " + std::to_string(secrets_.custodian.value) + " does not hold the " +
                                       fhe::piece_text(piece));
    }
  }
  ShareMessage message;
  message.custodian = secrets_.custodian;
  message.epoch = secrets_.epoch;
  message.authorisation = hash_authorisation(request.authorisation);
  std::vector<Hash256> multiplicands;
  for (const fhe::Ciphertext& result : own.results) {
    multiplicands.push_back(fhe::multiplicand_digest(*params_, result));
    message.heads.push_back(fhe::answer_head(*params_, result));
  }
  MC_TRY([[maybe_unused]] const Admission admission,
         admit(ledger, Opening::kRelease, message.authorisation, multiplicands, request.authorisation.sigma_log2,
               fhe::kReleasesPerEpochMax));

  const fhe::NttPoly p1 = fhe::requester_p1(*params_, own.requester_key->context);
  const fhe::ReleaseJob job{own.results,          multiplicands, request.authorisation.sigma_log2,
                            own.requester_key,    &p1,           request.authorisation.requester_key,
                            message.authorisation};
  for (std::size_t i = 0; i < secrets_.seeds.size(); ++i) {
    const fhe::PieceId piece = secrets_.seeds[i].piece;
    const auto share = fhe::make_release_share(*params_, secrets_.seeds[i], piece_secrets_[i], job);
    Bytes bytes = fhe::encode_release_share(*params_, secrets_.epoch, piece, share);
    message.hashes.push_back({piece, sha256(bytes)});
    if (std::ranges::find(wanted, piece) != wanted.end()) message.bytes.push_back({piece, std::move(bytes)});
  }
  sign_share_message(identity_, message);
  return message;
}

}  // namespace mc::protocol
