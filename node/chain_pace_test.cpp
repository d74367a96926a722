// SPDX-License-Identifier: Apache-2.0
#include "node/chain_pace.hpp"

#include <gtest/gtest.h>

#include "protocol/refusal.hpp"

namespace mc::node {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t kDay = 86'400;
constexpr std::uint64_t kStart = 20'783 * kDay;

TEST(ChainPace, AChainThatLiesInSmallStepsIsNoticed) {
  ChainPace pace;
  std::uint64_t day = 0;
  Status status;
  // A reading a minute, each two days later than the one before.
  for (; day < 1000 && status; day += 2) status = pace.check(kStart + day * kDay, seconds(30 * day));
  ASSERT_FALSE(status);
  EXPECT_EQ(protocol::reason_of(status.error()), "chain_time_jump");
  EXPECT_LE(day, 12U);
}

TEST(ChainPace, AChainThatGoesAsFastAsTheMachineGoesOnForYears) {
  ChainPace pace;
  for (std::uint64_t day = 0; day < 2000; ++day) {
    EXPECT_TRUE(pace.check(kStart + day * kDay + day % 3 * kDay, seconds(day * kDay))) << day;
  }
}

TEST(ChainPace, AMachineThatSleptForAMonthCatchesUp) {
  ChainPace pace;
  EXPECT_TRUE(pace.check(kStart, seconds(1000)));
  EXPECT_TRUE(pace.check(kStart + 30 * kDay, seconds(1000 + 30 * kDay)));
}

TEST(ChainPace, TheFirstReadingIsBelievedAndAClockThatWentBackStoodStill) {
  ChainPace pace;
  EXPECT_TRUE(pace.check(UINT64_MAX - 5 * kDay, seconds(1000)));
  EXPECT_TRUE(pace.check(kStart, seconds(1000))) << "earlier times are refused elsewhere";
  EXPECT_TRUE(pace.check(UINT64_MAX, seconds(1)));
}

}  // namespace
}  // namespace mc::node
