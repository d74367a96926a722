// SPDX-License-Identifier: Apache-2.0
#include "query/release/wald.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mc::query {
namespace {

Matrix two_by_two(double a, double b, double d) {
  Matrix m(2, 2);
  m(0, 0) = a;
  m(0, 1) = m(1, 0) = b;
  m(1, 1) = d;
  return m;
}

TEST(Wald, TheInverseFormIsThatOfAHandComputedInverse) {
  // [[2, 1], [1, 3]]^-1 = [[3, -1], [-1, 2]] / 5.
  EXPECT_NEAR(*inverse_form(two_by_two(2, 1, 3), {1, 2}), (3 - 4 + 8) / 5.0, 1e-14);
  EXPECT_FALSE(inverse_form(two_by_two(1, 1, 1), {1, 2})) << "singular";
  EXPECT_FALSE(inverse_form(two_by_two(-1, 0, 1), {1, 2})) << "negative";
}

TEST(Wald, NoiseThatMovesEstimatesCountsLikeSampling) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  std::vector<std::vector<double>> off;
  for (int i = 0; i < 20000; ++i) off.push_back({2 * normal(random), normal(random)});
  const std::vector<double> estimates = {3, 2};
  EXPECT_NEAR(*wald_with_noise(estimates, two_by_two(5, 0, 3), off, off.size()), 9.0 / 9 + 4.0 / 4, 0.05);
}

TEST(Wald, NothingIsSaidOnTooFewDraws) {
  const std::vector<std::vector<double>> off(10, {0.1, 0.1});
  const std::vector<double> estimates = {3, 2};
  EXPECT_TRUE(wald_with_noise(estimates, two_by_two(5, 0, 3), off, 19));
  EXPECT_FALSE(wald_with_noise(estimates, two_by_two(5, 0, 3), off, 20)) << "half of the draws cannot estimate them";
  EXPECT_FALSE(wald_with_noise(estimates, two_by_two(5, 0, 3), std::span(off).first(4), 4)) << "4 draws for 2";
  EXPECT_FALSE(wald_with_noise({}, Matrix(0, 0), off, 10));
}

}  // namespace
}  // namespace mc::query
