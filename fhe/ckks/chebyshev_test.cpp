// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/chebyshev.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <set>

namespace mc::fhe {
namespace {

/// 5^slot modulo 2N, folded to the angle in (0, pi).
std::size_t angle_of(std::size_t slot, std::size_t degree) {
  std::size_t power = 1;
  for (std::size_t i = 0; i < slot; ++i) power = power * 5 % (2 * degree);
  return power < degree ? power : 2 * degree - power;
}

TEST(ChebyshevTransform, GivesEverySlotALeafOfItsOwn) {
  for (const std::size_t degree : {16, 64, 1024, 65536}) {
    const ChebyshevTransform transform(degree);
    std::set<std::size_t> leaves;
    for (std::size_t slot = 0; slot < transform.size(); ++slot) leaves.insert(transform.leaf_of_slot(slot));
    EXPECT_EQ(leaves.size(), degree / 2);
    EXPECT_EQ(*leaves.rbegin(), degree / 2 - 1);
  }
}

TEST(ChebyshevTransform, SumsAreTheCosineSumsOfTheirDefinition) {
  constexpr std::size_t kDegree = 64;
  const ChebyshevTransform transform(kDegree);
  std::mt19937_64 random(1);
  std::vector<i128> values(kDegree / 2);
  for (i128& x : values) x = static_cast<i128>(static_cast<std::int64_t>(random())) << 40;
  std::vector<i128> sums = values;
  transform.leaves_to_sums(sums);
  for (std::size_t k = 0; k < sums.size(); ++k) {
    long double expected = 0;
    for (std::size_t slot = 0; slot < sums.size(); ++slot) {
      const long double angle =
          std::numbers::pi_v<long double> * static_cast<long double>(k * angle_of(slot, kDegree)) / kDegree;
      expected += static_cast<long double>(values[transform.leaf_of_slot(slot)]) * std::cos(angle);
    }
    EXPECT_LT(std::fabs(static_cast<long double>(sums[k]) - expected), std::ldexp(1.0L, 108 - 62)) << k;
  }
}

// A^T A is diagonal: leaves -> sums -> (first entry once, others twice) -> leaves multiplies by M. Exact up to
// rounding, so this sees a relative error of 2^-70, which the comparison with long double cannot.
TEST(ChebyshevTransform, EvaluationInvertsSummationToTheLastBits) {
  for (const std::size_t degree : {16, 256, 16384}) {
    const ChebyshevTransform transform(degree);
    const auto size = static_cast<i128>(transform.size());
    std::mt19937_64 random(degree);
    std::vector<i128> values(transform.size());
    for (i128& x : values) x = static_cast<i128>(static_cast<std::int64_t>(random())) << 20;  // below 2^84
    std::vector<i128> back = values;
    transform.leaves_to_sums(back);
    for (std::size_t k = 1; k < back.size(); ++k) back[k] *= 2;
    transform.series_to_leaves(back);
    const u128 allowed =
        static_cast<u128>(size) * static_cast<u128>(size);  // amplified roundings; M * value is up to 2^96
    for (std::size_t k = 0; k < back.size(); ++k)
      ASSERT_LT(magnitude(back[k] - values[k] * size), allowed) << degree << " " << k;
  }
}

TEST(ChebyshevTransform, AConstantIsExact) {
  const ChebyshevTransform transform(256);
  std::vector<i128> values(128, i128{12345} << 60);
  transform.leaves_to_sums(values);
  EXPECT_TRUE(values[0] == (i128{12345} << 67));
  for (std::size_t k = 1; k < values.size(); ++k) EXPECT_TRUE(values[k] == 0) << k;
}

}  // namespace
}  // namespace mc::fhe
