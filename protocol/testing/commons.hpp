// SPDX-License-Identifier: Apache-2.0
// For tests only: a keyed committee whose custodians answer releases, and a requester.
#pragma once

#include "fhe/threshold/testing/committee.hpp"
#include "protocol/combine.hpp"
#include "protocol/release_party.hpp"

namespace mc::protocol::testing {

using fhe::testing::numbered_hash;
using fhe::testing::numbered_key;
using fhe::testing::small_params;

struct Commons {
  static constexpr std::uint32_t kNoiseBoundLog2 = 14;
  static constexpr std::uint8_t kSigma = 44;  // flooding_log2(kNoiseBoundLog2)

  fhe::testing::TestCommittee committee;
  fhe::ParamsPtr params;
  std::vector<PublicIdentity> identities;
  std::vector<ReleaseParty> custodians;
  std::vector<MemoryLedger> ledgers;
  fhe::RequesterContext requester{31337, numbered_hash(77), {1, 2}};
  SecretKey256 requester_secret = numbered_key(88);
  fhe::RequesterKey requester_key;
  fhe::Encoder encoder;
  std::map<Hash256, std::uint64_t> first_opened_s;
  std::uint64_t authorised_s = kToday_s;

  explicit Commons(std::uint32_t n = 3, std::uint32_t t = 2, fhe::ParamsPtr p = small_params())
      : committee(p, fhe::CommitteeShape::create(n, t).value_or_stop(), 1),
        params(p),
        ledgers(n),
        requester_key(fhe::make_requester_key(*p, requester_secret, requester)),
        encoder(p) {
    for (std::uint32_t c = 0; c < n; ++c) {
      identities.push_back(identity(c).public_identity());
      custodians.push_back(
          ReleaseParty::create(params, state(c), CustodianSigner(numbered_key(5000 + c)), committee.public_key)
              .value_or_stop());
    }
  }

  /// A day of chain time on which everything happens unless a test says otherwise; early, for its keys are near.
  static constexpr std::uint64_t kToday_s = 200 * fhe::kWindowSeconds + 3'600;
  static constexpr fhe::Window kToday{200};

  static CustodianId id(std::uint32_t c) { return CustodianId(static_cast<std::uint8_t>(c)); }
  static CustodianIdentity identity(std::uint32_t c) { return CustodianIdentity(numbered_key(5000 + c)); }
  [[nodiscard]] CustodianSecrets secrets(std::uint32_t c) const {
    CustodianSecrets s{committee.shape, id(c), committee.epoch, params->id(), numbered_hash(3), {}};
    for (const fhe::PieceSeed& seed : committee.seeds) {
      if (committee.shape.holds(id(c), seed.piece)) s.seeds.push_back(seed.copy());
    }
    return s;
  }

  [[nodiscard]] ReleaseState state(std::uint32_t c) const {
    return make_release_state(*params, secrets(c), numbered_key(6000 + c), kToday);
  }

  [[nodiscard]] fhe::Ciphertext result(double mean, std::uint64_t number) const {
    KeyStream stream(numbered_key(number));
    const auto plain = encoder.encode_constant(mean, fhe::kReleaseLevel, fhe::Scale::power_of_two(90)).value_or_stop();
    return fhe::encrypt(*params, committee.public_key, plain, stream).value_or_stop();
  }
  [[nodiscard]] std::vector<fhe::Ciphertext> results(std::size_t count) const {
    std::vector<fhe::Ciphertext> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(result(0.25 * static_cast<double>(i) - 0.5, 900 + i));
    return all;
  }
  [[nodiscard]] Authorisation authorise(std::span<const fhe::Ciphertext> results) const {
    Authorisation a;
    a.chain_id = requester.chain_id;
    a.study = requester.study;
    a.release_number = 1;
    a.epoch = committee.epoch;
    a.plan = numbered_hash(11);
    a.data_root = numbered_hash(12);
    a.consent_root = numbered_hash(13);
    a.mask = numbered_hash(14);
    a.result = hash_results(*params, results);
    a.requester_key = fhe::hash_requester_key(*params, requester_key);
    a.sigma_log2.assign(results.size(), kSigma);
    return a;
  }
  /// Custodian c answers from its own recomputation `own`. The chain saw the multiplicands when `first_opened_s` says,
  /// today unless it says otherwise, and the authorisation at `authorised_s`.
  Result<ShareMessage> answer(std::uint32_t c, const Authorisation& authorisation, std::span<const fhe::Ciphertext> own,
                              std::vector<fhe::PieceId> bytes_for) {
    const std::vector<std::uint32_t> bounds(own.size(), kNoiseBoundLog2);
    const OwnResults results(*params, own);
    std::vector<std::uint64_t> opened_s;
    for (const Hash256& multiplicand : results.multiplicands()) {
      const auto found = first_opened_s.find(multiplicand);
      opened_s.push_back(found == first_opened_s.end() ? kToday_s : found->second);
    }
    return custodians[c].answer({authorisation, std::move(bytes_for)},
                                {results, bounds, &requester_key, authorised_s, opened_s}, ledgers[c]);
  }
  /// The final chain's time for custodian c; keeps nothing on disk.
  Status observe(std::uint32_t c, std::uint64_t time_s) {
    return custodians[c].observe_time(time_s, [](const ReleaseState&) { return Status{}; });
  }
  /// The custodians `who` answer; the pieces' bytes are spread over them.
  std::vector<ShareMessage> answers(const Authorisation& authorisation, std::span<const fhe::Ciphertext> own,
                                    std::vector<std::uint32_t> who) {
    std::vector<CustodianId> available;
    for (const std::uint32_t c : who) available.push_back(id(c));
    auto senders = choose_senders(committee.shape, available);
    std::vector<ShareMessage> messages;
    for (const std::uint32_t c : who) {
      messages.push_back(answer(c, authorisation, own, senders ? (*senders)[id(c)] : committee.shape.pieces_of(id(c)))
                             .value_or_stop());
    }
    return messages;
  }
  [[nodiscard]] CombineContext context(const Authorisation& authorisation) const {
    return {params, committee.shape, identities, &authorisation, &requester_secret, requester};
  }
};

}  // namespace mc::protocol::testing
