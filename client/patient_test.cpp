// SPDX-License-Identifier: Apache-2.0
#include "client/patient.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/published_cohort.hpp"

namespace mc::client {
namespace {

using governance::ConsentAction;
using ::testing::HasSubstr;
using testing::PublishedCommons;

/// The client takes the parameter set that the document names, so manifests are of that one.
class Patient : public ::testing::Test {
 protected:
  Patient() {
    commons_.publish(1, 3);
    commons_.served.on_statement = [this](ByteView statement) { commons_.take(statement); };
  }

  Result<ConsentReceipt> change(const std::string& row, ConsentAction action, std::uint32_t purpose = 42) {
    const ConsentChange wish{testing::numbered_wallet(1).address(), row, action, purpose};
    return change_consent(commons_.document, commons_.chain(), commons_.store(), PublishedCommons::patient_seed(1),
                          wish);
  }

  PublishedCommons commons_{fhe::Params::named("standard").value_or_stop()};
};

TEST_F(Patient, RevokesAndGetsAReceiptOfWhatStandsOnChain) {
  const auto receipt = change("2", ConsentAction::kRevoke);
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_FALSE(receipt->leaf.granted);
  EXPECT_EQ(receipt->leaf.sequence, 1U);
  EXPECT_EQ(receipt->leaf.row, 1U);
  EXPECT_EQ(receipt->root, *commons_.ledger.consent_root);
  EXPECT_EQ(commons_.served.statements.size(), 1U);
}

TEST_F(Patient, MayChangeHerMindAsOftenAsSheLikes) {
  for (std::uint64_t i = 0; i < 4; ++i) {
    const auto receipt = change("1", i % 2 == 0 ? ConsentAction::kRevoke : ConsentAction::kGrant);
    ASSERT_TRUE(receipt) << receipt.error().message;
    EXPECT_EQ(receipt->leaf.sequence, i + 1);
  }
}

TEST_F(Patient, WhatStandsSoAlreadyIsAConflictAndSendsNothing) {
  EXPECT_EQ(change("1", ConsentAction::kGrant).error().code, Code::kConflict);
  ASSERT_TRUE(change("1", ConsentAction::kRevoke));
  EXPECT_EQ(change("1", ConsentAction::kRevoke).error().code, Code::kConflict);
  EXPECT_EQ(commons_.served.statements.size(), 1U);
}

TEST_F(Patient, ARowThatTheOwnerDoesNotHaveIsNamed) {
  const auto refused = change("99", ConsentAction::kRevoke);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNotFound);
  EXPECT_THAT(refused.error().message, HasSubstr("no row '99'"));
}

TEST_F(Patient, AStoreThatTakesAStatementAndDropsItIsNoticed) {
  commons_.served.on_statement = [](ByteView) {};
  const auto refused = change("1", ConsentAction::kRevoke);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("does not contain it yet"));
}

// A grant for another purpose leaves "granted" as it was, and was once reported as done when it had been dropped.
TEST_F(Patient, AChangeOfPurposeThatIsDroppedIsNoticedToo) {
  commons_.served.on_statement = [](ByteView) {};
  EXPECT_EQ(change("1", ConsentAction::kGrant, 7).error().code, Code::kConflict);
}

TEST_F(Patient, AGrantAfterARevocationOnChainOvertakesIt) {
  const auto address = testing::numbered_wallet(1).address();
  const auto wallet = governance::derive_patient_wallet(PublishedCommons::patient_seed(1), "1");
  commons_.ledger.revocations = {{address, commons_.person(1, 0), wallet.address(), 1'800'000'000, 0}};
  EXPECT_EQ(change("1", ConsentAction::kRevoke).error().code, Code::kConflict) << "she has left already";
  const auto receipt = change("1", ConsentAction::kGrant);
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(receipt->leaf.sequence, 1'800'000'001U);
}

TEST_F(Patient, HerDelegateGrantsWithinHisScopeAndTimeAndNobodyElseDoes) {
  const governance::Wallet guardian = governance::Wallet::fresh(), stranger = governance::Wallet::fresh();
  ConsentChange wish{testing::numbered_wallet(1).address(), "1", ConsentAction::kDelegate, 6};
  const auto tell = [&] {
    return change_consent(commons_.document, commons_.chain(), commons_.store(), PublishedCommons::patient_seed(1),
                          wish);
  };
  wish.delegate = guardian.address();
  EXPECT_EQ(tell().error().code, Code::kInvalidArgument) << "a delegation ends";
  wish.expiry_s = 2'000'000'000;
  ASSERT_TRUE(tell());
  wish = {testing::numbered_wallet(1).address(), "1", ConsentAction::kGrant, 7};
  wish.signer = &guardian;
  const auto granted = tell();
  ASSERT_TRUE(granted) << granted.error().message;
  EXPECT_EQ(granted->leaf.expiry_s, 2'000'000'000U);
}

TEST_F(Patient, AChangeOfPurposeThatIsTakenIsDone) {
  const auto receipt = change("1", ConsentAction::kGrant, 7);
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(receipt->leaf.use, governance::DataUse(7));
}

}  // namespace
}  // namespace mc::client
