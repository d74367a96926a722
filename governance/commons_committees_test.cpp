// SPDX-License-Identifier: Apache-2.0
// A committee after the first, against the real contracts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "governance/testing/commons_on_anvil.hpp"

namespace mc::governance {
namespace {

using testing::CommonsChainTest;
using ::testing::HasSubstr;
using testing::kVotingPeriod;
using testing::named;
using testing::refusal;

// A committee of 2 of 3 whose first seat is new.
class CommitteeChangeTest : public CommonsChainTest {
 protected:
  void SetUp() override {
    CommonsChainTest::SetUp();
    if (!commons) return;
    ASSERT_TRUE(chain->send_and_wait(founder, newcomer.address(), {}, 1'000'000'000'000'000'000));
  }
  [[nodiscard]] Committee successor(std::uint32_t epoch) const {
    return {Epoch{epoch},
            2,
            {{newcomer.address(), named("new")},
             {custodians[1].address(), named("old 1")},
             {custodians[2].address(), named("old 2")}}};
  }
  void approve(Epoch epoch) {
    for (const Wallet* member : {&patient, &hospital_a, &hospital_b, &researcher, &rival}) {
      ASSERT_TRUE(commons->vote_committee(*member, epoch, true));
    }
    EXPECT_EQ(commons->decide_committee(store, epoch).value_or_stop(), CommitteeState::kApproved);
  }
  void commit_all(Epoch epoch) {
    const std::array<const Wallet*, 3> seats = {&newcomer, &custodians[1], &custodians[2]};
    for (std::size_t seat = 0; seat < 3; ++seat) {
      for (std::size_t excluded = 0; excluded < 3; ++excluded) {
        if (excluded == seat) continue;
        ASSERT_TRUE(commons->commit_piece(*seats[seat], epoch, 1u << excluded, named("piece")));
      }
    }
    for (const Wallet* seat : seats) ASSERT_TRUE(commons->commit_keys(*seat, epoch, named("keys")));
  }
  Wallet newcomer = Wallet::fresh();
};

TEST_F(CommitteeChangeTest, FollowsWhenApprovedKeyedAndWaitedFor) {
  constexpr Epoch kNext{2};
  EXPECT_EQ(commons->committee_status(Epoch{1}).value_or_stop().state, CommitteeState::kActive);
  EXPECT_EQ(commons->committee_status(kNext).value_or_stop().state, CommitteeState::kNone);
  EXPECT_EQ(commons->committee_timelock_s().value_or_stop(), kCommitteeTimelockSeconds);
  EXPECT_THAT(refusal(commons->propose_committee(founder, successor(2))), HasSubstr("NotAMember"));
  EXPECT_THAT(refusal(commons->propose_committee(hospital_a, successor(3))), HasSubstr("EpochOutOfOrder"));
  ASSERT_TRUE(commons->propose_committee(hospital_a, successor(2)));
  EXPECT_EQ(commons->committee(kNext).value_or_stop(), successor(2));
  EXPECT_EQ(commons->last_epoch().value_or_stop(), kNext);
  EXPECT_EQ(commons->pending_epoch().value_or_stop(), std::nullopt);
  EXPECT_THAT(refusal(commons->commit_piece(newcomer, kNext, 0b010, named("piece"))),
              HasSubstr("the committee of epoch 2 is proposed (CommitteeNotOpen)"));
  EXPECT_THAT(refusal(commons->decide_committee(store, kNext)),
              HasSubstr("the vote on the committee of epoch 2 is open until"));
  approve(kNext);
  EXPECT_EQ(commons->pending_epoch().value_or_stop(), kNext);
  EXPECT_EQ(commons->current_epoch().value_or_stop(), Epoch{1});
  EXPECT_TRUE(commons->has_voted_on_committee(kNext, patient.address()).value_or_stop());
  EXPECT_THAT(refusal(commons->vote_committee(patient, kNext, false)),
              HasSubstr("the vote on the committee of epoch 2 is closed"));
  commit_all(kNext);
  EXPECT_THAT(refusal(commons->activate_committee(store, kNext)), HasSubstr("TimelockRuns"));
  const CommitteeStatus waiting = commons->committee_status(kNext).value_or_stop();
  EXPECT_EQ(waiting.state, CommitteeState::kApproved);
  EXPECT_EQ(waiting.proposer, hospital_a.address());
  EXPECT_EQ(waiting.voting_ends_s, waiting.proposed_s + kVotingPeriod);
  EXPECT_GE(waiting.approved_s, waiting.proposed_s);
  EXPECT_EQ(waiting.votes[1].yes, 2u);
  EXPECT_EQ(waiting.objections[1].members, 2u);
  anvil->pass_time(kCommitteeTimelockSeconds);
  EXPECT_EQ(commons->current_epoch().value_or_stop(), Epoch{1});
  ASSERT_TRUE(commons->activate_committee(store, kNext));
  EXPECT_EQ(commons->current_epoch().value_or_stop(), kNext);
  EXPECT_EQ(commons->pending_epoch().value_or_stop(), std::nullopt);
  EXPECT_EQ(commons->committee_status(Epoch{1}).value_or_stop().state, CommitteeState::kPast);
  EXPECT_THAT(refusal(commons->activate_committee(store, kNext)), HasSubstr("is active (CommitteeNotOpen)"));
  EXPECT_THAT(refusal(commons->commit_piece(custodians[0], Epoch{1}, 0b010, named("piece"))), HasSubstr("EpochIsPast"));
}

TEST_F(CommitteeChangeTest, StaysOutWhileAnyCustodiansKeysAreMissing) {
  ASSERT_TRUE(commons->propose_committee(patient, successor(2)));
  EXPECT_FALSE(commons->committee_status(Epoch{2}).value_or_stop().can_decide);
  approve(Epoch{2});
  anvil->pass_time(kCommitteeTimelockSeconds);
  EXPECT_THAT(refusal(commons->activate_committee(store, Epoch{2})), HasSubstr("KeysNotReady"));
}

TEST_F(CommitteeChangeTest, IsStoppedByOneChamberAndItsEpochIsNotUsedAgain) {
  ASSERT_TRUE(commons->propose_committee(hospital_a, successor(2)));
  EXPECT_THAT(refusal(commons->veto_committee(patient, Epoch{2})),
              HasSubstr("objections to the committee of epoch 2 is closed"));
  approve(Epoch{2});
  EXPECT_THAT(refusal(commons->veto_committee(newcomer, Epoch{2})), HasSubstr("NotAMember"));
  ASSERT_TRUE(commons->veto_committee(hospital_a, Epoch{2}));
  EXPECT_TRUE(commons->has_objected(Epoch{2}, hospital_a.address()).value_or_stop());
  EXPECT_EQ(commons->committee_status(Epoch{2}).value_or_stop().objections[1].yes, 1u);
  ASSERT_TRUE(commons->veto_committee(hospital_b, Epoch{2}));
  EXPECT_EQ(commons->committee_status(Epoch{2}).value_or_stop().state, CommitteeState::kVetoed);
  EXPECT_EQ(commons->pending_epoch().value_or_stop(), std::nullopt);
  anvil->pass_time(kCommitteeTimelockSeconds);
  EXPECT_THAT(refusal(commons->activate_committee(store, Epoch{2})), HasSubstr("is vetoed (CommitteeNotOpen)"));
  EXPECT_THAT(refusal(commons->propose_committee(hospital_a, successor(2))), HasSubstr("EpochOutOfOrder"));
  ASSERT_TRUE(commons->propose_committee(hospital_a, successor(3)));
  ASSERT_TRUE(commons->vote_committee(patient, Epoch{3}, false));
  EXPECT_TRUE(commons->committee_status(Epoch{3}).value_or_stop().can_decide);
  EXPECT_EQ(commons->decide_committee(store, Epoch{3}).value_or_stop(), CommitteeState::kRejected);
}

}  // namespace
}  // namespace mc::governance
