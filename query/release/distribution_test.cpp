// SPDX-License-Identifier: Apache-2.0
#include "query/release/distribution.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace mc::query {
namespace {

TEST(Distribution, ChiSquaredOfTwoAndFourDegreesHasAClosedForm) {
  for (const double x : {0.0, 0.3, 1.0, 5.991464547107979, 30.07, 200.0, 900.0}) {
    const auto exact2 = static_cast<double>(std::exp(-static_cast<long double>(x) / 2));
    EXPECT_NEAR(chi_square_tail(x, 2) / exact2, 1, 1e-13) << x;
    EXPECT_NEAR(chi_square_tail(x, 4) / (exact2 * (1 + x / 2)), 1, 1e-13) << x;
  }
  EXPECT_NEAR(chi_square_tail(3.7, 1), std::erfc(std::sqrt(3.7 / 2)), 1e-15);
}

TEST(Distribution, StudentOfOneAndTwoDegreesHasAClosedForm) {
  for (const double t : {0.0, 0.1, -1.0, 2.5, 40.0, -3000.0}) {
    EXPECT_NEAR(student_two_tails(t, 1), 2 / std::numbers::pi * std::atan2(1.0, std::abs(t)), 1e-14) << t;
    EXPECT_NEAR(student_two_tails(t, 2), 2 / (t * t + 2 + std::abs(t) * std::sqrt(t * t + 2)), 1e-14) << t;
  }
}

/// P(|T| < t) by Simpson's rule over the density, in long double.
long double student_middle(long double t, long double df) {
  const auto density = [&](long double u) {
    return std::exp(std::lgamma((df + 1) / 2) - std::lgamma(df / 2)) / std::sqrt(df * std::numbers::pi_v<long double>) *
           std::pow(1 + u * u / df, -(df + 1) / 2);
  };
  constexpr int kSteps = 20000;
  const long double step = t / kSteps;
  long double sum = density(0) + density(t);
  for (int i = 1; i < kSteps; ++i) sum += density(step * i) * (i % 2 == 1 ? 4 : 2);
  return 2 * sum * step / 3;
}

TEST(Distribution, StudentOfAnyDegreesAgreesWithItsIntegral) {
  for (const double df : {0.7, 3.5, 17.776, 250.25, 1e5}) {
    for (const double t : {0.2, 1.0, 1.9608, 4.0}) {
      EXPECT_NEAR(student_two_tails(t, df), static_cast<double>(1 - student_middle(t, df)), 1e-12) << t << " " << df;
    }
    EXPECT_NEAR(student_two_tails(student_quantile(0.975, df), df), 0.05, 1e-14) << df;
  }
}

TEST(Distribution, NormalQuantilesAreThoseOfEveryTable) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-15);
}

TEST(Distribution, OutsideTheDomainThereIsNoNumberAndNothingIsThrown) {
  EXPECT_FALSE(chi_square_tail(-1, 2) <= 1);
  EXPECT_FALSE(chi_square_tail(1, -2) <= 1);
  EXPECT_FALSE(student_two_tails(1, -1) <= 1);
  EXPECT_EQ(student_two_tails(1e300, 3), 0);
}

}  // namespace
}  // namespace mc::query
