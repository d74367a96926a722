// SPDX-License-Identifier: Apache-2.0
// For tests only: a keyed committee whose custodians refresh.
#pragma once

#include "fhe/threshold/mask.hpp"
#include "protocol/refresh_party.hpp"
#include "protocol/testing/commons.hpp"

namespace mc::protocol::testing {

struct RefreshCommons {
  static constexpr std::int32_t kScaleLog2 = 46;

  Commons commons;
  const fhe::Params& params;
  fhe::Scale scale = fhe::Scale::power_of_two(kScaleLog2);
  std::uint32_t value_log2;
  std::vector<RefreshParty> custodians;
  std::uint64_t first_opened_s = Commons::kToday_s;

  explicit RefreshCommons(std::uint32_t n = 3, std::uint32_t t = 2, fhe::ParamsPtr p = small_params())
      : commons(n, t, p), params(*commons.params), value_log2(fhe::value_log2(params, scale, 0)) {
    for (std::uint32_t c = 0; c < n; ++c) {
      custodians.push_back(
          RefreshParty::create(commons.params, commons.state(c), Commons::identity(c)).value_or_stop());
    }
  }

  static double mean_of(std::size_t i) { return 0.01 * static_cast<double>(i) - 0.3; }
  [[nodiscard]] std::vector<fhe::Ciphertext> inputs(std::size_t count) const {
    std::vector<fhe::Ciphertext> all;
    for (std::size_t i = 0; i < count; ++i) {
      KeyStream stream(numbered_key(3000 + i));
      const auto plain = commons.encoder.encode_constant(mean_of(i), fhe::Level(3), scale).value_or_stop();
      all.push_back(fhe::encrypt(params, commons.committee.public_key, plain, stream).value_or_stop());
      all.back().epoch = commons.committee.epoch;
    }
    return all;
  }
  /// All values, which are at one level, packed into one output.
  [[nodiscard]] RefreshRequest request(std::span<const fhe::Ciphertext> inputs) const {
    RefreshRequest request;
    request.run = numbered_hash(31);
    request.step = 1;
    request.epoch = commons.committee.epoch;
    request.map.input_level = inputs.front().level();
    request.map.output_level = params.top_level();
    request.map.mask_log2.assign(inputs.size(), fhe::mask_log2(value_log2).value_or_stop());
    request.map.outputs = {fhe::packed(static_cast<std::uint32_t>(inputs.size()), scale)};
    request.inputs = hash_refresh_inputs(params, request.map, inputs, multiplicand_digests(params, inputs));
    return request;
  }
  /// Custodian c answers from its own recomputation `own`.
  Result<RefreshMessage> answer(std::uint32_t c, const RefreshRequest& request, std::span<const fhe::Ciphertext> own,
                                std::vector<fhe::PieceId> bytes_for) {
    const std::vector<std::uint32_t> bounds(own.size(), value_log2);
    const std::vector<std::uint64_t> opened_s(own.size(), first_opened_s);
    return custodians[c].answer(request, bytes_for, {own, bounds, opened_s}, commons.custodians[c].state(),
                                commons.ledgers[c]);
  }
  std::vector<RefreshMessage> answers(const RefreshRequest& request, std::span<const fhe::Ciphertext> own,
                                      std::vector<std::uint32_t> who) {
    std::vector<CustodianId> available;
    for (const std::uint32_t c : who) available.push_back(Commons::id(c));
    auto senders = choose_senders(commons.committee.shape, available).value_or_stop();
    std::vector<RefreshMessage> messages;
    for (const std::uint32_t c : who) {
      messages.push_back(answer(c, request, own, senders[Commons::id(c)]).value_or_stop());
    }
    return messages;
  }
  Result<Refreshed> combine(const RefreshRequest& request, std::span<const fhe::Ciphertext> inputs,
                            std::span<const RefreshMessage> messages) const {
    return combine_refresh({commons.params, commons.committee.shape, commons.identities, &request, inputs}, messages);
  }
};

}  // namespace mc::protocol::testing
