// SPDX-License-Identifier: Apache-2.0
#include "node/local_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "client/testing/served_commons.hpp"
#include "governance/json_fields.hpp"
#include "node/http_server.hpp"

namespace mc::node {
namespace {

using client::testing::numbered_address;
using client::testing::numbered_wallet;
using governance::Wei;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Wei kEther = Wei{1'000'000'000} * 1'000'000'000U;

LocalRecord founded_on(std::optional<ForeignChain> chain) {
  LocalRecord record;
  record.chain = std::move(chain);
  return record;
}

TEST(SettleChain, AFoundingTakesWhatIsWishedAndDefaultsForTheRest) {
  EXPECT_EQ(settle_chain(nullptr, {}).value(), std::nullopt) << "the embedded chain";
  ForeignChainWish wish;
  wish.url = "http://a:1";
  EXPECT_EQ(settle_chain(nullptr, wish).value(), (ForeignChain{"http://a:1", 12, 100'000'000}));
  wish.confirmations = 0;
  wish.endowment_gwei = 7;
  EXPECT_EQ(settle_chain(nullptr, wish).value(), (ForeignChain{"http://a:1", 0, 7}));
}

TEST(SettleChain, AFoundedCommonsKeepsItsChainAndMayAskAnotherNodeOfIt) {
  const LocalRecord record = founded_on(ForeignChain{"http://a:1", 3, 7});
  EXPECT_EQ(settle_chain(&record, {}).value(), record.chain);
  ForeignChainWish wish;
  wish.url = "http://b:2";
  wish.confirmations = 3;
  wish.endowment_gwei = 9;
  EXPECT_EQ(settle_chain(&record, wish).value(), (ForeignChain{"http://b:2", 3, 9}));
  wish.confirmations = 4;
  const auto refused = settle_chain(&record, wish);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("3 blocks lie on, not 4"));
}

TEST(SettleChain, ACommonsOnItsOwnChainStaysThere) {
  const LocalRecord record = founded_on({});
  EXPECT_EQ(settle_chain(&record, {}).value(), std::nullopt);
  ForeignChainWish wish;
  wish.url = "http://a:1";
  EXPECT_EQ(settle_chain(&record, wish).error().code, Code::kConflict);
}

TEST(SettleChain, WordsAboutAChainThatIsNotNamedAreRefused) {
  const LocalRecord record = founded_on({});
  for (int word = 0; word < 4; ++word) {
    ForeignChainWish wish;
    if (word == 0) wish.chain_id = 1;
    if (word == 1) wish.key_file = "key";
    if (word == 2) wish.confirmations = 1;
    if (word == 3) wish.endowment_gwei = 1;
    for (const LocalRecord* founded : {static_cast<const LocalRecord*>(nullptr), &record}) {
      EXPECT_THAT(settle_chain(founded, wish).error().message, HasSubstr("belong to --chain-url")) << word;
    }
  }
}

TEST(EtherText, HasSixDecimalsAtMostAndNoZerosBehindThem) {
  EXPECT_EQ(ether_text(0), "0 ether");
  EXPECT_EQ(ether_text(kEther), "1 ether");
  EXPECT_EQ(ether_text(kEther / 10), "0.1 ether");
  EXPECT_EQ(ether_text(kEther * 14'000 + 1), "14000 ether");
  EXPECT_EQ(ether_text(kEther - 1), "0.999999 ether");
  EXPECT_EQ(ether_text(kEther / 1'000'000), "0.000001 ether");
}

/// A node in memory: what accounts have, a price of gas of 3 wei, and transfers as somebody signed them.
class Purse : public governance::RpcTransport {
 public:
  std::map<std::string, Wei> balances;
  std::vector<std::string> sent;

  Result<std::string> post(std::string_view text) override {
    const json request = json::parse(text);
    const std::string method = request["method"];
    json reply = {{"jsonrpc", "2.0"}, {"id", request["id"]}};
    if (method == "eth_chainId") reply["result"] = "0x539";
    if (method == "eth_getBalance") reply["result"] = governance::quantity_text(balances[request["params"][0]]);
    if (method == "eth_maxPriorityFeePerGas") reply["result"] = "0x1";
    if (method == "eth_estimateGas") reply["result"] = "0x5208";
    if (method == "eth_getTransactionCount") reply["result"] = "0x0";
    if (method == "eth_getBlockByNumber") {
      reply["result"] = {
          {"number", "0x10"}, {"hash", "0x" + std::string(64, '1')}, {"timestamp", "0x64"}, {"baseFeePerGas", "0x1"}};
    }
    if (method == "eth_sendRawTransaction") {
      sent.push_back(request["params"][0]);
      reply["result"] = "0x";
    }
    if (method == "eth_getTransactionReceipt") {
      reply["result"] = {{"transactionHash", request["params"][0]},
                         {"blockNumber", "0x10"},
                         {"gasUsed", "0x5208"},
                         {"status", "0x1"},
                         {"logs", json::array()},
                         {"contractAddress", nullptr}};
    }
    return reply.dump();
  }
};

class Paying : public ::testing::Test {
 protected:
  Purse purse_;
  governance::Chain chain_{purse_};
  const governance::Wallet payer_ = numbered_wallet(1);
};

TEST_F(Paying, AFoundingCostsAnEndowmentForEachAndItsGas) {
  EXPECT_TRUE(founding_cost(chain_, 5, kEther).value() == 5 * kEther + Wei{3} * 40'000'000);
}

TEST_F(Paying, ThePayerNeedsWhatIsLackingAndTheGasOfTheTransfer) {
  purse_.balances[governance::bytes_text(payer_.address().view())] = kEther;
  EXPECT_TRUE(check_payer(chain_, payer_, 0, kEther - Wei{3} * 120'000));
  const Status refused = check_payer(chain_, payer_, 0, kEther);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kRefused);
  EXPECT_THAT(refused.error().message,
              StartsWith("the account " + payer_.address().text() + " has 1 ether on chain 1337, 1.000001 ether are"));
  EXPECT_TRUE(check_payer(chain_, payer_, kEther, kEther)) << "nothing is lacking";
}

TEST_F(Paying, OnlyTheDifferenceIsSentAndOnlyWhenThereIsOne) {
  const governance::Address founder = numbered_address(9);
  purse_.balances[governance::bytes_text(payer_.address().view())] = 5 * kEther;
  purse_.balances[governance::bytes_text(founder.view())] = kEther;
  EXPECT_TRUE(fill(chain_, payer_, founder, kEther).value() == 0);
  EXPECT_TRUE(purse_.sent.empty());
  EXPECT_TRUE(fill(chain_, payer_, founder, 3 * kEther).value() == 2 * kEther);
  ASSERT_EQ(purse_.sent.size(), 1U);
  EXPECT_THAT(purse_.sent[0], HasSubstr(to_hex(founder.view()) + "881bc16d674ec80000")) << "to the founder, 2 ether";
  EXPECT_EQ(fill(chain_, payer_, founder, 7 * kEther).error().code, Code::kRefused);
  EXPECT_EQ(purse_.sent.size(), 1U);
}

/// A node over HTTP that says the same to everything but the id of what it was asked.
class Node {
 public:
  explicit Node(std::string result) {
    Router router;
    router.add("POST", "/", [result](const HttpRequest& request) -> Result<HttpResponse> {
      const json asked = json::parse(text_of(request.body));
      return HttpResponse::json(R"({"jsonrpc":"2.0","id":)" + asked["id"].dump() + R"(,"result":)" + result + "}");
    });
    server_ = HttpServer::start(std::move(router), {}).value_or_stop();
  }
  [[nodiscard]] std::string url() const { return server_->url(); }

 private:
  std::unique_ptr<HttpServer> server_;
};

TEST(MeetChain, SaysItsIdAndRefusesAnotherThanWasDemanded) {
  const Node node(R"("0x539")");
  EXPECT_EQ(meet_chain(node.url(), {}, nullptr).value(), 1337U);
  EXPECT_EQ(meet_chain(node.url(), 1337, nullptr).value(), 1337U);
  const auto refused = meet_chain(node.url(), 1, nullptr);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_EQ(refused.error().message, node.url() + " is chain 1337, --chain-id demands 1: nothing was signed");
}

TEST(MeetChain, NonsenseAndSilenceNameTheAddress) {
  const Node node(R"("nonsense")");
  EXPECT_THAT(meet_chain(node.url(), {}, nullptr).error().message, StartsWith(node.url() + ": "));
  const auto silent = meet_chain("http://127.0.0.1:1", {}, nullptr);
  EXPECT_EQ(silent.error().code, Code::kUnavailable);
  EXPECT_THAT(silent.error().message, StartsWith("the chain at http://127.0.0.1:1 does not answer"));
}

TEST(MeetChain, AFoundedCommonsIsLookedForOnIt) {
  const Node node(R"("0x539")");
  client::CommonsDocument document = client::testing::small_document();
  document.deployment.chain_id = 31337;
  const auto elsewhere = meet_chain(node.url(), {}, &document);
  EXPECT_EQ(elsewhere.error().message, node.url() + ": the commons lives on chain 31337, this is chain 1337");
}

}  // namespace
}  // namespace mc::node
