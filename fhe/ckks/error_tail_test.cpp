// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/error_tail.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace mc::fhe {
namespace {

double log2_of(double x) {
  return std::log2(x);
}

TEST(ErrorTail, AGaussianReachesWhereItsIntegralSays) {
  ErrorTail tail;
  tail.add_gaussian(4);
  for (const double odds : {10., 20., 40., 53., 80.}) {
    const double reached = std::erfc(tail.bound(odds) / 2 / std::sqrt(2.0));
    EXPECT_LE(log2_of(reached), -odds);
    EXPECT_GE(log2_of(reached), -odds - 0.8) << odds;
  }
}

TEST(ErrorTail, ProductsReachWhereTheLawsOfLaplaceVariablesSay) {
  ErrorTail one, two;
  one.add_product(1, 1);
  two.add_product(1, 2);
  for (const double odds : {10., 20., 40., 53., 80.}) {
    const double t = one.bound(odds), s = two.bound(odds);
    // exp(-sqrt(2) t), and (1 + t) exp(-2 t) for the sum of two of half the variance.
    EXPECT_LE(-std::sqrt(2.0) * t / std::log(2.0), -odds) << odds;
    EXPECT_GE(-std::sqrt(2.0) * t / std::log(2.0), -odds - 0.8) << odds;
    EXPECT_LE(log2_of(1 + s) - 2 * s / std::log(2.0), -odds) << odds;
    EXPECT_GE(log2_of(1 + s) - 2 * s / std::log(2.0), -odds - 0.8) << odds;
  }
}

TEST(ErrorTail, ManyProductsAreAGaussianAndFewerAreNot) {
  ErrorTail gaussian, many, parts;
  gaussian.add_gaussian(1);
  many.add_product(1, 1e6);
  for (int i = 0; i < 5; ++i) parts.add_product(0.2, 1);
  ErrorTail five;
  five.add_product(1, 5);
  EXPECT_NEAR(many.bound(50) / gaussian.bound(50), 1, 1e-3);
  EXPECT_NEAR(parts.bound(50) / five.bound(50), 1, 1e-9);
  EXPECT_GT(five.bound(50), 1.5 * gaussian.bound(50));
}

/// P(|X| > t) = E erfc(t / w), w exponential: X of variance w^2 / 2 given w.
double cube_beyond(double t) {
  double reached = 0;
  constexpr double kStep = 1e-3;
  for (double w = kStep; w < 120; w += kStep) reached += std::exp(-w) * std::erfc(t / w) * kStep;
  return reached;
}

TEST(ErrorTail, ACubeReachesWhereItsIntegralSays) {
  ErrorTail tail;
  tail.add_cube(1);
  for (const double odds : {10., 20., 40., 53.}) {
    const double reached = cube_beyond(tail.bound(odds));
    EXPECT_LE(log2_of(reached), -odds) << odds;
    EXPECT_GE(log2_of(reached), -odds - 1) << odds;
  }
}

/// The share of samples beyond the bound, for odds that can be tried.
void expect_rare(const ErrorTail& tail, const std::function<double(std::mt19937_64&)>& sample, const char* what) {
  std::mt19937_64 random(7);
  constexpr int kSamples = 1 << 21;
  constexpr double kOdds = 12;  // 512 samples are expected at most
  const double reach = tail.bound(kOdds);
  int beyond = 0;
  for (int i = 0; i < kSamples; ++i) beyond += std::fabs(sample(random)) > reach;
  EXPECT_LE(beyond, 512 + 4 * 23) << what;
  EXPECT_GE(beyond, 2) << what;
}

TEST(ErrorTail, SumsOfDifferentKindsAreBeyondTheBoundNoMoreOftenThanStated) {
  std::normal_distribution<double> normal;
  std::exponential_distribution<double> exponential;
  const auto product = [&](auto& random) { return std::sqrt(exponential(random)) * normal(random); };
  const auto cube = [&](auto& random) { return exponential(random) * normal(random) / std::sqrt(2.0); };
  for (const double share : {0.1, 0.5, 0.9}) {
    ErrorTail mixed;
    mixed.add_gaussian(share);
    mixed.add_product(1 - share, 1);
    expect_rare(
        mixed, [&](auto& random) { return std::sqrt(share) * normal(random) + std::sqrt(1 - share) * product(random); },
        "Gaussian and product");
    ErrorTail with_cube;
    with_cube.add_product(share, 1);
    with_cube.add_cube(1 - share);
    expect_rare(
        with_cube,
        [&](auto& random) { return std::sqrt(share) * product(random) + std::sqrt(1 - share) * cube(random); },
        "product and cube");
  }
  ErrorTail cubes;
  for (int i = 0; i < 5; ++i) cubes.add_cube(1);
  expect_rare(
      cubes,
      [&](auto& random) {
        double sum = 0;
        for (int i = 0; i < 5; ++i) sum += cube(random);
        return sum;
      },
      "five cubes");
}

// In 2^13 slots the largest of all is beyond the median once in 2^13.5 slots, and beyond the bound once in 2^53. That
// is a factor that the distribution has, not one that the bound gives away: no bound of these odds is within three bits
// of what usually happens where cubes prevail, and none of Laplace variables within less than two.
TEST(ErrorTail, RareOddsAreFarFromTheUsualLargestErrorWhateverTheBound) {
  constexpr double kSlotsLog2 = 13;
  const double usual_share = std::log(2.0) / std::exp2(kSlotsLog2);
  const auto bits_above_usual = [](const ErrorTail& tail, double usual, double odds) {
    return std::log2(tail.bound(odds + kSlotsLog2) / usual);
  };
  ErrorTail laplace, cube;
  laplace.add_product(1, 1);
  cube.add_cube(1);
  const double usual_laplace = -std::log(usual_share) / std::sqrt(2.0);
  double low = 1, high = 100;
  for (int i = 0; i < 40; ++i) (cube_beyond((low + high) / 2) > usual_share ? low : high) = (low + high) / 2;
  EXPECT_NEAR(bits_above_usual(laplace, usual_laplace, 20), 1.3, 0.1);
  EXPECT_NEAR(bits_above_usual(laplace, usual_laplace, 40), 2.0, 0.1);
  EXPECT_NEAR(bits_above_usual(cube, low, 20), 2.0, 0.1);
  EXPECT_NEAR(bits_above_usual(cube, low, 40), 2.9, 0.1);
}

TEST(ErrorTail, OfNothingReachesNowhere) {
  ErrorTail tail;
  EXPECT_EQ(tail.bound(40), 0);
  tail.add_product(0, 1);
  tail.add_cube(0);
  EXPECT_EQ(tail.bound(40), 0);
}

}  // namespace
}  // namespace mc::fhe
