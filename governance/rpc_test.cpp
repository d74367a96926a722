// SPDX-License-Identifier: Apache-2.0
#include "governance/rpc.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "governance/abi.hpp"
#include "governance/json_fields.hpp"
#include "governance/keccak.hpp"

namespace mc::governance {
namespace {

using nlohmann::json;

// A chain of scripted answers: one function per method, which gives the reply's "result" or {"error": …}.
class ScriptedChain : public RpcTransport {
 public:
  using Answer = std::function<json(const json& parameters)>;

  ScriptedChain() {
    on("eth_chainId", "0x7a69");
    on("eth_estimateGas", "0x5208");
    on("eth_maxPriorityFeePerGas", "0x1");
    on("eth_getTransactionCount", "0x0");
    on("eth_getBlockByNumber",
       {{"number", "0x5"}, {"hash", "0x" + std::string(64, '1')}, {"timestamp", "0x64"}, {"baseFeePerGas", "0x7"}});
  }
  void on(const std::string& method, json result) {
    answers_[method] = [result](const json&) { return result; };
  }
  void on(const std::string& method, Answer answer) { answers_[method] = std::move(answer); }
  [[nodiscard]] int calls(const std::string& method) const { return calls_.contains(method) ? calls_.at(method) : 0; }

  Result<std::string> post(std::string_view text) override {
    const json request = json::parse(text);
    const std::string method = request["method"];
    ++calls_[method];
    if (!answers_.contains(method)) return fail(Code::kUnavailable, "no answer to " + method);
    json answer = answers_[method](request["params"]);
    json reply = {{"jsonrpc", "2.0"}, {"id", request["id"]}};
    if (answer.is_object() && answer.contains("error")) {
      reply["error"] = answer["error"];
    } else {
      reply["result"] = answer;
    }
    return reply.dump();
  }

 private:
  std::map<std::string, Answer> answers_;
  std::map<std::string, int> calls_;
};

// Says the same text to everything.
class Parrot : public RpcTransport {
 public:
  explicit Parrot(std::string text) : text_(std::move(text)) {}
  Result<std::string> post(std::string_view) override { return text_; }

 private:
  std::string text_;
};

json complaint(std::string_view message, const json& data = nullptr) {
  json error = {{"code", -32000}, {"message", message}};
  if (!data.is_null()) error["data"] = data;
  return {{"error", error}};
}

json receipt_for(const std::string& hash, const std::string& status = "0x1") {
  return {{"transactionHash", hash}, {"blockNumber", "0x6"},  {"gasUsed", "0x5208"},
          {"status", status},        {"logs", json::array()}, {"contractAddress", nullptr}};
}

// Lets a sent transaction be mined at once.
void mine_at_once(ScriptedChain& chain, const std::string& status = "0x1") {
  chain.on("eth_sendRawTransaction", [](const json&) { return json("0x"); });
  chain.on("eth_getTransactionReceipt",
           [status](const json& parameters) { return receipt_for(parameters[0], status); });
}

TEST(Chain, ReadsWhatTheNodeSays) {
  ScriptedChain node;
  node.on("eth_blockNumber", "0x10");
  node.on("eth_getBalance", "0x8ac7230489e80000");
  node.on("eth_call", "0x1234");
  Chain chain(node);
  EXPECT_EQ(chain.chain_id().value_or_stop(), 31337u);
  EXPECT_EQ(chain.block_number().value_or_stop(), 16u);
  EXPECT_EQ(chain.latest_block().value_or_stop().time_s, 100u);
  EXPECT_TRUE(chain.balance({}).value_or_stop() == Wei{10'000'000'000'000'000'000u});
  EXPECT_EQ(chain.call({}, {}).value_or_stop(), (Bytes{0x12, 0x34}));
  EXPECT_FALSE(chain.block(6));  // the node answers with block 5
}

TEST(Chain, AnEventIsFoundByContractAndSignatureAndNeedsATopic) {
  Address contract, other;
  contract.bytes[0] = 1;
  other.bytes[0] = 2;
  const Hash256 event = keccak256("Counted(uint256)");
  Receipt receipt;
  receipt.logs = {{other, {event, event}, {}, 1, {}},
                  {contract, {event}, {}, 2, {}},
                  {contract, {keccak256("Other(uint256)"), event}, {}, 3, {}},
                  {contract, {event, event}, {}, 4, {}},
                  {contract, {event, event}, {}, 5, {}}};
  const Log* found = find_event(receipt, contract, "Counted(uint256)");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->block, 4u);
  EXPECT_EQ(find_event(receipt, contract, "Missing(uint256)"), nullptr);
}

TEST(Chain, GarbageGivesAnErrorAndNothingElse) {
  const std::string deep = std::string(100'000, '[');
  for (const std::string& text :
       {std::string(), std::string("null"), std::string("[]"), std::string("{}"), std::string("{\"id\":1}"), deep,
        std::string("{\"id\":1,\"result\":"), std::string("{\"id\":2,\"result\":\"0x1\"}"), std::string("\xff\xfe"),
        std::string("{\"id\":1,\"result\":1e999999}"), std::string("{\"id\":1,\"result\":{\"number\":\"0x\"}}"),
        std::string("{\"id\":1,\"error\":7}"), std::string("{\"id\":1,\"error\":{\"message\":[]}}")}) {
    // A fresh chain each time: its first request has id 1, as the texts assume.
    Parrot node(text);
    EXPECT_FALSE(Chain(node).chain_id()) << text.substr(0, 60);
    EXPECT_FALSE(Chain(node).latest_block()) << text.substr(0, 60);
    EXPECT_FALSE(Chain(node).call({}, {})) << text.substr(0, 60);
    EXPECT_FALSE(Chain(node).logs({})) << text.substr(0, 60);
    EXPECT_FALSE(Chain(node).send_and_wait(Wallet::fresh(), {}, {})) << text.substr(0, 60);
  }
}

TEST(Chain, AReplyAboveTheLimitIsRefused) {
  Parrot node(R"({"id":1,"result":")" + std::string(2000, '0') + "\"}");
  EXPECT_EQ(Chain(node, {.reply_bytes_max = 1000}).chain_id().error().code, Code::kLimit);
}

TEST(Chain, TheNodesWordsReachATerminalAsPrintableText) {
  ScriptedChain node;
  node.on("eth_call", [](const json&) { return complaint("bad\x1b[31m\nthing"); });
  const auto result = Chain(node).call({}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message.find('\x1b'), std::string::npos);
  EXPECT_EQ(result.error().message.find('\n'), std::string::npos);
}

TEST(Chain, ARefusalOfTheContractIsASentence) {
  ScriptedChain node;
  const Bytes data = call_data("NoSlots()");
  node.on("eth_estimateGas", [&](const json&) { return complaint("execution reverted", bytes_text(data)); });
  const auto sent = Chain(node).send_and_wait(Wallet::fresh(), {}, {});
  ASSERT_FALSE(sent);
  EXPECT_NE(sent.error().message.find("NoSlots"), std::string::npos);
  EXPECT_EQ(node.calls("eth_sendRawTransaction"), 0);
}

TEST(Chain, ARevertAfterSendingIsExplained) {
  ScriptedChain node;
  mine_at_once(node, "0x0");
  node.on("eth_call",
          [](const json&) { return complaint("execution reverted", bytes_text(call_data("NoReleases()"))); });
  const auto sent = Chain(node).send_and_wait(Wallet::fresh(), {}, {});
  ASSERT_FALSE(sent);
  EXPECT_NE(sent.error().message.find("NoReleases"), std::string::npos);
  node.on("eth_call", "0x");
  EXPECT_NE(Chain(node).send_and_wait(Wallet::fresh(), {}, {}).error().message.find("does not say why"),
            std::string::npos);
}

TEST(Chain, ATakenNonceIsTriedAgain) {
  ScriptedChain node;
  mine_at_once(node);
  int tries = 0;
  node.on("eth_sendRawTransaction", [&](const json&) { return ++tries < 3 ? complaint("nonce too low") : json("0x"); });
  EXPECT_TRUE(Chain(node).send_and_wait(Wallet::fresh(), {}, {}));
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(node.calls("eth_getTransactionCount"), 3);
  tries = -100;
  EXPECT_EQ(Chain(node).send_and_wait(Wallet::fresh(), {}, {}).error().code, Code::kUnavailable);
}

// Nodes of different makes write the same words with other capitals, and one puts the data an object deeper.
TEST(Chain, NodesOfOtherMakesAreUnderstood) {
  ScriptedChain node;
  mine_at_once(node);
  int tries = 0;
  node.on("eth_sendRawTransaction", [&](const json&) {
    return ++tries < 2 ? complaint("Nonce too low. Expected nonce to be 5 but got 4.") : json("0x");
  });
  EXPECT_TRUE(Chain(node).send_and_wait(Wallet::fresh(), {}, {}));
  EXPECT_EQ(tries, 2);
  node.on("eth_sendRawTransaction", [](const json&) { return complaint("Known transaction"); });
  EXPECT_TRUE(Chain(node).send_and_wait(Wallet::fresh(), {}, {}));
  node.on("eth_estimateGas", [&](const json&) {
    return complaint("reverted with a custom error", {{"data", bytes_text(call_data("NoSlots()"))}, {"message", "x"}});
  });
  const auto refused = Chain(node).send_and_wait(Wallet::fresh(), {}, {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("NoSlots"), std::string::npos);
}

TEST(Chain, ManyCallsGoOutBeforeTheFirstIsWaitedFor) {
  ScriptedChain node;
  mine_at_once(node);
  int sent = 0, sent_before_the_first_wait = 0;
  node.on("eth_sendRawTransaction", [&](const json&) { return ++sent, json("0x"); });
  node.on("eth_getTransactionReceipt", [&](const json& parameters) {
    if (sent_before_the_first_wait == 0) sent_before_the_first_wait = sent;
    return receipt_for(parameters[0]);
  });
  const Wallet one = Wallet::fresh(), other = Wallet::fresh();
  const std::vector<Call> calls = {{&one, {}, {1}}, {&one, {}, {2}}, {&other, {}, {3}, 4}};
  EXPECT_EQ(Chain(node).send_all(calls).value_or_stop().size(), 3u);
  EXPECT_EQ(sent_before_the_first_wait, 3);
  EXPECT_TRUE(Chain(node).send_all({}).value_or_stop().empty());
}

TEST(Chain, OfManyCallsTheFirstRefusalIsToldAfterTheOthersWereWaitedFor) {
  ScriptedChain node;
  mine_at_once(node);
  const Wallet wallet = Wallet::fresh();
  const std::vector<Call> calls = {{&wallet, {}, {1}}, {&wallet, {}, {2}}, {&wallet, {}, {3}}};
  int estimates = 0;
  node.on("eth_estimateGas", [&](const json&) {
    return ++estimates == 2 ? complaint("execution reverted", bytes_text(call_data("NoSlots()"))) : json("0x5208");
  });
  const auto refused = Chain(node).send_all(calls);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("NoSlots"), std::string::npos);
  EXPECT_EQ(node.calls("eth_sendRawTransaction"), 1) << "nothing is sent after a refusal";
  EXPECT_EQ(node.calls("eth_getTransactionReceipt"), 1) << "what was sent is waited for";

  ScriptedChain reverting;
  mine_at_once(reverting, "0x0");
  reverting.on("eth_call", [](const json&) { return complaint("reverted", bytes_text(call_data("NoReleases()"))); });
  const auto reverted = Chain(reverting).send_all(calls);
  ASSERT_FALSE(reverted);
  EXPECT_NE(reverted.error().message.find("NoReleases"), std::string::npos);
  EXPECT_EQ(reverting.calls("eth_getTransactionReceipt"), 3);
}

TEST(Chain, AnotherTransactionsReceiptIsRefused) {
  ScriptedChain node;
  mine_at_once(node);
  node.on("eth_getTransactionReceipt", [](const json&) { return receipt_for("0x" + std::string(64, 'a')); });
  EXPECT_EQ(Chain(node).send_and_wait(Wallet::fresh(), {}, {}).error().code, Code::kCorrupt);
}

TEST(Chain, WaitingForAReceiptEnds) {
  ScriptedChain node;
  mine_at_once(node);
  node.on("eth_getTransactionReceipt", json());
  const auto sent = Chain(node, {.receipt_timeout_ms = 30}).send_and_wait(Wallet::fresh(), {}, {});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kUnavailable);
  EXPECT_NE(sent.error().message.find("may still be mined"), std::string::npos);
}

// Two transactions before it were never sent: whoever waits learns for what.
TEST(Chain, AGapInAnAccountsNumbersIsNamed) {
  ScriptedChain node;
  mine_at_once(node);
  node.on("eth_getTransactionReceipt", json());
  node.on("eth_getTransactionCount",
          [](const json& parameters) -> json { return parameters[1] == "pending" ? "0x7" : "0x5"; });
  const auto sent = Chain(node, {.receipt_timeout_ms = 30}).send_and_wait(Wallet::fresh(), {}, {});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kUnavailable);
  EXPECT_NE(sent.error().message.find("its number is 7 and the account's next one is 5"), std::string::npos)
      << sent.error().message;
  node.on("eth_getTransactionCount", "0x7");
  const auto slow = Chain(node, {.receipt_timeout_ms = 30}).send_and_wait(Wallet::fresh(), {}, {});
  EXPECT_EQ(slow.error().message.find("its number"), std::string::npos) << "nothing is missing, the chain is slow";
}

// A lying node must not get a signature that is worth something on another chain.
TEST(Chain, TheChainIdIsRememberedAndCannotChange) {
  ScriptedChain node;
  Chain chain(node);
  EXPECT_EQ(chain.chain_id().value_or_stop(), 31337u);
  node.on("eth_chainId", "0x1");
  EXPECT_EQ(chain.chain_id().value_or_stop(), 31337u);
}

TEST(Chain, AbsurdFeesAreNotPaid) {
  ScriptedChain node;
  mine_at_once(node);
  node.on("eth_maxPriorityFeePerGas", "0xffffffffffffffffffff");
  EXPECT_EQ(Chain(node).send_and_wait(Wallet::fresh(), {}, {}).error().code, Code::kLimit);
  EXPECT_EQ(node.calls("eth_sendRawTransaction"), 0);
}

TEST(Chain, LogsAreReadStrictly) {
  ScriptedChain node;
  const json good = {{"address", "0x" + std::string(40, 'c')},
                     {"topics", json::array({"0x" + std::string(64, '1')})},
                     {"data", "0x00ff"},
                     {"blockNumber", "0x3"},
                     {"transactionHash", "0x" + std::string(64, '2')}};
  node.on("eth_getLogs", json::array({good}));
  const auto logs = Chain(node).logs({}).value_or_stop();
  ASSERT_EQ(logs.size(), 1u);
  EXPECT_EQ(logs[0].block, 3u);
  EXPECT_EQ(logs[0].data, (Bytes{0x00, 0xff}));
  for (const char* field : {"address", "topics", "data", "blockNumber", "transactionHash"}) {
    json bad = good;
    bad[field] = 7;
    node.on("eth_getLogs", json::array({good, bad}));
    EXPECT_FALSE(Chain(node).logs({})) << field;
  }
}

TEST(Chain, ATransactionIsReadStrictlyAndOnlyTheOneAskedFor) {
  ScriptedChain node;
  const Hash256 hash = Sha256("a transaction").finish();
  const json good = {{"hash", "0x" + hash.hex()},
                     {"from", "0x" + std::string(40, 'a')},
                     {"to", "0x" + std::string(40, 'b')},
                     {"input", "0x00ff"}};
  node.on("eth_getTransactionByHash", good);
  const SentTransaction read = Chain(node).transaction(hash).value_or_stop();
  EXPECT_EQ(read.input, (Bytes{0x00, 0xff}));
  EXPECT_TRUE(std::ranges::all_of(read.to->bytes, [](std::uint8_t byte) { return byte == 0xbb; }));
  EXPECT_EQ(Chain(node).transaction(Hash256{}).error().code, Code::kCorrupt);
  for (const char* field : {"hash", "from", "to", "input"}) {
    json bad = good;
    bad[field] = 7;
    node.on("eth_getTransactionByHash", bad);
    EXPECT_FALSE(Chain(node).transaction(hash)) << field;
  }
  node.on("eth_getTransactionByHash", json());
  EXPECT_EQ(Chain(node).transaction(hash).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace mc::governance
