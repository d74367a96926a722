// SPDX-License-Identifier: Apache-2.0
#include "query/release/regression.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace mc::query {
namespace {

PairSums pair_sums(const std::vector<double>& x, const std::vector<double>& y) {
  PairSums sums;
  sums.n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    sums.mean_x.value += x[i] / sums.n;
    sums.mean_y.value += y[i] / sums.n;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - sums.mean_x.value, dy = y[i] - sums.mean_y.value;
    sums.sxx.value += dx * dx;
    sums.syy.value += dy * dy;
    sums.sxy.value += dx * dy;
  }
  return sums;
}

TEST(Regression, AnscombesFirstSetAsInTheManualOfR) {
  // Anscombe 1973, in R the data set `anscombe`: lm(y1 ~ x1) has intercept 3.0001, slope 0.5001, R-squared
  // 0.6665; sums of squares 110 and 41.2727, means 9 and 7.5009.
  const PairSums sums = pair_sums({10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5},
                                  {8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68});
  const auto number = [&](Statistic statistic) { return regression_number(statistic, sums)->value; };
  EXPECT_NEAR(number(Statistic::kRegrSlope), 0.5001, 5e-5);
  EXPECT_NEAR(number(Statistic::kRegrIntercept), 3.0001, 5e-5);
  EXPECT_NEAR(number(Statistic::kRegrR2), 0.6665, 5e-5);
  EXPECT_NEAR(number(Statistic::kRegrAvgX), 9, 1e-12);
  EXPECT_NEAR(number(Statistic::kRegrAvgY), 7.5009, 5e-5);
  EXPECT_NEAR(number(Statistic::kRegrSxx), 110, 1e-12);
  EXPECT_NEAR(number(Statistic::kRegrSyy), 41.2727, 5e-5);
  EXPECT_NEAR(number(Statistic::kRegrSxy), 55.01, 1e-10);
  EXPECT_NEAR(number(Statistic::kVariancePop), 10, 1e-12);
  EXPECT_NEAR(number(Statistic::kDeviationPop), std::sqrt(10.0), 1e-12);
  EXPECT_NEAR(number(Statistic::kCovariancePop), 55.01 / 11, 1e-12);
}

TEST(Regression, NullAsInSql) {
  const auto all = {Statistic::kRegrSlope,   Statistic::kRegrIntercept, Statistic::kRegrR2,       Statistic::kRegrAvgX,
                    Statistic::kRegrAvgY,    Statistic::kRegrSxx,       Statistic::kRegrSyy,      Statistic::kRegrSxy,
                    Statistic::kVariancePop, Statistic::kDeviationPop,  Statistic::kCovariancePop};
  for (const Statistic statistic : all) EXPECT_FALSE(regression_number(statistic, PairSums{}));
  const PairSums one = pair_sums({4}, {7});
  EXPECT_FALSE(regression_number(Statistic::kRegrSlope, one));
  EXPECT_FALSE(regression_number(Statistic::kRegrR2, one));
  EXPECT_EQ(regression_number(Statistic::kVariancePop, one)->value, 0);
  EXPECT_EQ(regression_number(Statistic::kRegrSxy, one)->value, 0);
  EXPECT_EQ(regression_number(Statistic::kRegrAvgY, one)->value, 7);
}

TEST(Regression, AFlatLineExplainsEverythingAndAVerticalOneIsNone) {
  const PairSums flat = pair_sums({1, 2, 3}, {5, 5, 5});
  EXPECT_EQ(regression_number(Statistic::kRegrR2, flat)->value, 1);
  EXPECT_EQ(regression_number(Statistic::kRegrSlope, flat)->value, 0);
  EXPECT_FALSE(regression_number(Statistic::kRegrSlope, pair_sums({5, 5, 5}, {1, 2, 3})));
  PairSums noisy = flat;
  noisy.sxx = {1e-9, 1e-6};  // cannot be told from 0
  EXPECT_FALSE(regression_number(Statistic::kRegrIntercept, noisy));
  EXPECT_EQ(regression_number(Statistic::kRegrSxx, noisy)->value, 0);
}

// Two sums of squares that are each above their error, and whose product is not: it once ended the program.
TEST(Regression, R2OfSumsThatNoiseNearlyHidesIsNull) {
  PairSums hidden;
  hidden.n = 40;
  hidden.sxx = hidden.syy = {10, 7};
  hidden.sxy = {5, 1};
  EXPECT_FALSE(regression_number(Statistic::kRegrR2, hidden));
  EXPECT_TRUE(regression_number(Statistic::kRegrSlope, hidden));
  hidden.syy.error = 0.1;
  EXPECT_NEAR(regression_number(Statistic::kRegrR2, hidden)->value, 0.25, 1e-12);
}

}  // namespace
}  // namespace mc::query
