// SPDX-License-Identifier: Apache-2.0
// For tests only: a whole refresh in one place.
#pragma once

#include "fhe/threshold/refresh.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe::testing {

inline constexpr std::int32_t kRefreshScaleLog2 = 46;
inline const Scale kRefreshScale = Scale::power_of_two(kRefreshScaleLog2);

/// A job with all that it points to.
struct TestRefresh {
  const TestCommittee& committee;
  std::vector<Ciphertext> inputs;
  RefreshMap map;
  std::vector<Hash256> multiplicands;
  RefreshCommon common;

  TestRefresh(const TestCommittee& c, std::vector<Ciphertext> in, RefreshMap m, std::uint64_t run = 1,
              std::uint32_t step = 1)
      : committee(c), inputs(std::move(in)), map(std::move(m)) {
    for (const Ciphertext& input : inputs) multiplicands.push_back(multiplicand_digest(*committee.params, input));
    common = expand_refresh_common(
        *committee.params, map,
        refresh_digest(*committee.params, numbered_hash(run), step, committee.epoch, map, multiplicands));
  }
  [[nodiscard]] RefreshJob job() const { return {inputs, multiplicands, &map, &common}; }
  [[nodiscard]] RefreshShare share(std::size_t piece) const {
    return make_refresh_share(*committee.params, committee.seeds[piece], committee.secrets[piece], job());
  }
  [[nodiscard]] RefreshShare sum_of_shares() const {
    RefreshShare sum;
    for (std::size_t i = 0; i < committee.seeds.size(); ++i) add_share(*committee.params, map, sum, share(i));
    return sum;
  }
  [[nodiscard]] std::vector<Ciphertext> refreshed() const {
    return finish_refresh(*committee.params, job(), sum_of_shares());
  }
};

}  // namespace mc::fhe::testing
