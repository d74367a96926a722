// SPDX-License-Identifier: Apache-2.0
#include "node/local_members.hpp"

#include <gmock/gmock.h>

#include <set>

#include "node/testing/anvil_commons.hpp"

namespace mc::node {
namespace {

using governance::Chamber;
using ::testing::HasSubstr;

LocalRecord two_cohorts() {
  LocalRecord record;
  record.cohorts = {{"a", "/a.csv", {}, "1"}, {"b", "/b.csv", {}, "p-7"}};
  return record;
}

TEST(LocalMembers, EveryCohortBringsAProviderAndAPatientAndThereAreTwoResearchers) {
  const mc::testing::TemporaryFolder folder;
  const std::vector<LocalMember> members = local_members({folder.path()}, two_cohorts()).value();
  std::map<std::string, Chamber> chambers;
  std::set<governance::Address> accounts;
  for (const LocalMember& member : members) {
    chambers[member.name] = member.chamber;
    accounts.insert(member.wallet.address());
  }
  EXPECT_EQ(chambers, (std::map<std::string, Chamber>{{"a", Chamber::kProviders},
                                                      {"patient-a", Chamber::kPatients},
                                                      {"b", Chamber::kProviders},
                                                      {"patient-b", Chamber::kPatients},
                                                      {"researcher", Chamber::kResearchers},
                                                      {"reviewer", Chamber::kResearchers}}));
  EXPECT_EQ(accounts.size(), members.size());
}

TEST(LocalMembers, AreTheSameEveryTime) {
  const mc::testing::TemporaryFolder folder;
  const std::vector<LocalMember> once = local_members({folder.path()}, two_cohorts()).value();
  const std::vector<LocalMember> again = local_members({folder.path()}, two_cohorts()).value();
  for (std::size_t i = 0; i < once.size(); ++i) EXPECT_EQ(once[i].wallet.address(), again[i].wallet.address());
}

TEST(LocalMembers, APatientSpeaksWithTheWalletOfHerOwnRow) {
  const mc::testing::TemporaryFolder folder;
  const LocalPaths paths{folder.path()};
  const LocalMember patient = local_member(paths, two_cohorts(), "patient-b").value();
  const client::OwnerKeys owner = client::load_or_create_owner_keys(paths.owner("b")).value();
  EXPECT_EQ(patient.wallet.address(), governance::derive_patient_wallet(owner.patient_seed, "p-7").address());
}

TEST(LocalMembers, AnUnknownOneIsAnsweredWithTheNamesThereAre) {
  const mc::testing::TemporaryFolder folder;
  const auto refused = local_member({folder.path()}, two_cohorts(), "nobody");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNotFound);
  EXPECT_THAT(refused.error().message,
              HasSubstr("a, patient-a, b, patient-b, researcher, reviewer, ethics-a, ethics-b, ethics-c, auditor"));
}

TEST(LocalMembers, ACandidateHasAnUnusedPlainNameAndIsFoundByIt) {
  const mc::testing::TemporaryFolder folder;
  const LocalPaths paths{folder.path()};
  for (const char* name : {"", "../a", "a b", "a", "reviewer", "ethics-a", "auditor"}) {
    EXPECT_FALSE(make_candidate(paths, two_cohorts(), name, Chamber::kResearchers)) << name;
  }
  EXPECT_FALSE(make_candidate(paths, two_cohorts(), "rosa", Chamber::kNone));
  const LocalMember rosa = make_candidate(paths, two_cohorts(), "rosa", Chamber::kResearchers).value();
  EXPECT_EQ(local_member(paths, two_cohorts(), "rosa").value().wallet.address(), rosa.wallet.address());
  EXPECT_EQ(local_researcher_keys(paths, "rosa").value().wallet.address(), rosa.wallet.address());
  EXPECT_EQ(founding_members(paths, two_cohorts()).value().size(), 6u);
  EXPECT_EQ(local_members(paths, two_cohorts()).value().size(), 7u);
}

TEST(LocalMembers, ANewKeyReplacesTheOneSheSignsWithAndNotTheOneThatOpensHerBox) {
  const mc::testing::TemporaryFolder folder;
  const LocalPaths paths{folder.path()};
  const LocalMember before = local_member(paths, two_cohorts(), "patient-a").value();
  const governance::Address next = make_next_key(paths, "patient-a").value().address();
  EXPECT_EQ(make_next_key(paths, "patient-a").value().address(), next);  // asked again, interrupted or not
  EXPECT_EQ(local_member(paths, two_cohorts(), "patient-a").value().wallet.address(), before.wallet.address());
  ASSERT_TRUE(adopt_next_key(paths, "patient-a"));
  const LocalMember after = local_member(paths, two_cohorts(), "patient-a").value();
  EXPECT_EQ(after.wallet.address(), next);
  EXPECT_TRUE(std::ranges::equal(after.box_secret.expose(), before.box_secret.expose()));
  EXPECT_FALSE(adopt_next_key(paths, "patient-a"));
}

class Approval : public testing::AnvilCommons {
 protected:
  Hash256 propose() {
    governance::StudyProposal proposal;
    proposal.content = sha256(view_of("content"));
    proposal.dataset = governance::dataset_id("commons");
    proposal.use = 42;
    proposal.plans = {sha256(view_of("plan"))};
    proposal.requester_key = sha256(view_of("key"));
    proposal.releases_max = 3;
    proposal.expiry_s = chain_->latest_block().value().time_s + 30 * 24 * 3600;  // after the voting
    return commons_->propose(local_member(paths_, record_, "researcher").value().wallet, proposal).value_or_stop();
  }
};

TEST_F(Approval, EverybodyVotesYesAndTheStudyIsActive) {
  const Hash256 study = propose();
  ASSERT_TRUE(approve_by_everybody(paths_, record_, *commons_, study));
  EXPECT_EQ(commons_->study(study).value().state, governance::StudyState::kActive);
}

TEST_F(Approval, InterruptedAfterSomeVotesItGoesOn) {
  const Hash256 study = propose();
  ASSERT_TRUE(commons_->vote(members_[0].wallet, study, true));
  ASSERT_TRUE(commons_->vote(members_[3].wallet, study, true));
  ASSERT_TRUE(approve_by_everybody(paths_, record_, *commons_, study));
  EXPECT_EQ(commons_->study(study).value().state, governance::StudyState::kActive);
}

TEST_F(Approval, WhoIsNoMemberYetIsNotAskedToVote) {
  ASSERT_TRUE(make_candidate(paths_, record_, "rosa", governance::Chamber::kResearchers));
  EXPECT_EQ(voting_members(paths_, record_, *commons_).value().size(), 6u);
  const Hash256 study = propose();
  ASSERT_TRUE(approve_by_everybody(paths_, record_, *commons_, study));
}

TEST_F(Approval, AStudyThatWasNeverProposedIsAnError) {
  EXPECT_FALSE(approve_by_everybody(paths_, record_, *commons_, sha256(view_of("no study"))));
}

}  // namespace
}  // namespace mc::node
