// SPDX-License-Identifier: Apache-2.0
#include "node/chain_pace.hpp"

#include <gtest/gtest.h>

#include "protocol/refusal.hpp"

namespace mc::node {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t kDay = 86'400;
constexpr std::uint64_t kChainStart = 20'783 * kDay;

// A machine whose clock and chain agree at the start.
constexpr seconds kNow{kChainStart};

TEST(ChainPace, AChainThatLiesInSmallStepsIsNoticed) {
  ChainPace pace;
  std::uint64_t day = 0;
  Status status;
  // A reading a minute, each two days later than the one before.
  for (; day < 1000 && status; day += 2) status = pace.check(kChainStart + day * kDay, kNow + seconds(30 * day));
  ASSERT_FALSE(status);
  EXPECT_EQ(protocol::reason_of(status.error()), "chain_time_jump");
  EXPECT_LE(day, 12U);
}

// Once whatever time a custodian read first after a start was believed: a lying chain burnt the keys of years at once.
TEST(ChainPace, TheFirstReadingIsNotBelievedMoreThanAWeekAheadOfTheClock) {
  EXPECT_TRUE(ChainPace().check(kChainStart + 7 * kDay, kNow));
  const Status far = ChainPace().check(kChainStart + 7 * kDay + 1, kNow);
  ASSERT_FALSE(far);
  EXPECT_EQ(protocol::reason_of(far.error()), "chain_time_jump");
  EXPECT_NE(far.error().message.find("7 days ahead, at most 7"), std::string::npos) << far.error().message;
  EXPECT_FALSE(ChainPace().check(UINT64_MAX, kNow));
  EXPECT_FALSE(ChainPace().check(kChainStart, seconds(-5))) << "a clock before 1970 believes nothing";
}

TEST(ChainPace, ARefusedReadingIsNotWhatLaterOnesAreComparedWith) {
  ChainPace pace;
  EXPECT_FALSE(pace.check(kChainStart + 100 * kDay, kNow));
  EXPECT_TRUE(pace.check(kChainStart, kNow));
  EXPECT_TRUE(pace.check(kChainStart + 1, kNow + seconds(1)));
}

TEST(ChainPace, WhoSaysSoAtTheStartBelievesMoreDaysButNoJump) {
  ChainPace pace(30);
  EXPECT_TRUE(pace.check(kChainStart + 20 * kDay, kNow));
  EXPECT_FALSE(pace.check(kChainStart + 28 * kDay, kNow)) << "eight days at once";
  EXPECT_FALSE(ChainPace(30).check(kChainStart + 31 * kDay, kNow));
}

TEST(ChainPace, AChainThatGoesAsFastAsTheMachineGoesOnForYears) {
  ChainPace pace;
  for (std::uint64_t day = 0; day < 2000; ++day) {
    EXPECT_TRUE(pace.check(kChainStart + day * kDay + day % 3 * kDay, kNow + seconds(day * kDay))) << day;
  }
}

TEST(ChainPace, AMachineThatSleptForAMonthCatchesUp) {
  ChainPace pace;
  EXPECT_TRUE(pace.check(kChainStart, kNow));
  EXPECT_TRUE(pace.check(kChainStart + 30 * kDay, kNow + seconds(30 * kDay)));
}

TEST(ChainPace, AClockThatWentBackStoodStill) {
  ChainPace pace;
  EXPECT_TRUE(pace.check(kChainStart + kDay, kNow));
  EXPECT_TRUE(pace.check(kChainStart, kNow)) << "earlier times are refused elsewhere";
  EXPECT_TRUE(pace.check(kChainStart + kDay, kNow - seconds(kDay)));
}

}  // namespace
}  // namespace mc::node
