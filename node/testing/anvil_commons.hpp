// SPDX-License-Identifier: Apache-2.0
// For tests: a founded commons on a real chain, with the members of a local one. Skips where anvil is not installed.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/testing/temporary_folder.hpp"
#include "client/key_file.hpp"
#include "node/anvil.hpp"
#include "node/local_members.hpp"
#include "node/rpc_http.hpp"

namespace mc::node::testing {

class AnvilCommons : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto program = find_anvil(MC_SOURCE_DIR);
    if (!program) GTEST_SKIP() << program.error().message;
    AnvilSpec spec;
    spec.program = *program;
    spec.directory = folder_ / "chain";
    anvil_ = AnvilChain::start(spec).value_or_stop();
    rpc_ = std::make_unique<HttpRpc>(anvil_->url());
    chain_ = std::make_unique<governance::Chain>(*rpc_);
    found();
  }

  void found() {
    record_.cohorts = {{"a", "/a.csv", {}, "1"}, {"b", "/b.csv", {}, "1"}};
    members_ = local_members(paths_, record_).value_or_stop();
    store_wallet_ = std::make_unique<governance::Wallet>(governance::Wallet::fresh());
    governance::FoundingSpec spec;
    for (const LocalMember& member : members_) spec.members.push_back({member.wallet.address(), member.chamber});
    spec.node_operators = {store_wallet_->address()};
    governance::Committee committee;
    committee.threshold = 2;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto identity = protocol::CustodianIdentity(fresh_key()).public_identity();
      document_.custodians.push_back({"", protocol::encode_public_identity(identity)});
      committee.custodians.push_back({governance::Wallet::fresh().address(), protocol::hash_public_identity(identity)});
    }
    spec.committee = committee;
    document_.dataset = "commons";
    spec.datasets = {{governance::dataset_id(document_.dataset), 8192, true}};
    const std::vector<LocalMember> officers = local_officers(paths_).value_or_stop();
    for (const LocalMember& officer : officers) spec.ethics_board.push_back(officer.wallet.address());
    spec.study_timelock_s = 1;
    spec.endowment = 1'000'000'000'000'000'000ULL;
    const governance::Wallet founder = governance::Wallet::fresh();
    fund(founder.address());
    document_.deployment = governance::deploy_all(*chain_, founder, spec).value_or_stop();
    document_.chain_url = anvil_->url();
    commons_ = std::make_unique<governance::CommonsChain>(*chain_, document_.deployment);
  }

  void fund(const governance::Address& account) {
    using nlohmann::json;
    const auto ask = [&](const char* method, const json& parameters) {
      const json request = {{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", parameters}};
      return json::parse(rpc_->post(request.dump()).value_or_stop())["result"];
    };
    const json accounts = ask("eth_accounts", json::array());
    (void)ask("eth_sendTransaction",
              json::array({{{"from", accounts[0]}, {"to", account.text()}, {"value", "0x56bc75e2d63100000"}}}));
  }

  mc::testing::TemporaryFolder folder_;
  LocalPaths paths_{folder_.path()};
  LocalRecord record_;
  std::vector<LocalMember> members_;
  std::unique_ptr<governance::Wallet> store_wallet_;
  client::CommonsDocument document_;
  std::unique_ptr<AnvilChain> anvil_;
  std::unique_ptr<HttpRpc> rpc_;
  std::unique_ptr<governance::Chain> chain_;
  std::unique_ptr<governance::CommonsChain> commons_;
};

}  // namespace mc::node::testing
