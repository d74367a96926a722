// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/chebyshev.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <set>

#include "fhe/ckks/encoder_kernels.hpp"

namespace mc::fhe {
namespace {

TEST(ChebyshevTransform, GivesEverySlotALeafOfItsOwn) {
  for (const std::size_t degree : {16, 64, 1024, 65536}) {
    const ChebyshevTransform transform(degree);
    std::set<std::size_t> leaves;
    for (std::size_t slot = 0; slot < transform.size(); ++slot) leaves.insert(transform.leaf_of_slot()[slot]);
    EXPECT_EQ(leaves.size(), degree / 2);
    EXPECT_EQ(*leaves.rbegin(), degree / 2 - 1);
  }
}

// A^T A is diagonal: leaves -> averages -> (first entry once, others twice) -> leaves is the identity. Exact up to
// rounding, so this sees a relative error of 2^-80, which a comparison with long double cannot.
TEST(ChebyshevTransform, EvaluationInvertsAveragingToTheLastBits) {
  for (const std::size_t degree : {16, 256, 16384, 65536}) {
    const ChebyshevTransform transform(degree);
    const std::size_t size = transform.size();
    std::mt19937_64 random(degree);
    std::vector<i128> values(size);
    AlignedWords words(4 * size);
    const auto view = [&](std::size_t i) {
      return FixedView{reinterpret_cast<std::int64_t*>(words.data() + i * size),
                       reinterpret_cast<std::int64_t*>(words.data() + (i + 1) * size)};
    };
    for (std::size_t i = 0; i < size; ++i) {
      values[i] = static_cast<i128>(static_cast<std::int64_t>(random())) << 26;  // below 2^90
      words[i] = static_cast<std::uint64_t>(values[i] >> 52);
      words[size + i] = static_cast<std::uint64_t>(values[i]) & ((std::uint64_t{1} << 52) - 1);
    }
    scalar_encoder_kernels().leaves_to_averages(view(0), view(2), transform);
    std::vector<i128> back(size);
    for (std::size_t k = 0; k < size; ++k) {
      back[k] = (i128{view(2).high[k]} * (i128{1} << 52) + view(2).low[k]) * (k == 0 ? 1 : 2);
    }
    transform.series_to_leaves(back);
    // Roundings of half a unit or so: errors of a few units in every coefficient, summed with signs, and M roundings
    // more on the way back.
    const u128 allowed = 16 * static_cast<u128>(size);
    for (std::size_t k = 0; k < size; ++k) {
      ASSERT_LT(magnitude(back[k] - values[k]), allowed) << degree << " " << k;
    }
  }
}

TEST(ChebyshevTransform, EvaluatesASeriesAtEveryRoot) {
  constexpr std::size_t kDegree = 64;
  const ChebyshevTransform transform(kDegree);
  std::mt19937_64 random(2);
  std::vector<i128> series(kDegree / 2);
  for (i128& a : series) a = static_cast<i128>(static_cast<std::int64_t>(random())) << 40;
  std::vector<i128> leaves = series;
  transform.series_to_leaves(leaves);
  std::size_t power = 1;
  for (std::size_t slot = 0; slot < series.size(); ++slot) {
    long double expected = 0;
    for (std::size_t k = 0; k < series.size(); ++k) {
      const long double angle =
          std::numbers::pi_v<long double> * static_cast<long double>(k * power % (2 * kDegree)) / kDegree;
      expected += static_cast<long double>(series[k]) * std::cos(angle);
    }
    const auto actual = static_cast<long double>(leaves[transform.leaf_of_slot()[slot]]);
    EXPECT_LT(std::fabs(actual - expected), std::ldexp(1.0L, 108 - 60)) << slot;
    power = power * 5 % (2 * kDegree);
  }
}

/// The bound of chebyshev.hpp on the errors that nodes of size M / nodes bring into average qn + k, in units.
double injected(std::size_t nodes, std::size_t q) {
  double both = 0, first = 0, second = 0, middle = 0;
  for (std::size_t i = 0; i < nodes; ++i) {
    const double theta = std::numbers::pi * static_cast<double>(2 * i + 1) / static_cast<double>(2 * nodes);
    const double u = std::sin(static_cast<double>(q + 1) * theta) / std::sin(theta);
    const double v = std::sin(static_cast<double>(q) * theta) / std::sin(theta);
    both += std::fabs(u + v);
    first += std::fabs(u);
    second += std::fabs(v);
    middle += std::fabs(u - v);
  }
  // k below or above n/2; k = n/2, whose error is eta/2 + delta.
  return std::max(both / 2 + std::max(first, second), middle) / static_cast<double>(nodes);
}

TEST(ChebyshevTransform, TheErrorBoundOfItsHeaderStaysBelow128Units) {
  double sum = 0.5;  // of the leaves
  for (std::size_t nodes = 1; nodes <= 16384; nodes *= 2) {
    double worst = 0;
    const std::size_t step = std::max<std::size_t>(1, nodes / 128);
    for (std::size_t q = 0; q < nodes; q += q + step < nodes ? step : 1) worst = std::max(worst, injected(nodes, q));
    sum += worst;
    if (nodes == 4) {
      EXPECT_LT(sum, 7);
    }
    if (nodes == 4096) {
      EXPECT_LT(sum, 71);
    }
  }
  EXPECT_LT(sum, 92);
}

}  // namespace
}  // namespace mc::fhe
