// SPDX-License-Identifier: Apache-2.0
// Another total for a data set's privacy budget, against the real contracts on a real chain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "governance/commons_chain.hpp"
#include "governance/testing/commons_on_anvil.hpp"

namespace mc::governance {
namespace {

using ::testing::HasSubstr;
using testing::kStudyTimelock;
using testing::kVotingPeriod;
using testing::named;
using testing::refusal;

class CommonsTotalsTest : public testing::CommonsChainTest {
 protected:
  void SetUp() override {
    CommonsChainTest::SetUp();
    if (!commons) return;
    ASSERT_TRUE(commons->found_dataset(hospital_a, {guarded, 8192, false, 300'000}));
    ASSERT_TRUE(commons->set_consent_root(store, guarded, named("consent root")));
  }

  [[nodiscard]] std::uint64_t approved(const Hash256& of, std::uint64_t rho_micro) {
    const std::uint64_t number = commons->propose_total(patient, of, rho_micro).value_or_stop();
    for (const Wallet* member : {&patient, &hospital_a, &hospital_b, &researcher, &rival}) {
      EXPECT_TRUE(commons->vote_total(*member, number, true));
    }
    EXPECT_EQ(commons->decide_total(store, number).value_or_stop(), TotalState::kApproved);
    return number;
  }

  [[nodiscard]] Hash256 spend(std::uint64_t rho_micro) {
    StudyProposal proposed = proposal();
    proposed.dataset = guarded;
    proposed.rho_micro = rho_micro;
    const Hash256 study = active_study(researcher, proposed);
    Authorisation a = authorisation(study, 1);
    a.rho_micro = rho_micro;
    EXPECT_TRUE(commons->authorise(researcher, a, kOpened));
    return study;
  }

  const Hash256 guarded = dataset_id("guarded");
};

TEST_F(CommonsTotalsTest, TheChambersRaiseWhatAllAnswersMayCost) {
  EXPECT_EQ(commons->total_count().value_or_stop(), 0u);
  EXPECT_EQ(commons->propose_total(store, guarded, 5).error().code, Code::kRefused);
  const std::uint64_t number = approved(guarded, 500'000);
  const TotalMotion waiting = commons->total_motion(number).value_or_stop();
  EXPECT_EQ(waiting.state, TotalState::kApproved);
  EXPECT_EQ(waiting.proposer, patient.address());
  EXPECT_EQ(waiting.dataset, guarded);
  EXPECT_EQ(waiting.rho_micro_max, 500'000u);
  EXPECT_GT(waiting.approved_s, 0u);
  EXPECT_EQ(waiting.board_size, 3u);
  EXPECT_EQ(waiting.tallies[1].yes, 2u);
  EXPECT_FALSE(waiting.in_force);
  EXPECT_THAT(refusal(commons->carry_out_total(store, number)),
              HasSubstr("budget motion 0 cannot be carried out before"));
  anvil->pass_time(kStudyTimelock);
  EXPECT_EQ(commons->spent_on(guarded).value_or_stop(), (Budget{300'000, 0, 0}));
  ASSERT_TRUE(commons->carry_out_total(store, number));
  EXPECT_EQ(commons->spent_on(guarded).value_or_stop(), (Budget{500'000, 0, 0}));
  EXPECT_EQ(commons->dataset(guarded).value_or_stop().rho_micro_max, 500'000u);
  EXPECT_TRUE(commons->total_motion(number).value_or_stop().in_force);
  EXPECT_THAT(refusal(commons->carry_out_total(store, number)), HasSubstr("budget motion 0 is settled"));
  EXPECT_EQ(commons->total_count().value_or_stop(), 1u);
}

TEST_F(CommonsTotalsTest, NoTotalGoesBelowWhatIsSpent) {
  (void)spend(200'000);
  const std::uint64_t number = approved(guarded, 199'999);
  anvil->pass_time(kStudyTimelock);
  EXPECT_THAT(refusal(commons->carry_out_total(store, number)),
              HasSubstr("cannot become 0.199999: 0.2 of it are spent"));
  EXPECT_EQ(commons->spent_on(guarded).value_or_stop(), (Budget{300'000, 200'000, 0}));
}

TEST_F(CommonsTotalsTest, WhatCannotBeIsRefusedWithASentence) {
  EXPECT_THAT(refusal(commons->propose_total(patient, guarded, 0)), HasSubstr("a privacy budget of 0"));
  EXPECT_EQ(commons->total_motion(3).error().code, Code::kNotFound);
  const std::uint64_t exact = approved(dataset, 5);
  anvil->pass_time(kStudyTimelock);
  EXPECT_THAT(refusal(commons->carry_out_total(store, exact)), HasSubstr("is exact, or does not exist"));
  EXPECT_THAT(refusal(commons->vote_total(patient, exact, false)), HasSubstr("the vote on budget motion 0 is closed"));
  anvil->pass_time(kVotingPeriod);
  EXPECT_THAT(refusal(commons->carry_out_total(store, exact)), HasSubstr("budget motion 0 is lapsed"));
}

TEST_F(CommonsTotalsTest, TheEthicsBoardStopsWhatTheChambersApproved) {
  const std::uint64_t number = approved(guarded, 900'000);
  EXPECT_EQ(commons->veto_total(patient, number).error().code, Code::kRefused);
  ASSERT_TRUE(commons->veto_total(board[0], number));
  EXPECT_THAT(refusal(commons->veto_total(board[0], number)), HasSubstr("has already objected to budget motion 0"));
  ASSERT_TRUE(commons->veto_total(board[2], number));
  EXPECT_EQ(commons->total_motion(number).value_or_stop().state, TotalState::kVetoed);
  anvil->pass_time(kStudyTimelock);
  EXPECT_THAT(refusal(commons->carry_out_total(store, number)), HasSubstr("budget motion 0 is vetoed"));
}

}  // namespace
}  // namespace mc::governance
