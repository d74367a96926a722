// SPDX-License-Identifier: Apache-2.0
#include "governance/finality.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "governance/json_fields.hpp"

namespace mc::governance {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

/// A chain whose head moves by one block each time it is asked for, and which may forget every transaction.
class Growing : public RpcTransport {
 public:
  std::uint64_t head = 10;
  bool grows = true, forgets = false;

  Result<std::string> post(std::string_view text) override {
    const json request = json::parse(text);
    json reply = {{"jsonrpc", "2.0"}, {"id", request["id"]}, {"result", nullptr}};
    if (request["method"] == "eth_getBlockByNumber") {
      if (grows) ++head;
      std::string hash = std::to_string(head);
      hash.insert(0, 64 - hash.size(), '0');
      reply["result"] = {
          {"number", quantity_text(head)}, {"hash", "0x" + hash}, {"timestamp", "0x64"}, {"baseFeePerGas", "0x7"}};
    }
    if (request["method"] == "eth_getTransactionByHash" && !forgets) {
      const std::string account = "0x" + std::string(40, '1');
      reply["result"] = {{"hash", request["params"][0]}, {"from", account}, {"to", account}, {"input", "0x"}};
    }
    return reply.dump();
  }
};

class Finality : public ::testing::Test {
 protected:
  Status wait(std::uint32_t confirmations, std::uint64_t true_from, milliseconds timeout = milliseconds(10'000)) {
    sent_.block = 12;
    const auto holds = [&](const CommonsChain&) -> Result<bool> {
      ++asked_;
      if (growing_.head - confirmations < 5) return fail(Code::kCorrupt, "there is no contract yet");
      return growing_.head - confirmations >= true_from;
    };
    return wait_until_final(CommonsChain(chain_, {}), confirmations, sent_, "the vote", holds, timeout);
  }

  Growing growing_;
  Chain chain_{growing_};
  Receipt sent_;
  int asked_ = 0;
};

TEST_F(Finality, IsWhenItIsTrueSoManyBlocksBelowTheHead) {
  ASSERT_TRUE(wait(2, 12));
  EXPECT_EQ(growing_.head, 14U);
}

TEST_F(Finality, WithoutConfirmationsNothingIsAsked) {
  growing_.grows = false;
  ASSERT_TRUE(wait(0, 1'000));
  EXPECT_EQ(asked_, 0);
}

TEST_F(Finality, ABlockBeforeTheContractsAndAChainThatIsTooYoungAreWaitedFor) {
  ASSERT_TRUE(wait(9, 5));
  EXPECT_EQ(growing_.head, 14U);
  growing_.head = 0;
  ASSERT_TRUE(wait(3, 5));
}

TEST_F(Finality, ATransactionThatTheChainForgotWasTakenBack) {
  growing_.forgets = true;
  const Status refused = wait(30, 12);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("taken back the transaction 0x000"));
  EXPECT_THAT(refused.error().message, HasSubstr("of block 12, and with it the vote"));
}

TEST_F(Finality, WhatAReorganisationMovedToALaterBlockIsWaitedForThere) {
  ASSERT_TRUE(wait(2, 16));
  EXPECT_EQ(growing_.head, 18U);
}

TEST_F(Finality, AChainThatStandsStillIsGivenUpWithBothNumbers) {
  growing_.grows = false;
  const Status refused = wait(3, 12, milliseconds(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("head is block 10, and 3 blocks on top"));
  EXPECT_EQ(asked_, 1) << "at one head once";
}

TEST(FinalityTimeout, GrowsWithTheBlocksThatAreDemanded) {
  EXPECT_EQ(finality_timeout(0), std::chrono::seconds(120));
  EXPECT_EQ(finality_timeout(12), std::chrono::seconds(480));
}

}  // namespace
}  // namespace mc::governance
