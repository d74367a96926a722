// SPDX-License-Identifier: Apache-2.0
#include "query/release/log_rank.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "query/testing/survival_records.hpp"

namespace mc::query {
namespace {

using ::testing::ElementsAre;
using testing::kMaintained;
using testing::kNonmaintained;
using testing::risk_table_of;

TEST(LogRank, AgreesWithSurvdiffOnTheLeukaemiaTrial) {
  const std::vector<RiskTable> strata{risk_table_of(kMaintained), risk_table_of(kNonmaintained)};
  const LogRankTest test = log_rank_test(strata);
  EXPECT_NEAR(test.chi_square, 3.396389, 5e-7);
  EXPECT_EQ(test.df, 1);
  EXPECT_NEAR(test.p_value, 0.0653393, 5e-8);
  EXPECT_THAT(test.observed, ElementsAre(7, 11));
  EXPECT_NEAR(test.expected[0] + test.expected[1], 18, 1e-12);
  EXPECT_NEAR(test.expected[0], 10.689, 5e-4);
}

TEST(LogRank, StrataInWhomNothingIsExpectedAreLeftOut) {
  const std::vector<RiskTable> strata{risk_table_of({}), risk_table_of(kMaintained), risk_table_of(kNonmaintained),
                                      risk_table_of({{1, 0}, {2, 0}})};
  const LogRankTest test = log_rank_test(strata);
  EXPECT_NEAR(test.chi_square, 3.396389, 5e-7);
  EXPECT_EQ(test.df, 1);
}

TEST(LogRank, OneStratumCannotBeCompared) {
  const std::vector<RiskTable> strata{risk_table_of(kMaintained), risk_table_of({{3, 0}})};
  EXPECT_TRUE(std::isnan(log_rank_test(strata).p_value));
  EXPECT_TRUE(std::isnan(log_rank_test(std::vector<RiskTable>{}).chi_square));
  // Everybody has the event at the same moment: there is no chance in it.
  const std::vector<RiskTable> sudden{risk_table_of({{3, 1}, {3, 1}}), risk_table_of({{3, 1}})};
  EXPECT_TRUE(std::isnan(log_rank_test(sudden).p_value));
}

}  // namespace
}  // namespace mc::query
