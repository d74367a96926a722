// SPDX-License-Identifier: Apache-2.0
// The real contracts on a real chain: anvil, started by the test on a free loopback port. For tests only.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "governance/commons_chain.hpp"
#include "governance/duo.hpp"

namespace mc::governance::testing {

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline std::uint16_t free_port() {
  const int handle = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  MC_CHECK(bind(handle, reinterpret_cast<sockaddr*>(&address), size) == 0);
  MC_CHECK(getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(handle);
  return ntohs(address.sin_port);
}

// One HTTP/1.0 request a connection: the least that a test needs.
class LoopbackTransport : public RpcTransport {
 public:
  explicit LoopbackTransport(std::uint16_t port) : port_(port) {}

  Result<std::string> post(std::string_view json) override {
    const int handle = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(port_);
    if (connect(handle, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      close(handle);
      return fail(Code::kUnavailable, "nobody listens");
    }
    std::string request =
        "POST / HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) +
        "\r\n\r\n";
    request += json;
    for (std::size_t sent = 0; sent < request.size();) {
      const ssize_t wrote = send(handle, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
      if (wrote <= 0) break;
      sent += static_cast<std::size_t>(wrote);
    }
    std::string reply;
    char buffer[65536];
    for (ssize_t got; (got = recv(handle, buffer, sizeof buffer, 0)) > 0;)
      reply.append(buffer, static_cast<std::size_t>(got));
    close(handle);
    const std::size_t body = reply.find("\r\n\r\n");
    if (body == std::string::npos) return fail(Code::kUnavailable, "no reply");
    return reply.substr(body + 4);
  }

 private:
  std::uint16_t port_;
};

inline std::filesystem::path anvil_program() {
  const std::filesystem::path modules =
      std::filesystem::path(MC_SOURCE_DIR) / "contracts" / "node_modules" / "@foundry-rs";
  for (const char* package : {"anvil-linux-amd64", "anvil-linux-arm64"}) {
    const auto program = modules / package / "bin" / "anvil";
    if (std::filesystem::exists(program)) return program;
  }
  return {};
}

class Anvil {
 public:
  Anvil() : port_(free_port()), transport_(port_) {
    const std::string program = anvil_program();
    const std::string port = std::to_string(port_);
    process_ = fork();
    MC_CHECK(process_ >= 0);
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves no chain behind
      const int nothing = open("/dev/null", O_RDWR);
      for (const int stream : {0, 1, 2}) dup2(nothing, stream);
      execl(program.c_str(), program.c_str(), "--port", port.c_str(), "--silent", "--no-request-size-limit", nullptr);
      _exit(127);
    }
  }
  ~Anvil() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  Anvil(const Anvil&) = delete;
  Anvil& operator=(const Anvil&) = delete;

  [[nodiscard]] bool ready() {
    for (int tries = 0; tries < 200; ++tries) {
      if (transport_.post(R"({"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]})")) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }
  RpcTransport& transport() { return transport_; }
  void pass_time(std::uint64_t seconds) {
    for (const auto& [method, parameters] :
         {std::pair<std::string, nlohmann::json>{"evm_increaseTime", nlohmann::json::array({seconds})},
          {"evm_mine", nlohmann::json::array()}}) {
      EXPECT_TRUE(transport_.post(
          nlohmann::json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", parameters}}.dump()));
    }
  }

 private:
  std::uint16_t port_;
  LoopbackTransport transport_;
  pid_t process_ = -1;
};

// The first account of anvil's published development mnemonic; it owns 10,000 test ether.
inline Wallet rich_wallet() {
  const Bytes secret = from_hex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80").value_or_stop();
  return Wallet::create(SecretKey256(std::span<const std::uint8_t, 32>(secret.data(), 32))).value_or_stop();
}

inline Hash256 named(std::string_view text) {
  return sha256(view_of(text));
}

inline constexpr std::uint32_t kVotingPeriod = 600;
inline constexpr std::uint64_t kStudyTimelock = 300;

class CommonsChainTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (anvil_program().empty())
      GTEST_SKIP() << "contracts/node_modules is missing: run `npm ci` in contracts/ to test against a chain";
    anvil = std::make_unique<Anvil>();
    ASSERT_TRUE(anvil->ready());
    chain = std::make_unique<Chain>(anvil->transport());
    FoundingSpec specification;
    specification.members = {{patient.address(), Chamber::kPatients},
                             {hospital_a.address(), Chamber::kProviders},
                             {hospital_b.address(), Chamber::kProviders},
                             {researcher.address(), Chamber::kResearchers},
                             {rival.address(), Chamber::kResearchers}};
    specification.node_operators = {store.address()};
    specification.committee = Committee{Epoch{1}, 2, {}};
    for (const Wallet& custodian : custodians)
      specification.committee->custodians.push_back({custodian.address(), named("identity")});
    specification.datasets = {{dataset, 8192, true, 0}};
    specification.voting_period_s = kVotingPeriod;
    specification.study_timelock_s = kStudyTimelock;
    for (const Wallet& member : board) specification.ethics_board.push_back(member.address());
    specification.auditors = {auditor.address()};
    specification.endowment = 1'000'000'000'000'000'000;
    auto deployed = deploy_all(*chain, founder, specification);
    ASSERT_TRUE(deployed) << deployed.error().message;
    commons = std::make_unique<CommonsChain>(*chain, *deployed);
  }

  [[nodiscard]] StudyProposal proposal() {
    return {.content = named("content"),
            .dataset = dataset,
            .use = kHealthMedicalResearch,
            .plans = {named("plan 1"), named("plan 2")},
            .requester_key = named("requester key"),
            .releases_max = 2,
            .expiry_s = chain->latest_block().value_or_stop().time_s + 100'000};
  }
  [[nodiscard]] Hash256 approved_study() { return approved_study(researcher, proposal()); }
  [[nodiscard]] Hash256 approved_study(const Wallet& requester, const StudyProposal& proposed) {
    const Hash256 study = commons->propose(requester, proposed).value_or_stop();
    for (const Wallet* member : {&patient, &hospital_a, &hospital_b, &researcher, &rival}) {
      EXPECT_TRUE(commons->vote(*member, study, true));
    }
    EXPECT_EQ(commons->execute(researcher, study).value_or_stop(), StudyState::kApproved);
    return study;
  }
  [[nodiscard]] Hash256 active_study() { return active_study(researcher, proposal()); }
  [[nodiscard]] Hash256 active_study(const Wallet& requester, const StudyProposal& proposed) {
    const Hash256 study = approved_study(requester, proposed);
    anvil->pass_time(kStudyTimelock);
    EXPECT_TRUE(commons->activate(researcher, study));
    return study;
  }
  const std::vector<Hash256> kOpened{named("multiplicand 1"), named("multiplicand 2")};
  [[nodiscard]] Authorisation authorisation(const Hash256& study, std::uint32_t number) const {
    return {.study = study,
            .release_number = number,
            .plan = named("plan 1"),
            .data_root = named("data root"),
            .consent_root = named("consent root"),
            .mask = named("mask"),
            .result = named("result"),
            .requester_key = named("requester key"),
            .sigmas = named("sigmas"),
            .hash = named("authorisation " + std::to_string(number))};
  }

  Wallet founder = rich_wallet();
  Wallet patient = Wallet::fresh(), hospital_a = Wallet::fresh(), hospital_b = Wallet::fresh();
  Wallet researcher = Wallet::fresh(), rival = Wallet::fresh(), store = Wallet::fresh();
  std::array<Wallet, 3> custodians = {Wallet::fresh(), Wallet::fresh(), Wallet::fresh()};
  std::array<Wallet, 3> board = {Wallet::fresh(), Wallet::fresh(), Wallet::fresh()};
  Wallet auditor = Wallet::fresh();
  Hash256 dataset = dataset_id("commons");
  std::unique_ptr<Anvil> anvil;
  std::unique_ptr<Chain> chain;
  std::unique_ptr<CommonsChain> commons;
};

// What the chain said against it; empty when it did not.
template <class T>
std::string refusal(const Result<T>& result) {
  return result ? std::string() : result.error().message;
}

}  // namespace mc::governance::testing
