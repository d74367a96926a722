// SPDX-License-Identifier: Apache-2.0
// Motions, keys, delegation and the ethics board against the real contracts on a real chain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "governance/testing/commons_on_anvil.hpp"

namespace mc::governance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kStudyTimelock;
using testing::kVotingPeriod;
using testing::named;
using testing::refusal;

class MembershipOnChain : public testing::CommonsChainTest {
 protected:
  [[nodiscard]] std::vector<const Wallet*> everybody() const {
    return {&patient, &hospital_a, &hospital_b, &researcher, &rival};
  }
  [[nodiscard]] MotionState carry(const Motion& motion) {
    const std::uint64_t number = commons->propose_motion(hospital_a, motion).value_or_stop();
    for (const Wallet* member : everybody()) EXPECT_TRUE(commons->vote_motion(*member, number, true));
    return commons->execute_motion(store, number).value_or_stop();
  }
  [[nodiscard]] static Motion admission(const Address& subject) {
    return {.action = MotionAction::kAdmit, .chamber = Chamber::kResearchers, .subject = subject};
  }
  void endow(const Address& account) {
    ASSERT_TRUE(chain->send_and_wait(founder, account, {}, 1'000'000'000'000'000'000));
  }
  Wallet candidate = Wallet::fresh();
};

TEST_F(MembershipOnChain, AResearcherProposesOnlyAfterTheChambersAdmittedHer) {
  endow(candidate.address());
  EXPECT_THAT(refusal(commons->propose(candidate, proposal())), HasSubstr("NotAResearcher"));
  EXPECT_THAT(refusal(commons->propose_motion(candidate, admission(candidate.address()))), HasSubstr("NotAMember"));
  const std::uint64_t number = commons->propose_motion(hospital_a, admission(candidate.address())).value_or_stop();
  EXPECT_THAT(refusal(commons->execute_motion(store, number)), HasSubstr("the vote on motion 0 is open until"));
  for (const Wallet* member : everybody()) ASSERT_TRUE(commons->vote_motion(*member, number, true));
  EXPECT_THAT(refusal(commons->vote_motion(patient, number, true)), HasSubstr("already voted on motion 0"));
  EXPECT_TRUE(commons->motion(number).value_or_stop().can_execute);
  EXPECT_EQ(commons->execute_motion(store, number).value_or_stop(), MotionState::kCarried);
  EXPECT_EQ(commons->chamber_of(candidate.address()).value_or_stop(), Chamber::kResearchers);
  EXPECT_TRUE(commons->propose(candidate, proposal()));
}

TEST_F(MembershipOnChain, RecordsTakePartWhileTheirOwnerBelongsToAChamber) {
  for (const Wallet* owner : {&hospital_a, &patient}) {
    ASSERT_TRUE(commons->reserve_slots(*owner, dataset, 10));
    ASSERT_TRUE(commons->publish_data(*owner, dataset, named("manifest"), named("attestation")));
  }
  ASSERT_TRUE(commons->reserve_slots(hospital_b, dataset, 10));
  const auto owners = [](const std::vector<SlotRange>& ranges) {
    std::vector<Address> out;
    for (const SlotRange& range : ranges) out.push_back(range.owner);
    return out;
  };
  const auto published = [&] { return commons->published_ranges(dataset).value_or_stop(); };
  EXPECT_THAT(owners(published().taking_part), ElementsAre(hospital_a.address(), patient.address()))
      << "b has not published";
  EXPECT_THAT(published().left, IsEmpty());

  const Wallet fresh = Wallet::fresh();
  endow(fresh.address());
  ASSERT_TRUE(commons->offer_key(hospital_a, fresh.address()));
  ASSERT_TRUE(commons->take_key(fresh, hospital_a.address()));
  EXPECT_THAT(published().left, IsEmpty()) << "a new key changes nothing";
  const std::uint64_t before = chain->block_number().value_or_stop();

  const std::uint64_t number =
      commons->propose_motion(hospital_b, {.action = MotionAction::kRemove, .subject = fresh.address()})
          .value_or_stop();
  for (const Wallet* member :
       std::initializer_list<const Wallet*>{&patient, &hospital_b, &researcher, &rival, &fresh}) {
    ASSERT_TRUE(commons->vote_motion(*member, number, true));
  }
  ASSERT_EQ(commons->execute_motion(store, number).value_or_stop(), MotionState::kCarried);
  EXPECT_THAT(owners(published().taking_part), ElementsAre(patient.address()));
  EXPECT_THAT(owners(published().left), ElementsAre(hospital_a.address()));
  EXPECT_THAT(commons->at_block(before).published_ranges(dataset).value_or_stop().left, IsEmpty());
}

TEST_F(MembershipOnChain, AMotionThatWasCarriedOutIsNotCarriedOutAgain) {
  ASSERT_EQ(carry(admission(candidate.address())), MotionState::kCarried);
  ASSERT_EQ(carry({.action = MotionAction::kRemove, .subject = candidate.address()}), MotionState::kCarried);
  EXPECT_THAT(refusal(commons->execute_motion(patient, 0)), HasSubstr("motion 0 is carried"));
  EXPECT_EQ(commons->chamber_of(candidate.address()).value_or_stop(), Chamber::kNone);
  EXPECT_EQ(commons->motion_count().value_or_stop(), 2u);
  const MotionRecord second = commons->motion(1).value_or_stop();
  EXPECT_EQ(second.motion.action, MotionAction::kRemove);
  EXPECT_EQ(second.motion.subject, candidate.address());
  EXPECT_EQ(second.proposer, hospital_a.address());
  EXPECT_EQ(second.tallies[1].yes, 2u);
}

TEST_F(MembershipOnChain, ARefusalSaysWhyInOneSentence) {
  EXPECT_THAT(refusal(commons->propose_motion(patient, admission(rival.address()))),
              HasSubstr("is already a member of the chamber of researchers"));
  EXPECT_THAT(
      refusal(commons->propose_motion(patient, {.action = MotionAction::kRemove, .subject = patient.address()})),
      HasSubstr("the chamber of patients would have no member"));
  EXPECT_THAT(refusal(commons->propose_motion(patient, {.action = MotionAction::kAdmit, .subject = store.address()})),
              HasSubstr("names exactly what it needs"));
  EXPECT_THAT(refusal(commons->motion(9)), HasSubstr("there is no motion 9"));
}

TEST_F(MembershipOnChain, ARotatedKeyVotesOnceAndTheOldOneNoMore) {
  const Hash256 study = commons->propose(researcher, proposal()).value_or_stop();
  ASSERT_TRUE(commons->vote(rival, study, true));
  const Wallet fresh = Wallet::fresh();
  endow(fresh.address());
  EXPECT_THAT(refusal(commons->take_key(fresh, rival.address())), HasSubstr("has not offered"));
  ASSERT_TRUE(commons->offer_key(rival, fresh.address()));
  ASSERT_TRUE(commons->take_key(fresh, rival.address()));
  EXPECT_EQ(commons->identity_of(fresh.address()).value_or_stop(), rival.address());
  EXPECT_EQ(commons->account_of(rival.address()).value_or_stop(), fresh.address());
  EXPECT_TRUE(commons->has_voted(study, fresh.address()).value_or_stop());
  EXPECT_THAT(refusal(commons->vote(fresh, study, true)), HasSubstr("AlreadyVoted"));
  EXPECT_THAT(refusal(commons->vote(rival, study, true)), HasSubstr("NotAMember"));
}

TEST_F(MembershipOnChain, ADelegateCastsForThoseWhoDelegatedBeforeTheBallot) {
  ASSERT_TRUE(commons->delegate_vote(hospital_b, hospital_a.address()));
  EXPECT_EQ(commons->delegate_of(hospital_b.address()).value_or_stop(), hospital_a.address());
  EXPECT_THAT(refusal(commons->delegate_vote(hospital_a, patient.address())), HasSubstr("NotInYourChamber"));
  const Hash256 study = commons->propose(researcher, proposal()).value_or_stop();
  EXPECT_THAT(refusal(commons->vote(hospital_b, study, false)), HasSubstr("had delegated her vote on study"));
  ASSERT_TRUE(commons->vote(hospital_a, study, true));
  EXPECT_EQ(commons->study(study).value_or_stop().tallies[1].yes, 2u);
}

TEST_F(MembershipOnChain, BoxKeysAreReadInTheOrderOfTheAccounts) {
  ASSERT_TRUE(chain->send_all(std::array{commons->publishing_box_key(rival, named("box"))}));
  const std::vector<Address> accounts = {patient.address(), rival.address()};
  EXPECT_EQ(commons->box_keys(accounts).value_or_stop(), (std::vector<Hash256>{Hash256{}, named("box")}));
}

TEST_F(MembershipOnChain, AMajorityOfTheEthicsBoardStopsAnApprovedStudy) {
  ASSERT_TRUE(commons->set_consent_root(store, dataset, named("consent root")));
  const Hash256 study = approved_study();
  EXPECT_THAT(refusal(commons->authorise(researcher, authorisation(study, 1), kOpened)),
              HasSubstr("is approved, not active"));
  EXPECT_THAT(refusal(commons->veto(hospital_a, study)), HasSubstr("NotOnTheEthicsBoard"));
  ASSERT_TRUE(commons->veto(board[0], study));
  EXPECT_THAT(refusal(commons->veto(board[0], study)), HasSubstr("VetoedAlready"));
  EXPECT_EQ(commons->study(study).value_or_stop().state, StudyState::kApproved);
  ASSERT_TRUE(commons->veto(board[2], study));
  EXPECT_EQ(commons->study(study).value_or_stop().state, StudyState::kVetoed);
  anvil->pass_time(kStudyTimelock);
  EXPECT_THAT(refusal(commons->activate(researcher, study)), HasSubstr("is vetoed"));
}

TEST_F(MembershipOnChain, AThousandStudiesAreReadWithAFewCalls) {
  const Hash256 first = approved_study();
  const Hash256 second = commons->propose(rival, proposal()).value_or_stop();
  const std::vector<Study> all = commons->studies().value_or_stop();
  ASSERT_EQ(all.size(), 2u);
  for (const Study& summary : all) {
    Study whole = commons->study(summary.id).value_or_stop();
    EXPECT_EQ(summary.state, whole.state);
    EXPECT_EQ(summary.requester, whole.requester);
    EXPECT_EQ(summary.proposal.content, whole.proposal.content);
    EXPECT_EQ(summary.proposal.expiry_s, whole.proposal.expiry_s);
    EXPECT_EQ(summary.approved_s, whole.approved_s);
    EXPECT_EQ(summary.board_size, whole.board_size);
    EXPECT_EQ(summary.tallies[1].yes, whole.tallies[1].yes);
  }
  EXPECT_EQ(all[0].id, first);
  EXPECT_EQ(all[0].board_size, 3u);
  EXPECT_EQ(all[1].id, second);
  EXPECT_EQ(all[1].state, StudyState::kProposed);
}

TEST_F(MembershipOnChain, AMotionThatNobodyExecutedLapses) {
  const std::uint64_t number = commons->propose_motion(hospital_a, admission(candidate.address())).value_or_stop();
  anvil->pass_time(2 * kVotingPeriod);
  EXPECT_EQ(commons->motion(number).value_or_stop().state, MotionState::kLapsed);
  EXPECT_THAT(refusal(commons->execute_motion(patient, number)), HasSubstr("motion 0 is lapsed"));
}

}  // namespace
}  // namespace mc::governance
