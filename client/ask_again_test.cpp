// SPDX-License-Identifier: Apache-2.0
#include "client/ask_again.hpp"

#include <gtest/gtest.h>

#include "client/testing/wire.hpp"
#include "protocol/refusal.hpp"

namespace mc::client {
namespace {

using namespace std::chrono_literals;
using protocol::Refusal;
using testing::Wire;

constexpr AskingAgain kFast{1ms, 2ms, 10'000ms};

Result<Bytes> says(Refusal refusal, Code code = Code::kUnavailable) {
  return protocol::refuse(refusal, code, "ask again");
}

TEST(AskAgain, WhatIsBeingExecutedIsAskedForUntilItIsThere) {
  Wire wire(Wire::Last::kForEver);
  wire.replies = {says(Refusal::kBeingExecuted), says(Refusal::kNodeBusy), says(Refusal::kBeingExecuted), Bytes{7}};
  EXPECT_EQ(post_until_executed(wire, "/v1/releases", {}, 10, kFast).value_or_stop(), Bytes{7});
  EXPECT_EQ(wire.questions, 4);
}

TEST(AskAgain, WhatIsRefusedIsNotAskedForAgain) {
  for (const Refusal refusal : {Refusal::kNotReady, Refusal::kRateLimited, Refusal::kResultDiffers}) {
    Wire wire(Wire::Last::kForEver);
    wire.replies = {says(refusal), Bytes{7}};
    EXPECT_FALSE(post_until_executed(wire, "/v1/releases", {}, 10, kFast));
    EXPECT_EQ(wire.questions, 1) << protocol::refusal_name(refusal);
  }
  Wire wire(Wire::Last::kForEver);
  wire.replies = {fail(Code::kUnavailable, "custodian 1 does not answer"), Bytes{7}};
  EXPECT_FALSE(post_until_executed(wire, "/v1/releases", {}, 10, kFast));
  EXPECT_EQ(wire.questions, 1);
}

TEST(AskAgain, APeerThatNeverEndsIsGivenUp) {
  Wire wire(Wire::Last::kForEver);
  wire.replies = {says(Refusal::kBeingExecuted)};
  const auto reply = post_until_executed(wire, "/v1/releases", {}, 10, {1ms, 2ms, 20ms});
  ASSERT_FALSE(reply);
  EXPECT_TRUE(is_being_executed(reply.error())) << reply.error().message;
  EXPECT_GT(wire.questions, 3);
}

TEST(AskAgain, OnlyThatWordSaysThatNothingIsRefused) {
  EXPECT_TRUE(is_being_executed(says(Refusal::kBeingExecuted).error()));
  EXPECT_FALSE(is_being_executed(says(Refusal::kBeingExecuted, Code::kRefused).error()));
  EXPECT_FALSE(is_being_executed(says(Refusal::kNodeBusy).error()));
}

}  // namespace
}  // namespace mc::client
