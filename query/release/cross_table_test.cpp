// SPDX-License-Identifier: Apache-2.0
#include "query/release/cross_table.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>

namespace mc::query {
namespace {

std::vector<Measured> table(std::initializer_list<double> counts) {
  std::vector<Measured> result;
  for (const double count : counts) result.push_back(exactly(count));
  return result;
}

TEST(ChiSquareTest, GendersAndPartiesAsInTheManualOfR) {
  // Agresti 2007, p. 39; ?chisq.test prints X-squared = 30.07, df = 2, p-value = 2.954e-07 and these expected counts.
  const ChiSquareTest test = chi_square_test(table({762, 327, 468, 484, 239, 477}), 2, true);
  EXPECT_NEAR(test.statistic->value, 30.07, 0.005);
  EXPECT_EQ(test.df->value, 2);
  EXPECT_NEAR(test.p_value->value, 2.954e-07, 5e-11);
  EXPECT_NEAR(test.expected[0]->value, 703.6714, 5e-5);
  EXPECT_NEAR(test.expected[5]->value, 411.3166, 5e-5);
}

TEST(ChiSquareTest, OfTwoByTwoYatesIsAppliedUnlessItIsRefused) {
  // R: chisq.test(table(mtcars$am, mtcars$vs)).
  const auto cars = table({12, 7, 6, 7});
  const ChiSquareTest corrected = chi_square_test(cars, 2, true);
  EXPECT_NEAR(corrected.statistic->value, 0.34754, 5e-6);
  EXPECT_NEAR(corrected.p_value->value, 0.5555, 5e-5);
  const ChiSquareTest plain = chi_square_test(cars, 2, false);
  EXPECT_NEAR(plain.statistic->value, 0.90688, 5e-6);
  EXPECT_NEAR(plain.p_value->value, 0.3409, 5e-5);
  // n (ad - bc)^2 over the product of the margins.
  EXPECT_NEAR(plain.statistic->value, 32.0 * 42 * 42 / (19.0 * 13 * 18 * 14), 1e-13);
}

TEST(ChiSquareTest, TheCorrectionIsNeverLargerThanTheDistance) {
  const ChiSquareTest test = chi_square_test(table({10, 10, 10, 10}), 2, true);
  EXPECT_EQ(test.statistic->value, 0);
  EXPECT_EQ(test.p_value->value, 1);
}

TEST(ChiSquareTest, LevelsThatDoNotOccurAreLeftOut) {
  // The middle column and the last row are empty: what is left is 2 x 2.
  const ChiSquareTest test = chi_square_test(table({12, 0, 7, 6, 0, 7, 0, 0, 0}), 3, true);
  EXPECT_NEAR(test.statistic->value, 0.34754, 5e-6);
  EXPECT_EQ(test.df->value, 1);
  EXPECT_EQ(test.expected[1]->value, 0);
  EXPECT_EQ(test.expected[8]->value, 0);
}

TEST(ChiSquareTest, OneLevelOrNobodyGivesNoTest) {
  const ChiSquareTest one = chi_square_test(table({3, 4, 0, 0}), 2, true);
  EXPECT_FALSE(one.statistic);
  EXPECT_FALSE(one.p_value);
  EXPECT_EQ(one.expected[0]->value, 3);
  const ChiSquareTest nobody = chi_square_test(table({0, 0, 0, 0}), 2, true);
  EXPECT_FALSE(nobody.expected[0]);
}

TEST(ChiSquareTest, CountsThatAreNotExactPromiseNothing) {
  auto counts = table({12, 7, 6, 7});
  counts[2].error = 0.5;
  EXPECT_TRUE(std::isinf(chi_square_test(counts, 2, true).p_value->error));
  EXPECT_TRUE(std::isinf(odds_ratio(counts[0], counts[1], counts[2], counts[3]).estimate->error));
}

TEST(OddsRatio, HasWoolfsInterval) {
  const OddsRatio odds = odds_ratio(exactly(12), exactly(7), exactly(6), exactly(7));
  EXPECT_DOUBLE_EQ(odds.estimate->value, 2);
  const long double reach = 1.959963984540054L * std::sqrt(1 / 12.0L + 1 / 7.0L + 1 / 6.0L + 1 / 7.0L);
  EXPECT_NEAR(odds.low->value, static_cast<double>(std::exp(std::log(2.0L) - reach)), 1e-14);
  EXPECT_NEAR(odds.high->value, static_cast<double>(std::exp(std::log(2.0L) + reach)), 1e-13);
  EXPECT_LT(odds.high->error, 1e-12);
}

TEST(OddsRatio, WithoutSomebodyInEveryCellThereIsNoInterval) {
  const OddsRatio none = odds_ratio(exactly(0), exactly(7), exactly(6), exactly(7));
  EXPECT_EQ(none.estimate->value, 0);
  EXPECT_FALSE(none.low);
  EXPECT_FALSE(odds_ratio(exactly(3), exactly(0), exactly(6), exactly(7)).estimate);
}

}  // namespace
}  // namespace mc::query
