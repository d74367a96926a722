// SPDX-License-Identifier: Apache-2.0
#include "client/public_records.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/published_cohort.hpp"

namespace mc::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::PublishedCommons;

class Records : public ::testing::Test {
 protected:
  Result<DatasetView> look(std::uint32_t purpose = 42) {
    return records_.look(commons_.chain(), commons_.store(), purpose, commons_.ledger.time_s);
  }

  PublishedCommons commons_;
  PublicRecords records_{commons_.document, commons_.params};
};

TEST_F(Records, NothingPublishedIsNotFound) {
  commons_.ledger.consent_root = Hash256{};
  EXPECT_EQ(look().error().code, Code::kConflict);
  commons_.post_root();
  const auto refused = look();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNotFound);
  EXPECT_THAT(refused.error().message, HasSubstr("'commons' holds no published cohort"));
}

TEST_F(Records, AReservationWithoutPublicationIsNotSeen) {
  commons_.publish(1, 3);
  commons_.ledger.ranges.push_back({testing::numbered_address(9), 3, 5, {}, {}});
  const DatasetView view = look().value();
  EXPECT_EQ(view.owners.size(), 1U);
  EXPECT_EQ(view.consenting(), 3U);
}

TEST_F(Records, EveryOwnerAndRowConsentsAsItsOwnerAttested) {
  commons_.publish(1, 3);
  commons_.publish(2, 2);
  const DatasetView view = look().value();
  ASSERT_EQ(view.owners.size(), 2U);
  EXPECT_THAT(view.owners[0].consent, ElementsAre(1, 1, 1));
  EXPECT_THAT(view.owners[1].consent, ElementsAre(1, 1));
  EXPECT_EQ(view.owners[1].range.begin, 3U);
  EXPECT_EQ(view.consenting(), 5U);
  EXPECT_EQ(view.data_root, governance::data_root(commons_.dataset, commons_.ledger.ranges));
  EXPECT_EQ(view.mask, query::mask_hash(view.owners));
}

TEST_F(Records, ARevocationChangesTheVeryNextLookAndNothingElse) {
  commons_.publish(1, 3);
  const DatasetView before = look().value();
  commons_.state_change(1, 1, governance::ConsentAction::kRevoke);
  const DatasetView after = look().value();
  EXPECT_THAT(after.owners[0].consent, ElementsAre(1, 0, 1));
  EXPECT_NE(after.mask, before.mask);
  EXPECT_NE(after.consent_root, before.consent_root);
  EXPECT_EQ(after.data_root, before.data_root);
  commons_.state_change(1, 1, governance::ConsentAction::kGrant);
  EXPECT_EQ(look().value().mask, before.mask);
}

TEST_F(Records, WhoeverComesLateSeesTheSame) {
  commons_.publish(1, 3);
  (void)look().value();
  commons_.state_change(1, 0, governance::ConsentAction::kRevoke);
  commons_.publish(2, 2);
  commons_.state_change(2, 1, governance::ConsentAction::kRevoke);
  const DatasetView followed = look().value();
  PublicRecords late(commons_.document, commons_.params);
  const DatasetView fresh = late.look(commons_.chain(), commons_.store(), 42, commons_.ledger.time_s).value();
  EXPECT_EQ(fresh.mask, followed.mask);
  EXPECT_EQ(fresh.consent_root, followed.consent_root);
  EXPECT_EQ(fresh.data_root, followed.data_root);
}

TEST_F(Records, StatementsBeyondTheChainsRootWaitForTheNextLook) {
  commons_.publish(1, 3);
  (void)look().value();
  const Hash256 root = *commons_.ledger.consent_root;
  commons_.state_change(1, 0, governance::ConsentAction::kRevoke);
  commons_.ledger.consent_root = root;  // the store has it, the chain not yet
  EXPECT_EQ(look().value().consenting(), 3U);
  commons_.post_root();
  EXPECT_EQ(look().value().consenting(), 2U);
}

TEST_F(Records, AStoreThatHidesAStatementIsAConflict) {
  commons_.publish(1, 3);
  commons_.state_change(1, 0, governance::ConsentAction::kRevoke);
  commons_.state_change(1, 1, governance::ConsentAction::kRevoke);
  commons_.served.statements.erase(commons_.served.statements.begin());
  const auto refused = look();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_THAT(refused.error().message, HasSubstr("do not lead to the consent root"));
}

TEST_F(Records, AStatementThatThePatientDidNotSignIsRefused) {
  commons_.publish(1, 3);
  commons_.state_change(1, 0, governance::ConsentAction::kRevoke);
  commons_.served.statements[0].back() ^= 1;
  EXPECT_FALSE(look());
}

TEST_F(Records, OtherBytesThanThePublishedOnesAreCorrupt) {
  commons_.publish(1, 3);
  for (const Hash256& name : {commons_.ledger.ranges[0].manifest, commons_.ledger.ranges[0].attestation}) {
    Bytes& bytes = commons_.served.blobs[name.hex()];
    bytes[bytes.size() / 2] ^= 1;
    PublicRecords fresh(commons_.document, commons_.params);
    EXPECT_EQ(fresh.look(commons_.chain(), commons_.store(), 42, 0).error().code, Code::kCorrupt);
    bytes[bytes.size() / 2] ^= 1;
  }
  EXPECT_TRUE(look());
}

// Any member may publish two hashes; what they name is for everybody who reads to find out.
TEST_F(Records, APublicationThatNobodyCanUseStopsQuestionsUntilItsOwnerIsRemoved) {
  commons_.publish(1, 3);
  const governance::SlotRange right = commons_.ledger.ranges[0];
  const auto unusable = [&](const governance::SlotRange& range, const std::string& reason) {
    commons_.ledger.ranges = {right, range};
    commons_.ledger.removed.clear();
    PublicRecords records(commons_.document, commons_.params);
    const auto refused = records.look(commons_.chain(), commons_.store(), 42, 0);
    ASSERT_FALSE(refused) << reason;
    EXPECT_EQ(refused.error().code, Code::kRefused);
    EXPECT_THAT(refused.error().message, HasSubstr("owner " + range.owner.text() + " published what cannot be used"));
    EXPECT_THAT(refused.error().message, HasSubstr(reason));
    EXPECT_THAT(refused.error().message, HasSubstr("member propose-removal"));
    EXPECT_TRUE(records.follow_consent(commons_.chain(), commons_.store())) << "what patients say does not wait";
    EXPECT_TRUE(records.consent().leaf(right.owner, commons_.person(1, 0)));
    commons_.ledger.removed = {range.owner};
    const auto view = records.look(commons_.chain(), commons_.store(), 42, 0);
    ASSERT_TRUE(view) << reason << ": " << view.error().message;
    ASSERT_EQ(view->owners.size(), 1U);
    EXPECT_EQ(view->consenting(), 3U);
    EXPECT_EQ(view->data_root, governance::data_root(commons_.dataset, std::span(&right, 1)));
    EXPECT_TRUE(view->left.empty());
  };
  const governance::Address other = testing::numbered_address(7);
  const auto blob = [&](const Bytes& bytes) {
    commons_.served.blobs[sha256(bytes).hex()] = bytes;
    return sha256(bytes);
  };
  const Hash256 junk = blob(Bytes{1, 2, 3});
  const Hash256 nobodys = sha256(view_of("nobody has it"));
  unusable({other, 3, 5, nobodys, nobodys}, nobodys.hex());
  unusable({other, 3, 5, junk, nobodys}, "manifest");
  unusable({other, 3, 5, right.manifest, right.attestation}, "the manifest is for another owner");
}

TEST_F(Records, AnAttestationOfAnotherOwnerOrOfRowsThatAreNotThereIsOfNoUse) {
  commons_.publish(1, 3);
  commons_.publish(2, 2);
  const governance::SlotRange first = commons_.ledger.ranges[0];
  commons_.ledger.ranges[1].attestation = first.attestation;
  EXPECT_THAT(look().error().message, HasSubstr("it is of owner " + first.owner.text()));
  const governance::ConsentAttestation beyond{commons_.dataset, commons_.ledger.ranges[1].owner,
                                              {{sha256(view_of("somebody")), 2, first.owner, true, 42}}};
  const Bytes bytes = governance::encode(beyond);
  commons_.served.blobs[sha256(bytes).hex()] = bytes;
  commons_.ledger.ranges[1].attestation = sha256(bytes);
  EXPECT_THAT(look().error().message, HasSubstr("it attests row 2 of 2"));
}

TEST_F(Records, WhoIsRemovedTakesHerRecordsAlongAndHerLeavesStay) {
  commons_.publish(1, 3);
  commons_.publish(2, 2);
  const DatasetView before = look().value();
  commons_.ledger.removed = {commons_.ledger.ranges[0].owner};
  const DatasetView after = look().value();
  ASSERT_EQ(after.owners.size(), 1U);
  EXPECT_EQ(after.owners[0].owner, before.owners[1].owner);
  EXPECT_EQ(after.owners[0].range.begin, 3U);
  EXPECT_EQ(after.consent_root, before.consent_root);
  EXPECT_NE(after.data_root, before.data_root);
  EXPECT_NE(after.mask, before.mask);
  ASSERT_EQ(after.left.size(), 1U);
  EXPECT_EQ(data::manifest_hash(after.left[0]), commons_.ledger.ranges[0].manifest);
  PublicRecords late(commons_.document, commons_.params);
  EXPECT_EQ(late.look(commons_.chain(), commons_.store(), 42, 0).value().mask, after.mask);
}

TEST_F(Records, AManifestForAnotherOwnerRangeOrEpochIsRefused) {
  commons_.publish(1, 3);
  const governance::SlotRange right = commons_.ledger.ranges[0];
  commons_.ledger.ranges[0].owner = testing::numbered_address(7);
  EXPECT_EQ(look().error().code, Code::kRefused);
  commons_.ledger.ranges[0] = right;
  commons_.ledger.ranges[0].begin = 4;
  EXPECT_EQ(look().error().code, Code::kRefused);
  commons_.ledger.ranges[0] = right;
  EXPECT_TRUE(look());
  commons_.document.epoch = Epoch(2);
  PublicRecords of_another_epoch(commons_.document, commons_.params);
  EXPECT_EQ(of_another_epoch.look(commons_.chain(), commons_.store(), 42, 0).error().code, Code::kRefused);
}

TEST_F(Records, APurposeThatNobodyGrantedMasksEverybodyAndAnUnknownOneIsRefused) {
  commons_.publish(1, 3, 7);  // disease-specific research only
  EXPECT_EQ(look(42).value().consenting(), 0U);
  EXPECT_EQ(look(7).value().consenting(), 3U);
  EXPECT_EQ(look(1).error().code, Code::kUnsupported);
}

// A store that drops a revocation has no say in this one (K4).
TEST_F(Records, WhoRevokedOnChainIsOutOfTheNextLookAlthoughTheRootIsTheSame) {
  commons_.publish(1, 3);
  const DatasetView before = look().value();
  const auto owner = testing::numbered_wallet(1).address();
  const auto patient = governance::derive_patient_wallet(PublishedCommons::patient_seed(1), "1");
  commons_.ledger.revocations = {{owner, commons_.person(1, 0), patient.address(), 1'800'000'000, 0}};
  const DatasetView after = look().value();
  EXPECT_EQ(after.consenting() + 1, before.consenting());
  EXPECT_EQ(after.consent_root, before.consent_root);
  EXPECT_NE(after.mask, before.mask);
  commons_.ledger.revocations.clear();  // a reorganisation
  EXPECT_EQ(look().value().mask, before.mask);
}

}  // namespace
}  // namespace mc::client
