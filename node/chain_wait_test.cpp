// SPDX-License-Identifier: Apache-2.0
#include "node/chain_wait.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <ctime>

#include "governance/testing/commons_on_anvil.hpp"
#include "node/local_members.hpp"

namespace mc::node {
namespace {

using ::testing::HasSubstr;

using ChainClock = governance::testing::CommonsChainTest;

TEST_F(ChainClock, OfAChainThatIsDaysAheadDecidesWhenAStudyIsDue) {
  anvil->pass_time(std::uint64_t{3} * 24 * 3600);
  EXPECT_GT(chain_now_s(*chain).value(), static_cast<std::uint64_t>(std::time(nullptr)) + std::uint64_t{2} * 24 * 3600);
  const Hash256 study = approved_study();
  const Status early = activate_when_due(*commons, researcher, study);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, Code::kUnavailable);
  anvil->pass_time(governance::testing::kStudyTimelock);
  const auto began = std::chrono::steady_clock::now();
  const Status active = activate_when_due(*commons, researcher, study);
  ASSERT_TRUE(active) << active.error().message;
  EXPECT_EQ(commons->study(study).value().state, governance::StudyState::kActive);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(kDueWaitSecondsMax));
}

TEST_F(ChainClock, FarAwayIsNotWaitedForAndTheSentenceSaysHowFar) {
  const std::uint64_t at_s = chain_now_s(*chain).value() + 5000;
  int tries = 0;
  const Status waited = do_when_due(*chain, {at_s, "TooEarly", "it is approved"}, [&]() -> Status {
    ++tries;
    return fail(Code::kRefused, "it cannot be before 5 (TooEarly)");
  });
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, Code::kUnavailable);
  EXPECT_THAT(waited.error().message, HasSubstr("it is approved; its timelock runs for another "));
  EXPECT_EQ(tries, 1);
}

TEST_F(ChainClock, AnotherRefusalIsNotWaitedOut) {
  int tries = 0;
  const Status refused = do_when_due(*chain, {0, "TooEarly", "it"}, [&]() -> Status {
    ++tries;
    return fail(Code::kRefused, "it is vetoed (NotApproved)");
  });
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_EQ(tries, 1);
}

}  // namespace
}  // namespace mc::node
