// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/wide_gaussian.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "fhe/threshold/testing/committee.hpp"
#include "fhe/threshold/testing/z_score.hpp"

namespace mc::fhe {
namespace {

using testing::numbered_key;
using testing::z_score;

const Ring& gaussian_ring() {
  static const ParamsPtr params = testing::small_params();
  return params->ring();
}

std::vector<i128> draw(std::size_t count, std::uint32_t spread, std::uint64_t number) {
  KeyStream stream(numbered_key(number));
  std::vector<i128> out(count);
  draw_wide_gaussians(gaussian_ring(), out, spread, stream);
  return out;
}

/// Counts of the samples over 2^(spread - 2), rounded down, against a Gaussian's: 11 cells a deviation.
double deviation_from_gaussian(std::uint32_t spread, std::size_t count, std::uint64_t number) {
  std::map<long, double> seen;
  for (const i128 x : draw(count, spread, number)) ++seen[static_cast<long>(x >> (spread - 2))];
  const double sigma = std::sqrt(8.0) * 4;
  const auto below = [&](double x) { return std::erfc(-x / sigma / std::sqrt(2.0)) / 2; };
  // A cell of an integer variable ends half a unit below the next one's first.
  const double half = std::exp2(-static_cast<double>(spread - 2)) / 2;
  double statistic = 0, cells = 0, tail_seen = static_cast<double>(count), tail = static_cast<double>(count);
  for (long cell = -50; cell < 50; ++cell) {
    const double expected = static_cast<double>(count) *
                            (below(static_cast<double>(cell) + 1 - half) - below(static_cast<double>(cell) - half));
    if (expected < 30) continue;
    statistic += (seen[cell] - expected) * (seen[cell] - expected) / expected;
    tail_seen -= seen[cell];
    tail -= expected;
    ++cells;
  }
  statistic += (tail_seen - tail) * (tail_seen - tail) / tail;
  return z_score(statistic, cells);
}

TEST(WideGaussian, IsAGaussianOfItsSpread) {
  for (const std::uint32_t spread : {8u, 14u, 16u, 55u, 56u, 57u, 64u, 65u, 100u, kSpreadLog2Max}) {
    EXPECT_LT(std::abs(deviation_from_gaussian(spread, 400'000, 10 + spread)), 4) << spread;
  }
}

// Cells narrower than a step of the staircase that candidates are: its jumps would be seen here.
TEST(WideGaussian, IsSmoothWithinAStepToo) {
  constexpr std::uint32_t kSpread = 6;
  std::map<long, double> seen;
  constexpr std::size_t kCount = 1'000'000;
  for (const i128 x : draw(kCount, kSpread, 5)) ++seen[static_cast<long>(x)];
  double statistic = 0, cells = 0;
  const double variance = 8 * 64 * 64;
  for (long x = -400; x <= 400; ++x) {
    const double expected =
        kCount / std::sqrt(2 * M_PI * variance) * std::exp(-static_cast<double>(x * x) / (2 * variance));
    statistic += (seen[x] - expected) * (seen[x] - expected) / expected;
    ++cells;
  }
  EXPECT_LT(std::abs(z_score(statistic, cells)), 4) << statistic << " of " << cells;
}

TEST(WideGaussian, LowBitsAndTailsAreThoseOfAGaussian) {
  const std::vector<i128> all = draw(400'000, 100, 7);
  double odd = 0, beyond_three = 0, fourth = 0, square = 0;
  for (const i128 x : all) {
    odd += static_cast<double>(x & 1);
    const double z = static_cast<double>(x) / std::sqrt(8.0) * 0x1p-100;
    beyond_three += std::abs(z) > 3 ? 1 : 0;
    square += z * z;
    fourth += z * z * z * z;
  }
  const auto n = static_cast<double>(all.size());
  EXPECT_NEAR(odd, n / 2, 4 * std::sqrt(n) / 2);
  EXPECT_NEAR(beyond_three, n * 0.0026998, 4 * std::sqrt(n * 0.0027));
  EXPECT_NEAR(square / n, 1, 4 * std::sqrt(2 / n));
  EXPECT_NEAR(fourth / n, 3, 4 * std::sqrt(96 / n));
}

TEST(WideGaussian, IsAFunctionOfTheStream) {
  EXPECT_EQ(draw(5000, 20, 1), draw(5000, 20, 1));
  EXPECT_NE(draw(5000, 20, 1), draw(5000, 20, 2));
  const std::vector<i128> some = draw(100, 90, 1), more = draw(3000, 90, 1);
  EXPECT_TRUE(std::equal(some.begin(), some.end(), more.begin()));
}

TEST(WideGaussian, ChancesAreRightToTheLastBits) {
  static_assert(std::numeric_limits<long double>::digits >= 64);
  KeyStream stream(numbered_key(4));
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t gamma = stream.next_u64() >> (i % 8);  // up to 32
    const long double exact = std::exp(std::ldexp(-static_cast<long double>(gamma), -59));
    const long double chance = std::ldexp(static_cast<long double>(smoothing_chance(gamma)), -64);
    ASSERT_LT(std::abs(chance - exact), 0x1p-57L * exact + 0x1p-63L) << gamma;
  }
  EXPECT_GT(smoothing_chance(0), UINT64_MAX - 16);
}

TEST(WideGaussian, TheRatioPassesItsConstantOnceIn2To64) {
  for (const double shift : {0.01, 0.16, 1.0}) {
    // ln of the ratio is shift^2 / 2 - shift z, z normal.
    const double z = (log_rejection_constant(shift) - shift * shift / 2) / shift;
    EXPECT_LT(std::erfc(z / std::sqrt(2.0)) / 2, 0x1p-64);
  }
}

TEST(WideGaussian, TossesAreAsLikelyAsTheySay) {
  KeyStream stream(numbered_key(3));
  for (const double log_probability : {0.0, 5.0, -0.25, -1.0, -4.0}) {
    constexpr int kTosses = 200'000;
    int heads = 0;
    for (int i = 0; i < kTosses; ++i) heads += toss_exponential(log_probability, stream) ? 1 : 0;
    const double p = std::min(1.0, std::exp(log_probability));
    EXPECT_NEAR(heads, kTosses * p, 4.5 * std::sqrt(kTosses * p * (1 - p)) + 1e-9) << log_probability;
  }
}

/// How far, in deviations of the mean, accepted responses lean towards the shift, and how many were tried for each, in
/// what theory says.
struct Leaning {
  double mean = 0, tries = 0;
};
Leaning leaning_of_draws(bool with_rejection) {
  constexpr std::size_t kLength = 64;
  constexpr std::uint32_t kSpread = 100;
  constexpr int kAccepted = 20'000;
  // A fifth of a deviation long, in one coefficient more than in others.
  std::vector<i128> shift(kLength, i128{1} << 95);
  shift[3] = i128{-1} << 99;
  const double length = std::sqrt(compare_to_shifted<i128>(std::vector<i128>(kLength), shift, kSpread).shift_square);
  const double constant = log_rejection_constant(length);
  KeyStream stream(numbered_key(11));
  std::vector<i128> drawn(kLength * 256);
  Leaning result;
  for (int accepted = 0; accepted < kAccepted;) {
    draw_wide_gaussians(gaussian_ring(), drawn, kSpread, stream);
    for (std::size_t first = 0; first < drawn.size() && accepted < kAccepted; first += kLength) {
      ++result.tries;
      const std::span<i128> responses = std::span(drawn).subspan(first, kLength);
      for (std::size_t k = 0; k < kLength; ++k) responses[k] += shift[k];
      const ShiftedGaussian masked = compare_to_shifted<i128>(responses, shift, kSpread);
      if (with_rejection && !toss_exponential(masked.log_ratio - constant, stream)) continue;
      ++accepted;
      // (|shift|^2 / 2 - <responses, shift>) / sigma^2, solved for the product.
      result.mean += (masked.shift_square / 2 - masked.log_ratio) / length;
    }
  }
  result.mean /= std::sqrt(kAccepted);
  result.tries /= kAccepted * std::exp(constant);
  return result;
}

TEST(WideGaussian, AcceptedResponsesDoNotLeanTowardsTheShiftAndAllResponsesDo) {
  EXPECT_GT(leaning_of_draws(false).mean, 20);
  const Leaning ours = leaning_of_draws(true);
  EXPECT_LT(std::abs(ours.mean), 4);
  EXPECT_NEAR(ours.tries, 1, 0.03) << "times exp(constant)";
}

}  // namespace
}  // namespace mc::fhe
