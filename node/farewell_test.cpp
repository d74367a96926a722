// SPDX-License-Identifier: Apache-2.0
#include "node/farewell.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/temporary_folder.hpp"
#include "governance/testing/commons_on_anvil.hpp"

namespace mc::node {
namespace {

using governance::Budget;
using governance::Wallet;
using governance::testing::named;

// A guarded data set, three releases of it, and a committee of which one seat changes.
class FarewellTest : public governance::testing::CommonsChainTest {
 protected:
  void SetUp() override {
    CommonsChainTest::SetUp();
    if (!commons) return;
    ASSERT_TRUE(commons->found_dataset(hospital_a, {guarded, 8192, false, 900'000}));
    ASSERT_TRUE(commons->set_consent_root(store, guarded, named("consent root")));
    governance::StudyProposal proposed = proposal();
    proposed.dataset = guarded;
    proposed.rho_micro = 900'000;
    proposed.releases_max = 9;
    proposed.expiry_s += 2 * governance::kCommitteeTimelockSeconds;
    study = active_study(researcher, proposed);
    ask(1, 200'000, 50'000);
    ask(2, 100'000, 0);
    ask(3, 70'000, 70'000);
    document.dataset = "guarded";
    document.exact = false;
    document.deployment = commons->deployment();
  }

  void ask(std::uint32_t number, std::uint64_t rho_micro, std::uint64_t rho_counts_micro) {
    governance::Authorisation a = authorisation(study, number);
    a.rho_micro = rho_micro;
    a.rho_counts_micro = rho_counts_micro;
    ASSERT_TRUE(commons->authorise(researcher, a, kOpened));
  }

  void relieve() {
    const Wallet newcomer = Wallet::fresh();
    ASSERT_TRUE(chain->send_and_wait(founder, newcomer.address(), {}, 1'000'000'000'000'000'000));
    const std::array<const Wallet*, 3> seats = {&newcomer, &custodians[1], &custodians[2]};
    governance::Committee next{Epoch{2}, 2, {}};
    for (const Wallet* seat : seats) next.custodians.push_back({seat->address(), named("next")});
    ASSERT_TRUE(commons->propose_committee(hospital_a, next));
    for (const Wallet* member : {&patient, &hospital_a, &hospital_b, &researcher, &rival}) {
      ASSERT_TRUE(commons->vote_committee(*member, Epoch{2}, true));
    }
    ASSERT_TRUE(commons->decide_committee(store, Epoch{2}));
    for (std::size_t seat = 0; seat < 3; ++seat) {
      for (std::size_t excluded = 0; excluded < 3; ++excluded) {
        if (excluded != seat) {
          ASSERT_TRUE(commons->commit_piece(*seats[seat], Epoch{2}, 1u << excluded, named("piece")));
        }
      }
    }
    for (const Wallet* seat : seats) ASSERT_TRUE(commons->commit_keys(*seat, Epoch{2}, named("keys")));
    anvil->pass_time(governance::kCommitteeTimelockSeconds);
    ASSERT_TRUE(commons->activate_committee(store, Epoch{2}));
  }

  [[nodiscard]] std::unique_ptr<ReleaseJournal> journal_of(std::uint8_t seat) const {
    return ReleaseJournal::open(folder / ("journal-" + std::to_string(seat))).value_or_stop();
  }
  [[nodiscard]] Result<bool> farewell_of(std::uint8_t seat, const protocol::AnswerLedger& ledger) const {
    const auto journal = journal_of(seat);
    JournalEntry entry;
    entry.reason = kGivenUp;
    return say_farewell({document, seat, *commons, custodians[seat], ledger, *journal, entry});
  }
  [[nodiscard]] Budget budget() const { return commons->budget_of(study).value_or_stop(); }

  const Hash256 guarded = governance::dataset_id("guarded");
  mc::testing::TemporaryFolder folder;
  client::CommonsDocument document;
  Hash256 study;
};

TEST_F(FarewellTest, ACommitteeInOfficeSaysNothing) {
  const protocol::MemoryLedger ledger;
  EXPECT_FALSE(farewell_of(0, ledger).value_or_stop());
  EXPECT_EQ(commons->refusals(study, 1).value_or_stop(), 0u);
  EXPECT_EQ(open_releases(*commons, guarded, Epoch{1}, 0).value_or_stop(),
            (std::vector<OpenRelease>{{study, 1, named("authorisation 1")}, {study, 2, named("authorisation 2")}}))
      << "of the third nothing could be given back";
}

TEST_F(FarewellTest, WhatTheWholeOldCommitteeNeverAnsweredIsGivenBackOnce) {
  relieve();
  const protocol::MemoryLedger nothing;
  protocol::MemoryLedger answered;  // the last custodian answered the second release
  ASSERT_TRUE(answered.record({}, protocol::AnsweredIn{named("authorisation 2"), fhe::Window{}}));
  EXPECT_TRUE(farewell_of(0, nothing).value_or_stop());
  EXPECT_TRUE(farewell_of(1, nothing).value_or_stop());
  EXPECT_EQ(budget(), (Budget{900'000, 370'000, 0})) << "one has not spoken yet";
  EXPECT_TRUE(farewell_of(2, answered).value_or_stop());
  EXPECT_TRUE(commons->is_voided(study, 1).value_or_stop());
  EXPECT_FALSE(commons->is_voided(study, 2).value_or_stop());
  EXPECT_EQ(budget(), (Budget{900'000, 220'000, 150'000}));
  EXPECT_EQ(commons->spent_on(guarded).value_or_stop(), (Budget{900'000, 220'000, 150'000}));
  EXPECT_TRUE(farewell_of(0, nothing).value_or_stop()) << "a custodian that is started again says nothing twice";
  EXPECT_EQ(budget(), (Budget{900'000, 220'000, 150'000}));
  EXPECT_TRUE(journal_of(0)->has_given_up(named("authorisation 1")));
}

TEST_F(FarewellTest, WhatTheJournalSaysWasAnsweredIsNotGivenUpThoughTheLedgerForgotIt) {
  JournalEntry granted;
  granted.reason = kGranted;
  granted.study = study;
  granted.release_number = 1;
  granted.authorisation = named("authorisation 1");
  ASSERT_TRUE(journal_of(0)->append(granted));
  relieve();
  EXPECT_TRUE(farewell_of(0, protocol::MemoryLedger()).value_or_stop());
  EXPECT_EQ(commons->refusals(study, 1).value_or_stop(), 0u);
  EXPECT_EQ(commons->refusals(study, 2).value_or_stop(), 1u);
}

// A release whose consent has changed since, say.
TEST_F(FarewellTest, AReleaseThatCanNeverBeAnsweredIsGivenUpOnceAndOnlyWhereItWasNotAnswered) {
  protocol::Authorisation asked;
  asked.study = study;
  asked.release_number = 4;
  governance::Authorisation recorded = authorisation(study, 4);
  recorded.hash = protocol::hash_authorisation(asked);
  recorded.rho_micro = 1'000;
  recorded.rho_counts_micro = 1'000;
  ASSERT_TRUE(commons->authorise(researcher, recorded, kOpened));
  JournalEntry entry;
  entry.reason = kGivenUp;
  entry.authorisation = recorded.hash;
  const auto give_up_as = [&](std::uint8_t seat, const protocol::AnswerLedger& ledger) {
    const auto journal = journal_of(seat);
    return give_up({document, seat, *commons, custodians[seat], ledger, *journal, entry}, asked);
  };
  protocol::MemoryLedger answered;
  ASSERT_TRUE(answered.record({}, protocol::AnsweredIn{recorded.hash, fhe::Window{}}));
  EXPECT_TRUE(give_up_as(0, answered));
  JournalEntry counts = entry;
  counts.reason = kCountsOpened;
  ASSERT_TRUE(journal_of(1)->append(counts));
  EXPECT_TRUE(give_up_as(1, protocol::MemoryLedger())) << "its ledger forgot that it opened the counts";
  EXPECT_EQ(commons->refusals(study, 4).value_or_stop(), 0u);
  EXPECT_TRUE(give_up_as(2, protocol::MemoryLedger()));
  EXPECT_TRUE(give_up_as(2, protocol::MemoryLedger())) << "which is said once";
  EXPECT_EQ(commons->refusals(study, 4).value_or_stop(), 4u);
  EXPECT_TRUE(journal_of(2)->has_given_up(recorded.hash));
  asked.release_number = 5;
  EXPECT_FALSE(give_up_as(0, protocol::MemoryLedger())) << "nobody recorded it";
}

TEST_F(FarewellTest, WhatIsForGoodIsDecidedByTheChainAlone) {
  for (const std::string_view reason : {"consent_root_differs", "data_root_differs", "mask_differs", "study_expired"}) {
    EXPECT_TRUE(is_for_good(reason));
  }
  for (const std::string_view reason : {"result_differs", "authorisation_differs", "not_ready", "malformed_request"}) {
    EXPECT_FALSE(is_for_good(reason)) << "whoever calls can provoke it";
  }
}

TEST_F(FarewellTest, WhatWasWrittenDownAndNotHeardIsSaidAgain) {
  JournalEntry given_up;
  given_up.reason = kGivenUp;
  given_up.authorisation = named("authorisation 1");
  ASSERT_TRUE(journal_of(1)->append(given_up));
  relieve();
  EXPECT_TRUE(farewell_of(1, protocol::MemoryLedger()).value_or_stop());
  EXPECT_EQ(commons->refusals(study, 1).value_or_stop(), 2u);
}

TEST_F(FarewellTest, OfExactDataNothingCouldBeGivenBack) {
  relieve();
  document.exact = true;
  EXPECT_TRUE(farewell_of(0, protocol::MemoryLedger()).value_or_stop());
  EXPECT_EQ(commons->refusals(study, 1).value_or_stop(), 0u);
}

}  // namespace
}  // namespace mc::node
