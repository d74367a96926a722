// SPDX-License-Identifier: Apache-2.0
#include "node/rate_limit.hpp"

#include <gtest/gtest.h>

namespace mc::node {
namespace {

using std::chrono::seconds;

Hash256 study(std::uint64_t number) {
  return Sha256("study").update_u64(number).finish();
}

TEST(RateLimit, CallsAboveTheLimitWaitForTheNextWindow) {
  RateLimit limit({.per_key_max = 3, .all_max = 100, .window = seconds(60), .keys_max = 8});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limit.count(study(1), seconds(1000 + i)));
  const auto first = limit.count(study(1), seconds(1010));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->retry_after, seconds(50));
  EXPECT_TRUE(first->first);
  EXPECT_EQ(limit.sentence(*first), "more than 3 calls for one study, or 100 for all, within 60 s; try again in 50 s");
  EXPECT_FALSE(limit.count(study(1), seconds(1059))->first) << "written down once a window";
  EXPECT_FALSE(limit.count(study(1), seconds(1060))) << "a new window";
}

TEST(RateLimit, OneStudyDoesNotUseUpAnothersCalls) {
  RateLimit limit({.per_key_max = 1, .all_max = 100, .window = seconds(60), .keys_max = 8});
  EXPECT_FALSE(limit.count(study(1), seconds(5)));
  EXPECT_TRUE(limit.count(study(1), seconds(5)));
  EXPECT_FALSE(limit.count(study(2), seconds(5)));
}

TEST(RateLimit, AllStudiesTogetherHaveALimitToo) {
  RateLimit limit({.per_key_max = 10, .all_max = 3, .window = seconds(60), .keys_max = 8});
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_FALSE(limit.count(study(i), seconds(5)));
  EXPECT_TRUE(limit.count(study(9), seconds(5)));
}

TEST(RateLimit, WhatIsOverTheLimitOfAllIsWrittenDownOnceAndEndsWithTheWindow) {
  RateLimit limit({.per_key_max = 10, .all_max = 3, .window = seconds(60), .keys_max = 8});
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_FALSE(limit.count(study(i), seconds(100)));
  EXPECT_TRUE(limit.count(study(3), seconds(100))->first);
  EXPECT_FALSE(limit.count(study(4), seconds(101))->first);
  EXPECT_FALSE(limit.count(study(5), seconds(160))) << "a new window";
}

TEST(RateLimit, AStudyOverItsLimitDoesNotUseUpEverybodysCalls) {
  RateLimit limit({.per_key_max = 2, .all_max = 10, .window = seconds(60), .keys_max = 8});
  for (int i = 0; i < 1000; ++i) limit.count(study(1), seconds(5));
  EXPECT_FALSE(limit.count(study(2), seconds(5)));
}

TEST(RateLimit, InventedStudiesShareOneCount) {
  RateLimit limit({.per_key_max = 2, .all_max = 1000, .window = seconds(60), .keys_max = 4});
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_FALSE(limit.count(study(i), seconds(5)));
  EXPECT_FALSE(limit.count(study(10), seconds(5)));
  EXPECT_FALSE(limit.count(study(11), seconds(5)));
  EXPECT_TRUE(limit.count(study(12), seconds(5)));
  EXPECT_FALSE(limit.count(study(3), seconds(5))) << "a study that has a count of its own keeps it";
}

TEST(RateLimit, AClockThatGoesBackBeginsANewWindow) {
  RateLimit limit({.per_key_max = 1, .all_max = 100, .window = seconds(60), .keys_max = 8});
  EXPECT_FALSE(limit.count(study(1), seconds(1000)));
  EXPECT_TRUE(limit.count(study(1), seconds(1001)));
  EXPECT_FALSE(limit.count(study(1), seconds(10)));
}

}  // namespace
}  // namespace mc::node
