// SPDX-License-Identifier: Apache-2.0
#include "query/release/collinear_terms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace mc::query {
namespace {

using ::testing::HasSubstr;

/// Of three columns with spreads of their own, the first and the third correlated.
Matrix covariance(double correlation) {
  const std::vector<double> spreads{3, 0.2, 100};
  Matrix information(3, 3);
  for (std::size_t i = 0; i < 3; ++i) information(i, i) = 50 * spreads[i] * spreads[i];
  information(0, 2) = information(2, 0) = 50 * spreads[0] * spreads[2] * correlation;
  return inverse_of_positive(information);
}

TEST(CollinearTerms, APairIsToldOnceWithItsCorrelation) {
  const std::vector<std::string> terms{"age", "dose", "years"};
  const auto told = collinear_terms(terms, covariance(-0.9999));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].term, "years");
  EXPECT_EQ(told[0].with, "age");
  EXPECT_NEAR(told[0].correlation, -0.9999, 1e-9);
  EXPECT_NEAR(told[0].inflation, 1 / (1 - 0.9999 * 0.9999), 1e-3);
  EXPECT_THAT(collinear_text(told), HasSubstr("years is nearly collinear (with age: correlation -0.999900"));
}

TEST(CollinearTerms, WhatIsMerelyCorrelatedIsNotTold) {
  const std::vector<std::string> terms{"age", "dose", "years"};
  EXPECT_TRUE(collinear_terms(terms, covariance(0.99)).empty());
  EXPECT_TRUE(collinear_terms(std::span(terms).first(1), covariance(0).identity(1)).empty());
}

TEST(CollinearTerms, AVarianceThatIsNoneTellsNothing) {
  const std::vector<std::string> terms{"age", "dose"};
  EXPECT_TRUE(collinear_terms(terms, Matrix(2, 2)).empty());
}

}  // namespace
}  // namespace mc::query
