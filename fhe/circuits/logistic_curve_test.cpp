// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/logistic_curve.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mc::fhe {
namespace {

struct Deviation {
  double curve = 0, entropy = 0;
};
Deviation worst(const LogisticCurve& curve, double reach) {
  Deviation worst;
  for (int i = -4000; i <= 4000; ++i) {
    const double x = reach * i / 4000.0, y = folded(x / LogisticCurve::kBound), v = 2 * y * y - 1;
    const double p = 1 / (1 + std::exp(-x));
    worst.curve = std::max(worst.curve, std::fabs(0.5 + y * curve.q(v) - p));
    worst.entropy = std::max(worst.entropy, std::fabs(curve.e(v) - (std::log1p(std::exp(x)) - x * p)));
  }
  return worst;
}

TEST(LogisticCurve, ErrsByNoMoreThanItStatesAsFarAsItReaches) {
  const LogisticCurve curve = logistic_curve();
  EXPECT_LT(curve.error, 3e-7);
  EXPECT_LT(curve.entropy_error, 1.1e-6);
  const Deviation found = worst(curve, LogisticCurve::kReach);
  EXPECT_LE(found.curve, curve.error * 1.05);
  EXPECT_LE(found.entropy, curve.entropy_error * 1.05);
  EXPECT_GT(worst(curve, LogisticCurve::kReach + 8).curve, 1e-6) << "it reaches farther than it says";
}

// Newton's method may step beyond: what follows is wrong, but a number that masks hide and later steps correct.
TEST(LogisticCurve, StaysBoundedBeyond) {
  const LogisticCurve curve = logistic_curve();
  for (int i = 0; i <= 4000; ++i) {
    const double y = folded(i / 4000.0), v = 2 * y * y - 1;
    EXPECT_LE(std::fabs(y), 1 + 1e-12);
    EXPECT_LE(std::fabs(y * curve.q(v)), 0.5 + 1e-6);
    EXPECT_LE(std::fabs(curve.e(v)), std::log(2.0) + 1e-5);
  }
}

TEST(LogisticCurve, NeedsOnlyFiveLevelsBelowARefresh) {
  const LogisticCurve curve = logistic_curve();
  EXPECT_EQ(polynomial_depth(curve.q.degree()), 5u);
  EXPECT_EQ(polynomial_depth(curve.e.degree()), 5u);
}

}  // namespace
}  // namespace mc::fhe
