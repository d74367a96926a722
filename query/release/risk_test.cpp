// SPDX-License-Identifier: Apache-2.0
#include "query/release/risk.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mc::query {
namespace {

ArmCounts arm(double n, double outcomes) {
  return {exactly(n), exactly(outcomes)};
}

TEST(Risk, RatioAndDifferenceAreWhatWaldsFormulasSay) {
  const RiskComparison ratio = risk_ratio(arm(100, 10), arm(120, 30));
  EXPECT_DOUBLE_EQ(ratio.estimate->value, 2.5);
  const double reach = 1.959963984540054 * std::sqrt(1.0 / 10 - 1.0 / 100 + 1.0 / 30 - 1.0 / 120);
  EXPECT_NEAR(ratio.low->value, 2.5 * std::exp(-reach), 1e-12);
  EXPECT_NEAR(ratio.high->value, 2.5 * std::exp(reach), 1e-12);
  EXPECT_DOUBLE_EQ(ratio.risk_first->value, 0.1);
  EXPECT_DOUBLE_EQ(ratio.risk_second->value, 0.25);
  const RiskComparison difference = risk_difference(arm(100, 10), arm(120, 30));
  EXPECT_NEAR(difference.estimate->value, 0.15, 1e-15);
  const double wide = 1.959963984540054 * std::sqrt(0.1 * 0.9 / 100 + 0.25 * 0.75 / 120);
  EXPECT_NEAR(difference.low->value, 0.15 - wide, 1e-12);
  EXPECT_NEAR(difference.high->value, 0.15 + wide, 1e-12);
}

// Physicians' Health Study: 104 of 11,037 with aspirin, 189 of 11,034 with placebo; published ratio 0.55 (0.43, 0.70).
TEST(Risk, AspirinHalvesTheRiskAsPublished) {
  const RiskComparison ratio = risk_ratio(arm(11034, 189), arm(11037, 104));
  EXPECT_NEAR(ratio.estimate->value, 0.55, 5e-3);
  EXPECT_NEAR(ratio.low->value, 0.43, 5e-3);
  EXPECT_NEAR(ratio.high->value, 0.70, 5e-3);
}

TEST(Risk, WhereNobodyIsThereIsNothingToCompare) {
  EXPECT_FALSE(risk_difference(arm(0, 0), arm(10, 3)).estimate);
  EXPECT_TRUE(risk_difference(arm(0, 0), arm(10, 3)).risk_second);
  EXPECT_FALSE(risk_ratio(arm(10, 0), arm(10, 3)).estimate);
  const RiskComparison none = risk_ratio(arm(10, 3), arm(10, 0));
  EXPECT_EQ(none.estimate->value, 0);
  EXPECT_FALSE(none.low);
  EXPECT_EQ(risk_difference(arm(10, 3), arm(10, 0)).estimate->value, -0.3);
}

TEST(Risk, CountsThatMayBeOffPromiseNothing) {
  const ArmCounts uncertain{{10, 1}, {3, 1}};
  const RiskComparison comparison = risk_difference(arm(10, 2), uncertain);
  EXPECT_TRUE(std::isinf(comparison.estimate->error));
  EXPECT_TRUE(std::isinf(comparison.risk_second->error));
}

}  // namespace
}  // namespace mc::query
