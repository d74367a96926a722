// SPDX-License-Identifier: Apache-2.0
// Streams have fixed seeds: a failure is a change, never bad luck. Limits of chi-square: 1 in 10^6.
#include "fhe/ring/sampling.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "fhe/ring/error_table.hpp"

namespace mc::fhe {
namespace {

RingPtr ring_of(std::uint8_t log_n) {
  std::uint64_t prime = (std::uint64_t{1} << 50) - (std::uint64_t{2} << log_n) + 1;
  while (!is_prime(prime)) prime -= std::uint64_t{2} << log_n;
  const std::uint64_t q[] = {prime};
  return Ring::create(LogN(log_n), q, {}).value_or_stop();
}

KeyStream sampling_stream(std::uint8_t seed) {
  Hash256 hash;
  hash.bytes[0] = seed;
  return public_stream("sampling test", hash);
}

std::int64_t centred(std::uint64_t residue, std::uint64_t q) {
  return residue > q / 2 ? static_cast<std::int64_t>(residue) - static_cast<std::int64_t>(q)
                         : static_cast<std::int64_t>(residue);
}

template <class Sampler>
std::map<std::int64_t, double> histogram(Sampler sampler, int polynomials, std::uint8_t seed) {
  const RingPtr ring = ring_of(16);
  KeyStream stream = sampling_stream(seed);
  std::map<std::int64_t, double> counts;
  for (int i = 0; i < polynomials; ++i) {
    const CoeffPoly poly = sampler(*ring, Basis{1, false}, stream);
    for (const std::uint64_t residue : poly.limb(0)) counts[centred(residue, ring->modulus({1, false}, 0).q)] += 1;
  }
  return counts;
}

TEST(SampleTernary, IsUniformOverThreeValues) {
  auto counts = histogram(sample_ternary, 16, 1);
  ASSERT_EQ(counts.size(), 3u);
  const double expected = 16 * 65536 / 3.0;
  double chi_square = 0;
  for (const auto& [value, count] : counts) {
    EXPECT_LE(std::abs(value), 1);
    chi_square += (count - expected) * (count - expected) / expected;
  }
  EXPECT_LT(chi_square, 27.6);  // 2 degrees of freedom
}

TEST(SampleTernary, NeighboursAreIndependent) {
  // Five digits share a byte: pairs at distances 1 to 5 must still be uniform over nine values.
  const RingPtr ring = ring_of(16);
  KeyStream stream = sampling_stream(2);
  const CoeffPoly poly = sample_ternary(*ring, {1, false}, stream);
  const std::uint64_t q = ring->modulus({1, false}, 0).q;
  for (std::size_t distance = 1; distance <= 5; ++distance) {
    std::array<double, 9> counts{};
    const auto limb = poly.limb(0);
    for (std::size_t i = 0; i + distance < limb.size(); ++i) {
      counts[static_cast<std::size_t>(3 * (centred(limb[i], q) + 1) + centred(limb[i + distance], q) + 1)] += 1;
    }
    const double expected = static_cast<double>(limb.size() - distance) / 9;
    double chi_square = 0;
    for (const double count : counts) chi_square += (count - expected) * (count - expected) / expected;
    EXPECT_LT(chi_square, 42.7) << distance;  // 8 degrees of freedom
  }
}

TEST(SampleError, FollowsTheDiscreteGaussianTailsIncluded) {
  constexpr int kPolynomials = 32;
  auto counts = histogram(sample_error, kPolynomials, 3);
  const double total = kPolynomials * 65536.0;
  double norm = 0;
  for (int k = -60; k <= 60; ++k) norm += std::exp(-k * k / (2 * kErrorSigma * kErrorSigma));
  double chi_square = 0, tail_expected = total, tail_count = total;
  int degrees = 0;
  for (int k = -14; k <= 14; ++k) {
    const double expected = total * std::exp(-k * k / (2 * kErrorSigma * kErrorSigma)) / norm;
    chi_square += (counts[k] - expected) * (counts[k] - expected) / expected;
    tail_expected -= expected;
    tail_count -= counts[k];
    ++degrees;
  }
  // About 7 of two million lie beyond 14: Poisson, one in a million beyond 23.
  EXPECT_GT(tail_expected, 5);
  EXPECT_LT(tail_count, 23);
  EXPECT_LT(chi_square, 85) << degrees;  // 28 degrees of freedom
  double mean = 0, square = 0;
  for (const auto& [value, count] : counts) {
    EXPECT_LE(std::abs(value), 41);
    mean += static_cast<double>(value) * count / total;
    square += static_cast<double>(value * value) * count / total;
  }
  EXPECT_NEAR(mean, 0, 5 * kErrorSigma / std::sqrt(total));
  EXPECT_NEAR(std::sqrt(square), kErrorSigma, 5 * kErrorSigma / std::sqrt(2 * total));
}

/// round(a * b / 2^127).
u128 multiply_fixed(u128 a, u128 b) {
  const u128 a1 = a >> 64, a0 = static_cast<std::uint64_t>(a), b1 = b >> 64, b0 = static_cast<std::uint64_t>(b);
  const u128 middle = a1 * b0 + (a0 * b0 >> 64);
  const u128 middle2 = a0 * b1 + static_cast<std::uint64_t>(middle);
  const u128 high = a1 * b1 + (middle >> 64) + (middle2 >> 64);
  return (high << 1) + (static_cast<std::uint64_t>(middle2) >> 63);
}

TEST(SampleError, TheTableIsTheGaussianTo115Bits) {
  // exp(-1/20.48) by its series, 127 fractional bits; weights by powers: w_k = g^(k^2), g^((k+1)^2) = g^(k^2) g^(2k) g.
  const u128 one = u128{1} << 127;
  const u128 x = one / 2048 * 100;
  u128 g = 0, term = one;
  for (unsigned k = 0; term != 0; ++k) {
    g = k % 2 == 0 ? g + term : g - term;
    term = multiply_fixed(term, x) / (k + 1);
  }
  const u128 g_squared = multiply_fixed(g, g);
  u128 weight = one, step = g, sum = one / 8;  // sums of weights / 8, so that they stay below 2^128
  std::vector<u128> cumulative{sum};
  for (int k = 1; k <= 41; ++k) {
    weight = multiply_fixed(weight, step);
    step = multiply_fixed(step, g_squared);
    sum += weight / 4;
    cumulative.push_back(sum);
  }
  for (std::size_t k = 0; k < kErrorThresholds.size(); ++k) {
    const u128 threshold = u128{kErrorThresholds[k].high} << 64 | kErrorThresholds[k].low;
    const u128 back = multiply_fixed(threshold, sum);  // P * total = cumulative
    const u128 error = back > cumulative[k] ? back - cumulative[k] : cumulative[k] - back;
    EXPECT_LT(static_cast<double>(error), 4096.0) << k;
    if (k > 0) {
      EXPECT_GT(threshold, (u128{kErrorThresholds[k - 1].high} << 64 | kErrorThresholds[k - 1].low));
    }
  }
  EXPECT_EQ(kErrorThresholds.back().high >> 63, 0u);
}

TEST(SampleUniform, FillsTheWholeRangeEvenly) {
  const RingPtr ring = ring_of(16);
  KeyStream stream = sampling_stream(4);
  const NttPoly poly = sample_uniform(*ring, {1, false}, stream);
  const std::uint64_t q = ring->modulus({1, false}, 0).q;
  std::array<double, 64> counts{};
  for (const std::uint64_t residue : poly.limb(0)) {
    ASSERT_LT(residue, q);
    counts[static_cast<std::size_t>(u128{residue} * 64 / q)] += 1;
  }
  double chi_square = 0;
  for (const double count : counts) chi_square += (count - 1024) * (count - 1024) / 1024;
  EXPECT_LT(chi_square, 135);  // 63 degrees of freedom
}

TEST(Sampling, IsAFunctionOfTheStreamAndMovesItOn) {
  const RingPtr ring = ring_of(10);
  KeyStream a = sampling_stream(5), b = sampling_stream(5);
  EXPECT_EQ(sample_ternary(*ring, {1, false}, a), sample_ternary(*ring, {1, false}, b));
  EXPECT_EQ(sample_error(*ring, {1, false}, a), sample_error(*ring, {1, false}, b));
  EXPECT_EQ(sample_uniform(*ring, {1, false}, a), sample_uniform(*ring, {1, false}, b));
  EXPECT_EQ(a.next_u64(), b.next_u64());
  EXPECT_NE(sample_uniform(*ring, {1, false}, a), sample_uniform(*ring, {1, false}, a));
}

}  // namespace
}  // namespace mc::fhe
