// SPDX-License-Identifier: Apache-2.0
// Privacy budgets against the real contracts on a real chain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "governance/commons_chain.hpp"
#include "governance/testing/commons_on_anvil.hpp"

namespace mc::governance {
namespace {

using ::testing::HasSubstr;
using testing::named;
using testing::refusal;

class CommonsBudgetsTest : public testing::CommonsChainTest {
 protected:
  void SetUp() override {
    CommonsChainTest::SetUp();
    if (!commons) return;
    ASSERT_TRUE(commons->found_dataset(hospital_a, {guarded, 8192, false, 300'000}));
    ASSERT_TRUE(commons->set_consent_root(store, guarded, named("consent root")));
  }

  [[nodiscard]] Hash256 guarded_study(const Wallet& requester) {
    StudyProposal proposed = proposal();
    proposed.dataset = guarded;
    proposed.rho_micro = 250'000;
    proposed.releases_max = 9;
    return active_study(requester, proposed);
  }

  [[nodiscard]] Result<Receipt> ask(const Hash256& study, std::uint32_t number, std::uint64_t rho_micro,
                                    std::uint64_t rho_counts_micro = 0) const {
    return commons->authorise(researcher, asking(study, number, rho_micro, rho_counts_micro), kOpened);
  }

  [[nodiscard]] Authorisation asking(const Hash256& study, std::uint32_t number, std::uint64_t rho_micro,
                                     std::uint64_t rho_counts_micro = 0) const {
    Authorisation a = authorisation(study, number);
    a.rho_micro = rho_micro;
    a.rho_counts_micro = rho_counts_micro;
    return a;
  }

  nlohmann::json rpc(std::string_view method, const nlohmann::json& parameters = nlohmann::json::array()) {
    const auto reply = anvil->transport().post(
        nlohmann::json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", parameters}}.dump());
    EXPECT_TRUE(reply) << method;
    return reply ? nlohmann::json::parse(*reply)["result"] : nlohmann::json();
  }

  const Hash256 guarded = dataset_id("guarded");
};

TEST_F(CommonsBudgetsTest, WhatAnAnswerCostsIsDebitedFromStudyAndDataSet) {
  EXPECT_EQ(commons->dataset(guarded).value_or_stop(), (Dataset{guarded, 8192, false, 300'000}));
  const Hash256 study = guarded_study(researcher);
  EXPECT_EQ(commons->budget_of(study).value_or_stop(), (Budget{250'000, 0, 0}));
  ASSERT_TRUE(ask(study, 1, 240'000, 40'000));
  const RecordedAuthorisation recorded = commons->authorisation(study, 1).value_or_stop();
  EXPECT_EQ(recorded.authorisation, asking(study, 1, 240'000, 40'000));
  EXPECT_EQ(recorded.epoch, Epoch{1});
  EXPECT_EQ(commons->budget_of(study).value_or_stop(), (Budget{250'000, 240'000, 0}));
  EXPECT_EQ(commons->budget_of(study).value_or_stop().left_micro(), 10'000u);
  EXPECT_EQ(commons->spent_on(guarded).value_or_stop(), (Budget{300'000, 240'000, 0}));
  EXPECT_THAT(refusal(ask(study, 2, 250'000)), HasSubstr("has 0.01 left, 0.25 was asked: propose a new study"));
  EXPECT_THAT(refusal(ask(study, 2, 0)), HasSubstr("costs more than 0"));
  EXPECT_THAT(refusal(ask(study, 2, 5, 6)), HasSubstr("0.000005 was asked, 0.000006 of it for the counts"));
  EXPECT_EQ(commons->budget_of(study).value_or_stop().spent_micro, 240'000u) << "what is refused costs nothing";
  EXPECT_EQ(commons->budget_of(named("nothing")).error().code, Code::kNotFound);
}

TEST_F(CommonsBudgetsTest, ExactDataHasNoBudgetAndGuardedDataHasOne) {
  EXPECT_THAT(refusal(commons->found_dataset(hospital_a, {named("x"), 8192, false, 0})), HasSubstr("budget of 0"));
  EXPECT_THAT(refusal(commons->found_dataset(hospital_a, {named("x"), 8192, true, 1})), HasSubstr("DatasetBudget"));
  ASSERT_TRUE(commons->set_consent_root(store, dataset, named("consent root")));
  const Hash256 study = active_study();
  EXPECT_THAT(refusal(ask(study, 1, 10'000)), HasSubstr("is exact: nothing is debited there, and 0.01 was asked"));
  ASSERT_TRUE(ask(study, 1, 0));
  EXPECT_EQ(commons->spent_on(dataset).value_or_stop(), Budget{});
}

// Both studies have enough of their own, and the data set has enough for either: both are found good when they are
// sent, and the same block holds both.
TEST_F(CommonsBudgetsTest, OfTwoReleasesInOneBlockTheDataSetsBudgetPaysForOne) {
  const std::array<const Wallet*, 2> requesters{&researcher, &rival};
  const std::array<Hash256, 2> studies{guarded_study(researcher), guarded_study(rival)};
  std::array<std::string, 2> refusals;
  std::vector<std::thread> threads;
  std::atomic<int> ended = 0;
  rpc("evm_setAutomine", {false});
  const auto start = [&] {
    for (std::size_t i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        Chain own(anvil->transport());
        refusals[i] = refusal(CommonsChain(own, commons->deployment())
                                  .authorise(*requesters[i], asking(studies[i], 1, 200'000), kOpened));
        ++ended;
      });
    }
    while (ended == 0 && rpc("txpool_status")["pending"] != "0x2") {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return rpc("txpool_status")["pending"] == "0x2";
  };
  // Whoever has gas estimated after the other's transaction is pending is refused before she sends: then once more.
  for (int tries = 0; tries < 20; ++tries) {
    const auto snapshot = rpc("evm_snapshot");
    ended = 0;
    if (start()) break;
    rpc("evm_mine");
    for (std::thread& thread : threads) thread.join();
    threads.clear();
    ASSERT_EQ(rpc("evm_revert", nlohmann::json::array({snapshot})), true);
  }
  ASSERT_EQ(threads.size(), 2u) << "never were both transactions pending";
  const std::uint64_t before = chain->block_number().value_or_stop();
  rpc("evm_mine");
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(chain->block_number().value_or_stop(), before + 1);
  EXPECT_NE(refusals[0].empty(), refusals[1].empty()) << refusals[0] << " / " << refusals[1];
  EXPECT_EQ(commons->spent_on(guarded).value_or_stop(), (Budget{300'000, 200'000, 0}));
  EXPECT_EQ(commons->releases_used(studies[0]).value_or_stop() + commons->releases_used(studies[1]).value_or_stop(),
            1u);
  EXPECT_EQ(rpc("eth_getBlockTransactionCountByNumber", {"latest"}), "0x2");
}

TEST_F(CommonsBudgetsTest, WhatEveryCustodianRefusedIsGivenBackOnceButForItsCounts) {
  const Hash256 study = guarded_study(researcher);
  EXPECT_EQ(commons->refuse(custodians[0], study, 1).error().code, Code::kNotFound);
  ASSERT_TRUE(ask(study, 1, 240'000, 40'000));
  EXPECT_THAT(refusal(commons->refuse(patient, study, 1)), HasSubstr("is not a custodian of epoch 1"));
  ASSERT_TRUE(commons->refuse(custodians[0], study, 1));
  EXPECT_EQ(commons->refuse(custodians[0], study, 1).error().code, Code::kConflict);
  ASSERT_TRUE(commons->refuse(custodians[2], study, 1));
  EXPECT_EQ(commons->refusals(study, 1).value_or_stop(), 0b101u);
  EXPECT_FALSE(commons->is_voided(study, 1).value_or_stop());
  EXPECT_EQ(commons->budget_of(study).value_or_stop().spent_micro, 240'000u);
  ASSERT_TRUE(commons->refuse(custodians[1], study, 1));
  EXPECT_TRUE(commons->is_voided(study, 1).value_or_stop());
  EXPECT_EQ(commons->budget_of(study).value_or_stop(), (Budget{250'000, 40'000, 200'000}));
  EXPECT_EQ(commons->spent_on(guarded).value_or_stop(), (Budget{300'000, 40'000, 200'000}));
  EXPECT_EQ(commons->refuse(custodians[1], study, 1).error().code, Code::kConflict);
  EXPECT_EQ(commons->releases_used(study).value_or_stop(), 1u) << "the release stays used";
  ASSERT_TRUE(ask(study, 2, 210'000)) << "what was given back can be spent again";
  EXPECT_EQ(commons->budget_of(study).value_or_stop().left_micro(), 0u);
}

}  // namespace
}  // namespace mc::governance
