// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/response_limits.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "fhe/threshold/testing/committee.hpp"
#include "fhe/threshold/wide_gaussian.hpp"

namespace mc::fhe {
namespace {

using testing::kSmallDegree;

constexpr std::uint32_t kMaskSpread = 100;
const double kDeviation = std::sqrt(8.0) * 0x1p100;

std::vector<i128> rounded(const std::vector<double>& deviations) {
  std::vector<i128> integers;
  for (const double d : deviations) integers.push_back(static_cast<i128>(d * kDeviation));
  return integers;
}

bool allowed(const std::vector<double>& deviations) {
  return ResponseLimits(kSmallDegree).allow(rounded(deviations), kMaskSpread);
}

std::vector<double> wave(double amplitude) {
  std::vector<double> r(kSmallDegree);
  for (std::size_t k = 0; k < kSmallDegree; ++k) {
    r[k] = amplitude * std::cos(std::numbers::pi * 101 * static_cast<double>(k) / kSmallDegree);
  }
  return r;
}

TEST(ResponseLimits, LetGaussiansPass) {
  const ParamsPtr params = testing::small_params();
  KeyStream stream(testing::numbered_key(1));
  const ResponseLimits limits(kSmallDegree);
  for (int i = 0; i < 400; ++i) {
    std::vector<i128> r(kSmallDegree);
    draw_wide_gaussians(params->ring(), r, kMaskSpread, stream);
    EXPECT_TRUE(limits.allow(r, kMaskSpread, 0.999)) << i;
    for (i128& x : r) x += x / 4;
    EXPECT_FALSE(limits.allow(r, kMaskSpread)) << "a quarter longer";
  }
}

TEST(ResponseLimits, HoldForEveryCoefficient) {
  const i128 reach = i128{1} << response_reach_log2(kMaskSpread);
  for (const std::size_t at : {std::size_t{0}, std::size_t{511}, kSmallDegree - 1}) {
    std::vector<i128> r(kSmallDegree);
    const auto allow = [&](i128 value) {
      r[at] = value;
      return ResponseLimits(kSmallDegree).allow(r, kMaskSpread);
    };
    EXPECT_TRUE(allow(reach - 1) && allow(-reach));
    EXPECT_FALSE(allow(reach) || allow(-reach - 1));
  }
}

TEST(ResponseLimits, HoldForTheLengthWhereEveryCoefficientIsSmall) {
  // Signs of a quadratic phase: no slot is far above the others.
  const auto spread_out = [](double each) {
    std::vector<double> r(kSmallDegree);
    for (std::size_t k = 0; k < kSmallDegree; ++k) r[k] = (k * k / 64 + k / 7) % 2 == 0 ? each : -each;
    return r;
  };
  EXPECT_TRUE(allowed(spread_out(1.1)));
  EXPECT_FALSE(allowed(spread_out(1.2))) << "1.26 in the square";
}

TEST(ResponseLimits, HoldForEverySlotWhereTheLengthIsSmall) {
  // A wave of amplitude a is a N / 2 in two slots: sqrt(20 N) deviations for a = 0.28.
  const double most = 2 * std::sqrt(20.0 / kSmallDegree);
  EXPECT_TRUE(allowed(wave(0.999 * most)));
  EXPECT_FALSE(allowed(wave(1.001 * most)));
  EXPECT_LT(most * most / 2, 0.05) << "of a squared length of 1.28 for each coefficient";
}

TEST(ResponseLimits, SlotsAreValuesAtRootsOfUnity) {
  const ResponseLimits limits(kSmallDegree);
  KeyStream stream(testing::numbered_key(2));
  std::vector<double> r(kSmallDegree);
  for (double& x : r) x = static_cast<double>(stream.next_below(2001)) - 1000;
  double largest = 0;
  for (std::size_t slot = 1; slot < 2 * kSmallDegree; slot += 2) {
    std::complex<double> value = 0;
    for (std::size_t k = 0; k < kSmallDegree; ++k) {
      const std::size_t turn = slot * k % (2 * kSmallDegree);
      value += r[k] * std::polar(1.0, std::numbers::pi * static_cast<double>(turn) / kSmallDegree);
    }
    largest = std::max(largest, std::norm(value));
  }
  EXPECT_NEAR(limits.largest_slot_square(r) / largest, 1, 1e-12);
}

}  // namespace
}  // namespace mc::fhe
