// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/logistic_curve.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mc::fhe {
namespace {

struct Deviation {
  double sigmoid = 0, softplus = 0;
};
Deviation worst(const LogisticCurve& curve) {
  Deviation worst;
  for (int i = -4000; i <= 4000; ++i) {
    const double x = curve.bound * i / 4000.0, scaled = i / 4000.0, v = 2 * scaled * scaled - 1;
    worst.sigmoid = std::max(worst.sigmoid, std::fabs(0.5 + scaled * curve.q(v) - 1 / (1 + std::exp(-x))));
    worst.softplus = std::max(worst.softplus, std::fabs(x / 2 + curve.e(v) - std::log1p(std::exp(x))));
  }
  return worst;
}

TEST(LogisticCurve, IsTheSigmoidOfDegree63WithinItsStatedError) {
  const LogisticCurve wide = logistic_curve(16).value_or_stop();
  EXPECT_LT(wide.error, 1.5e-6);
  EXPECT_LE(worst(wide).sigmoid, wide.error * 1.01);
  const LogisticCurve narrow = logistic_curve(8).value_or_stop();
  EXPECT_LE(worst(narrow).sigmoid, narrow.error * 1.01 + 1e-14);
}

TEST(LogisticCurve, IntegratesToTheLogOfOnePlusExp) {
  const LogisticCurve wide = logistic_curve(16).value_or_stop();
  EXPECT_LT(worst(wide).softplus, 16 * wide.error);
}

TEST(LogisticCurve, NeedsOnlyFiveLevelsBelowARefresh) {
  const LogisticCurve curve = logistic_curve(16).value_or_stop();
  EXPECT_EQ(polynomial_depth(curve.q.degree()), 5u);
  EXPECT_EQ(polynomial_depth(curve.e.degree()), 5u);
}

TEST(LogisticCurve, NamesABoundThatIsNotThere) {
  EXPECT_EQ(logistic_curve(5).error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace mc::fhe
