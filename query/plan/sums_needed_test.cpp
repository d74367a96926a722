// SPDX-License-Identifier: Apache-2.0
#include "query/plan/sums_needed.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

TEST(SumsNeeded, ProductsComeWithTheSumsThatTheirMeansAreTakenFrom) {
  for (auto i = static_cast<int>(Statistic::kKey); i <= static_cast<int>(kLastStatistic); ++i) {
    const auto statistic = static_cast<Statistic>(i);
    const SumsNeeded needed = sums_needed(statistic);
    EXPECT_TRUE(needed.x1 || !needed.x2) << i;
    EXPECT_TRUE(needed.y1 || !needed.y2) << i;
    EXPECT_TRUE((needed.x1 && needed.y1) || !needed.xy) << i;
    const bool reads = reads_values(statistic) && statistic != Statistic::kRegrCount;
    EXPECT_EQ(needed.x1 || needed.y1, reads) << i;
  }
}

TEST(SumsNeeded, NothingIsReleasedThatTheStatisticDoesNotUse) {
  EXPECT_FALSE(sums_needed(Statistic::kSum).x2);
  EXPECT_FALSE(sums_needed(Statistic::kCovariance).x2);
  EXPECT_FALSE(sums_needed(Statistic::kRegrSlope).y2);
  EXPECT_FALSE(sums_needed(Statistic::kRegrAvgY).x1);
  EXPECT_TRUE(sums_needed(Statistic::kCorrelation).y2);
}

}  // namespace
}  // namespace mc::query
