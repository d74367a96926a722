// SPDX-License-Identifier: Apache-2.0
#include "node/anvil.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/file.hpp"
#include "node/process.hpp"
#include "node/rpc_http.hpp"

namespace mc::node {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

constexpr const char* kReceiver = "0x00000000000000000000000000000000000000aa";

Json rpc(const std::string& url, const std::string& method, Json parameters = Json::array()) {
  HttpRpc transport(url);
  const Json request{{"jsonrpc", "2.0"}, {"id", 7}, {"method", method}, {"params", std::move(parameters)}};
  const auto reply = transport.post(request.dump());
  if (!reply) return {{"unreachable", reply.error().message}};
  const Json parsed = Json::parse(*reply, nullptr, false);
  return parsed.contains("result") ? parsed["result"] : parsed;
}

std::string balance(const std::string& url) {
  return rpc(url, "eth_getBalance", {kReceiver, "latest"}).dump();
}

Json send_one_wei(const std::string& url) {
  const Json accounts = rpc(url, "eth_accounts");
  if (!accounts.is_array()) return accounts;
  return rpc(url, "eth_sendTransaction",
             Json::array({{{"from", accounts.at(0)}, {"to", kReceiver}, {"value", "0x1"}}}));
}

/// Skips where anvil is not installed.
class Anvil : public ::testing::Test {
 protected:
  void SetUp() override {
    auto program = find_anvil(MC_SOURCE_DIR);
    if (!program) GTEST_SKIP() << program.error().message;
    std::string name = (std::filesystem::temp_directory_path() / "medcommons-chain-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    spec_.program = *program;
    spec_.directory = folder_ / "chain";
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  std::filesystem::path folder_;
  AnvilSpec spec_;
};

TEST_F(Anvil, StartsWithItsChainIdAndFundedAccounts) {
  spec_.chain_id = 4242;
  spec_.accounts = 3;
  const auto chain = AnvilChain::start(spec_).value_or_stop();
  EXPECT_TRUE(chain->is_alive());
  EXPECT_EQ(rpc(chain->url(), "eth_chainId"), "0x1092");
  EXPECT_EQ(rpc(chain->url(), "eth_accounts").size(), 3U);
}

TEST_F(Anvil, StateSurvivesAnOrderlyEnd) {
  {
    const auto chain = AnvilChain::start(spec_).value_or_stop();
    ASSERT_TRUE(send_one_wei(chain->url()).is_string());
    chain->stop();
    EXPECT_FALSE(chain->is_alive());
  }
  const auto chain = AnvilChain::start(spec_).value_or_stop();
  EXPECT_EQ(balance(chain->url()), "\"0x1\"");
  EXPECT_EQ(rpc(chain->url(), "eth_blockNumber"), "0x1");
}

TEST_F(Anvil, ReceiptsLogsAndNoncesSurviveARestart) {
  Json hash;
  {
    const auto chain = AnvilChain::start(spec_).value_or_stop();
    const Json from = rpc(chain->url(), "eth_accounts").at(0);
    // A constructor that emits one empty log.
    hash = rpc(chain->url(), "eth_sendTransaction", Json::array({{{"from", from}, {"data", "0x60006000a000"}}}));
    ASSERT_TRUE(hash.is_string()) << hash;
  }
  const auto chain = AnvilChain::start(spec_).value_or_stop();
  const Json from = rpc(chain->url(), "eth_accounts").at(0);
  EXPECT_EQ(rpc(chain->url(), "eth_getTransactionReceipt", {hash})["status"], "0x1");
  EXPECT_EQ(rpc(chain->url(), "eth_getLogs", Json::array({{{"fromBlock", "0x0"}}})).size(), 1U);
  EXPECT_EQ(rpc(chain->url(), "eth_getTransactionCount", {from, "latest"}), "0x1");
  ASSERT_TRUE(send_one_wei(chain->url()).is_string());
  EXPECT_EQ(rpc(chain->url(), "eth_blockNumber"), "0x2");
}

/// The chain in a process of its own, to be killed like one.
struct ChainProcess {
  pid_t pid = 0;
  std::string url;
};

ChainProcess start_chain_process(const AnvilSpec& spec) {
  int ends[2];
  MC_CHECK(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    auto chain = AnvilChain::start(spec);
    const std::string url = chain ? (*chain)->url() : "";
    [[maybe_unused]] const ssize_t written = ::write(ends[1], url.data(), url.size());
    ::close(ends[1]);
    while (chain && (*chain)->is_alive()) std::this_thread::sleep_for(10ms);
    ::_exit(chain ? 0 : 1);
  }
  ::close(ends[1]);
  std::string url(64, '\0');
  const ssize_t got = ::read(ends[0], url.data(), url.size());
  ::close(ends[0]);
  url.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  return {pid, url};
}

TEST_F(Anvil, WhatWasAcknowledgedSurvivesKill9AtAnyMoment) {
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < 5; ++round) {
    const ChainProcess chain = start_chain_process(spec_);
    ASSERT_FALSE(chain.url.empty());
    const Json found = rpc(chain.url, "eth_getBalance", {kReceiver, "latest"});
    ASSERT_TRUE(found.is_string()) << found;
    const std::uint64_t kept = std::stoull(found.get<std::string>(), nullptr, 16);
    // One more may have been made and saved whose answer was cut off by the kill.
    ASSERT_GE(kept, acknowledged);
    ASSERT_LE(kept, acknowledged + 1);
    acknowledged = kept;
    std::atomic<bool> killed = false;
    std::thread killer([&] {
      std::this_thread::sleep_for(100ms + round * 37ms);
      killed = true;
      ::kill(chain.pid, SIGKILL);
    });
    while (true) {
      const Json sent = send_one_wei(chain.url);
      if (!sent.is_string()) break;
      ++acknowledged;
    }
    killer.join();
    EXPECT_TRUE(killed);
    ::waitpid(chain.pid, nullptr, 0);
  }
  EXPECT_GT(acknowledged, 10U);
}

TEST_F(Anvil, NeverOutlivesTheProcessThatHoldsItsDoor) {
  const ChainProcess chain = start_chain_process(spec_);
  ASSERT_FALSE(chain.url.empty());
  std::ifstream children("/proc/" + std::to_string(chain.pid) + "/task/" + std::to_string(chain.pid) + "/children");
  pid_t anvil = 0;
  if (!(children >> anvil)) {
    ::kill(chain.pid, SIGKILL);
    ::waitpid(chain.pid, nullptr, 0);
    GTEST_SKIP() << "this kernel does not list the children of a process";
  }
  const auto handle = process_handle(anvil).value_or_stop();
  ::kill(chain.pid, SIGKILL);
  ::waitpid(chain.pid, nullptr, 0);
  for (int i = 0; i < 500 && is_alive(handle); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_FALSE(is_alive(handle));
}

TEST_F(Anvil, ItsOwnPowersStayBehindTheDoor) {
  const auto chain = AnvilChain::start(spec_).value_or_stop();
  for (const std::string method : {"anvil_setBalance", "anvil_impersonateAccount", "evm_increaseTime",
                                   "debug_traceTransaction", "hardhat_setCode", "", "eth"}) {
    const Json reply = rpc(chain->url(), method);
    ASSERT_TRUE(reply.contains("error")) << method;
    EXPECT_EQ(reply["error"]["code"], -32601) << method;
    EXPECT_EQ(reply["id"], 7);
  }
  HttpRpc transport(chain->url());
  for (const std::string text :
       {R"([{"jsonrpc":"2.0","id":1,"method":"eth_chainId"},{"jsonrpc":"2.0","id":2,"method":"anvil_dumpState"}])",
        R"([[{"method":"anvil_dumpState"}]])", "[7]", "{}", "null", "{\"method\":7}", "nonsense", ""}) {
    const auto reply = transport.post(text);
    ASSERT_TRUE(reply) << text;
    EXPECT_TRUE(Json::parse(*reply).contains("error")) << text;
  }
  EXPECT_EQ(rpc(chain->url(), "eth_chainId"), "0x7a69");
}

TEST_F(Anvil, ATransactionThatFailsIsReportedAndChangesNothing) {
  const auto chain = AnvilChain::start(spec_).value_or_stop();
  const Json reply = rpc(chain->url(), "eth_sendRawTransaction", {"0x00"});
  EXPECT_TRUE(reply.contains("error"));
  EXPECT_EQ(rpc(chain->url(), "eth_blockNumber"), "0x0");
}

TEST_F(Anvil, ADamagedStateIsRefusedAndKept) {
  std::filesystem::create_directories(spec_.directory);
  ASSERT_TRUE(write_file_atomically(spec_.directory / "state.gz", view_of("not a state")));
  const auto chain = AnvilChain::start(spec_);
  ASSERT_FALSE(chain);
  EXPECT_EQ(chain.error().code, Code::kCorrupt);
  EXPECT_TRUE(chain.error().message.starts_with((spec_.directory / "state.gz").string() +
                                                ": is not a state that anvil accepts"));
  EXPECT_EQ(read_text_file(spec_.directory / "state.gz", 100).value_or_stop(), "not a state");
}

TEST_F(Anvil, APortInUseIsNamed) {
  const auto chain = AnvilChain::start(spec_).value_or_stop();
  AnvilSpec second = spec_;
  second.directory = folder_ / "second";
  second.port = chain->port();
  const auto refused = AnvilChain::start(second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "port " + std::to_string(chain->port()) + " on 127.0.0.1 is in use");
}

TEST_F(Anvil, ItsDeathIsNoticed) {
  spec_.program = "/bin/false";
  const auto chain = AnvilChain::start(spec_);
  ASSERT_FALSE(chain);
  EXPECT_EQ(chain.error().code, Code::kUnavailable);
}

TEST_F(Anvil, ManyWritersAndReadersAreServed) {
  const auto chain = AnvilChain::start(spec_).value_or_stop();
  std::atomic<int> sent = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        sent += send_one_wei(chain->url()).is_string() ? 1 : 0;
        EXPECT_TRUE(rpc(chain->url(), "eth_blockNumber").is_string());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sent, 40);
  EXPECT_EQ(balance(chain->url()), "\"0x28\"");
}

TEST(FindAnvil, TheEnvironmentDecidesAndAWrapperScriptIsNotTheProgram) {
  const char* before = std::getenv("MEDCOMMONS_ANVIL");
  const std::string kept = before != nullptr ? before : "";
  ::setenv("MEDCOMMONS_ANVIL", "/bin/sleep", 1);
  EXPECT_EQ(find_anvil("/nowhere").value_or_stop(), "/bin/sleep");
  ::setenv("MEDCOMMONS_ANVIL", "/nowhere/anvil", 1);
  EXPECT_EQ(find_anvil("/nowhere").error().code, Code::kNotFound);
  ::setenv("MEDCOMMONS_ANVIL", "/etc/passwd", 1);
  EXPECT_EQ(find_anvil("/nowhere").error().code, Code::kNotFound);
  kept.empty() ? ::unsetenv("MEDCOMMONS_ANVIL") : ::setenv("MEDCOMMONS_ANVIL", kept.c_str(), 1);
}

}  // namespace
}  // namespace mc::node
