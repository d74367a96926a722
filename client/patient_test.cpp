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

TEST_F(Patient, AChangeOfPurposeThatIsTakenIsDone) {
  const auto receipt = change("1", ConsentAction::kGrant, 7);
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(receipt->leaf.purpose, 7U);
}

}  // namespace
}  // namespace mc::client
