// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/flooding.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "fhe/threshold/testing/z_score.hpp"

namespace mc::fhe {
namespace {

using testing::z_score;

KeyStream numbered_stream(std::uint64_t number) {
  return public_stream("flooding test", Sha256().update_u64(number).finish());
}

// Chi-square of `samples` draws against the exact probabilities, and its degrees of freedom; cells expected below 20
// are merged into the tails.
std::pair<double, int> chi_square(std::uint32_t k, int samples, std::uint64_t seed) {
  KeyStream stream = numbered_stream(seed);
  std::map<long, int> counts;
  for (int i = 0; i < samples; ++i) ++counts[static_cast<long>(sample_flooding(k, stream))];
  const double sigma = std::ldexp(1.0, static_cast<int>(k));
  const long reach = static_cast<long>(12 * sigma) + 2;
  double total = 0;
  for (long x = -reach; x <= reach; ++x) total += std::exp(-static_cast<double>(x * x) / (2 * sigma * sigma));
  double statistic = 0, tail_expected = 0, tail_seen = 0;
  int cells = 0;
  for (long x = -reach; x <= reach; ++x) {
    const double expected = samples * std::exp(-static_cast<double>(x * x) / (2 * sigma * sigma)) / total;
    const double seen = counts.contains(x) ? counts[x] : 0;
    if (expected < 20) {
      tail_expected += expected;
      tail_seen += seen;
      continue;
    }
    statistic += (seen - expected) * (seen - expected) / expected;
    ++cells;
  }
  if (tail_expected > 5) {
    statistic += (tail_seen - tail_expected) * (tail_seen - tail_expected) / tail_expected;
    ++cells;
  }
  return {statistic, cells - 1};
}

TEST(Flooding, MatchesTheExactProbabilitiesAtSmallSigma) {
  for (std::uint32_t k = 0; k <= 5; ++k) {
    const auto [statistic, freedom] = chi_square(k, 200000, 100 + k);
    EXPECT_LT(std::abs(z_score(statistic, freedom)), 4.0) << "k=" << k << " chi2=" << statistic << "/" << freedom;
  }
}

TEST(Flooding, VarianceIsRightToOnePercent) {
  KeyStream stream = numbered_stream(1);
  double square_sum = 0;
  constexpr int kSamples = 400000;
  for (int i = 0; i < kSamples; ++i) {
    const auto x = static_cast<double>(sample_flooding(5, stream));
    square_sum += x * x;
  }
  // Variance of the discrete Gaussian at sigma 32 is 1024 to within 1e-6; its estimator's deviation is sqrt(2/n).
  EXPECT_NEAR(square_sum / kSamples / 1024, 1, 4.5 * std::sqrt(2.0 / kSamples));
}

TEST(Flooding, HasTheMomentsAndTailsOfAGaussianAtLargeSigma) {
  for (const std::uint32_t k : {20u, 40u, 60u, 63u, 64u, 65u, 80u, kDrawLog2Max}) {
    KeyStream stream = numbered_stream(200 + k);
    constexpr int kSamples = 40000;
    double sum = 0, square = 0, fourth = 0;
    int beyond_one = 0, beyond_two = 0, beyond_three = 0;
    for (int i = 0; i < kSamples; ++i) {
      const double x = std::ldexp(static_cast<double>(sample_flooding(k, stream)), -static_cast<int>(k));
      sum += x;
      square += x * x;
      fourth += x * x * x * x;
      beyond_one += std::abs(x) > 1;
      beyond_two += std::abs(x) > 2;
      beyond_three += std::abs(x) > 3;
    }
    const double root = std::sqrt(static_cast<double>(kSamples));
    EXPECT_LT(std::abs(sum / root), 4.5) << k;
    EXPECT_LT(std::abs(square / kSamples - 1), 4.5 * std::sqrt(2.0) / root) << k;
    EXPECT_LT(std::abs(fourth / kSamples - 3), 4.5 * std::sqrt(96.0) / root) << k;
    for (const auto& [seen, p] :
         {std::pair{beyond_one, 0.317310507863}, {beyond_two, 0.045500263896}, {beyond_three, 0.002699796063}}) {
      EXPECT_LT(std::abs(seen - kSamples * p), 4.5 * std::sqrt(kSamples * p * (1 - p))) << k;
    }
  }
}

TEST(Flooding, LowBitsAndSignsAreFairAtLargeSigma) {
  KeyStream stream = numbered_stream(300);
  constexpr int kSamples = 20000;
  std::vector<int> ones(81);
  int negative = 0;
  for (int i = 0; i < kSamples; ++i) {
    const i128 x = sample_flooding(80, stream);
    negative += x < 0;
    const u128 magnitude = static_cast<u128>(x < 0 ? -x : x);
    for (std::size_t bit = 0; bit < 74; ++bit) ones[bit] += static_cast<int>(magnitude >> bit & 1);
  }
  const double limit = 4.5 * std::sqrt(kSamples / 4.0);
  EXPECT_LT(std::abs(negative - kSamples / 2), limit);
  for (std::size_t bit = 0; bit < 74; ++bit) EXPECT_LT(std::abs(ones[bit] - kSamples / 2), limit) << "bit " << bit;
}

TEST(Flooding, ConsumptionOfTheStreamIsPinned) {
  // First draws for a fixed key: a change here changes every share of every custodian.
  KeyStream stream = numbered_stream(400);
  std::vector<long> drawn;
  for (const std::uint32_t k : {0u, 3u, 20u, 60u}) drawn.push_back(static_cast<long>(sample_flooding(k, stream)));
  const i128 wide = sample_flooding(80, stream);
  EXPECT_EQ(drawn, (std::vector<long>{-1, -6, 1057927, -612782463208621694}));
  EXPECT_EQ(static_cast<long>(wide >> 40), -1452020316761);
}

TEST(FloodingLog2, IsTheExactRoundingUpOfTheRule) {
  EXPECT_EQ(flooding_log2(0).value_or_stop(), 30u);  // sqrt(12 * 2^16) * 2^20 = 2^29.79
  EXPECT_EQ(flooding_log2(25).value_or_stop(), 55u);
  for (const std::uint32_t lambda : {0u, 1u, 40u, 64u, 80u}) {
    for (const std::uint64_t tau : {1ull, 3ull, 5ull, 100ull, 65536ull, 65537ull}) {
      const auto k = flooding_log2(3, lambda, tau);
      const double exact = 3 + 0.5 * std::log2(12.0 * static_cast<double>(tau)) + lambda / 2.0;
      ASSERT_TRUE(k.has_value());
      EXPECT_GE(*k, exact);
      EXPECT_LT(*k, exact + 1);
    }
  }
}

TEST(FloodingLog2, ABoundThatDoesNotFitIsRefusedWithItsNumbers) {
  const auto refused = flooding_log2(51);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kLimit);
  EXPECT_NE(refused.error().message.find("2^51 needs sigma 2^81"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(flooding_log2(1, 129).has_value());
  EXPECT_FALSE(flooding_log2(1, 40, 0).has_value());
  EXPECT_FALSE(flooding_log2(0xFFFFFFFF).has_value());
}

}  // namespace
}  // namespace mc::fhe
