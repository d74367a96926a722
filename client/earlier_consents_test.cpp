// SPDX-License-Identifier: Apache-2.0
#include "client/earlier_consents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "governance/duo.hpp"

namespace mc::client {
namespace {

using governance::ConsentAction;
using governance::kGeneralResearch;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const governance::Eip712Domain kDomain{"MedicalCommons", "1", 31337, {}};

/// A store with two owners that publish at different times, whose patients change their minds in between.
class EarlierConsents : public ::testing::Test {
 protected:
  EarlierConsents() : store_(dataset_, kDomain) {
    records_.dataset = dataset_;
    records_.domain = kDomain;
    publish(0, 4, 10);  // owner, rows, block
    post_root(11);
    revoke(0, 0);
    post_root(12);
    publish(1, 3, 14);
    post_root(15);
    revoke(0, 1);
    revoke(1, 2);
    post_root(16);
    records_.revocations = {{owners_[1].address(), person(1, 0), patient(1, 0).address(), 1, 1'700}};
  }

  [[nodiscard]] static Hash256 person(std::size_t owner, std::uint32_t row) {
    return Sha256("person").update_u64(owner).update_u64(row).finish();
  }
  [[nodiscard]] governance::Wallet patient(std::size_t owner, std::uint32_t row) const {
    return governance::derive_patient_wallet(seeds_[owner], std::to_string(row));
  }
  void publish(std::size_t owner, std::uint32_t rows, std::uint64_t block) {
    governance::ConsentAttestation attestation{dataset_, owners_[owner].address(), {}};
    for (std::uint32_t row = 0; row < rows; ++row) {
      attestation.leaves.push_back({person(owner, row), row, patient(owner, row).address(), true, kGeneralResearch});
    }
    MC_CHECK(store_.apply(attestation).has_value());
    const governance::SlotRange range{owners_[owner].address(), 100 * owner, rows, sha256(view_of("m")),
                                      governance::attestation_hash(attestation)};
    records_.published.push_back({range, governance::encode(attestation), block, {}});
  }
  void revoke(std::size_t owner, std::uint32_t row) {
    governance::ConsentStatement statement;
    statement.dataset = dataset_;
    statement.owner = owners_[owner].address();
    statement.person = person(owner, row);
    statement.use = kGeneralResearch;
    statement.sequence = 1;
    records_.statements.push_back(governance::sign_consent(kDomain, statement, patient(owner, row)));
    MC_CHECK(store_.apply(records_.statements.back()).has_value());
  }
  void post_root(std::uint64_t block) { records_.roots.push_back({store_.root(), block, 100 * block}); }

  /// Asked under the root that was set as number `root`.
  [[nodiscard]] AskedThen asked(std::size_t root, std::uint64_t block, governance::DataUse use = 6) const {
    return {block, 100 * block, records_.roots[root].root, std::move(use)};
  }

  const Hash256 dataset_ = governance::dataset_id("commons");
  const std::array<governance::Wallet, 2> owners_ = {governance::Wallet::fresh(), governance::Wallet::fresh()};
  const std::array<SecretKey256, 2> seeds_ = {fresh_key(), fresh_key()};
  governance::ConsentState store_;
  ConsentRecords records_;
};

TEST_F(EarlierConsents, AreThoseOfTheMomentOfEveryAuthorisation) {
  const auto found = replay_consents(records_, {asked(1, 13), asked(3, 16), asked(3, 18)}).value_or_stop();
  ASSERT_EQ(found.size(), 3u);
  ASSERT_EQ(found[0].size(), 1u) << "the second owner came later";
  EXPECT_EQ(found[0][0].owner, owners_[0].address().text());
  EXPECT_THAT(found[0][0].consent, ElementsAre(0, 1, 1, 1));
  EXPECT_THAT(found[1][0].consent, ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(found[1][1].consent, ElementsAre(1, 1, 0));
  EXPECT_EQ(found[1][1].range.begin, 100u);
  EXPECT_THAT(found[2][1].consent, ElementsAre(0, 1, 0)) << "she had revoked on chain by then";
}

TEST_F(EarlierConsents, TheSameConsentIsRememberedOnceAndNobodysUseNotAtAll) {
  governance::DataUse unknown = 6;
  unknown.limits.countries = {0x5555};
  const auto found =
      replay_consents(records_, {asked(3, 16), asked(3, 16), asked(0, 12), asked(3, 16, unknown)}).value_or_stop();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_THAT(found[0][0].consent, ElementsAre(1, 1, 1, 1)) << "in the order of the roots";
  EXPECT_TRUE(replay_consents(records_, {}).value_or_stop().empty());
}

TEST_F(EarlierConsents, WhoLeftWasAskedBeforeAndNotAfter) {
  records_.published[0].absences = {{12, 16}, {17, 99}};
  const auto found =
      replay_consents(records_, {asked(1, 12), asked(2, 15), asked(3, 17), asked(3, 18)}).value_or_stop();
  ASSERT_EQ(found.size(), 4u);
  ASSERT_EQ(found[0].size(), 1u) << "she was there in the block in which she left";
  EXPECT_EQ(found[0][0].owner, owners_[0].address().text());
  ASSERT_EQ(found[1].size(), 1u);
  EXPECT_EQ(found[1][0].owner, owners_[1].address().text());
  EXPECT_EQ(found[2].size(), 2u) << "she was back, and left in that block";
  ASSERT_EQ(found[3].size(), 1u);
  EXPECT_EQ(found[3][0].owner, owners_[1].address().text());
}

// Nobody can read what an owner published: she was removed, and no root has leaves of hers.
TEST_F(EarlierConsents, WhatNobodyCanReadNeverTookPart) {
  governance::SlotRange unread{governance::Wallet::fresh().address(), 200, 5, sha256(view_of("x")),
                               sha256(view_of("y"))};
  records_.published.push_back({unread, {}, 10, {{12, 99}}});
  const auto found = replay_consents(records_, {asked(1, 13)}).value_or_stop();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].size(), 1u);
}

// A store that shows fewer statements than it took could hide under which consent was asked.
TEST_F(EarlierConsents, AStatementThatIsKeptBackIsNoticed) {
  records_.statements.pop_back();
  EXPECT_TRUE(replay_consents(records_, {asked(1, 13)})) << "what was asked before it is known";
  const auto found = replay_consents(records_, {asked(3, 17)});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kConflict);
  EXPECT_THAT(found.error().message, HasSubstr("under which an earlier committee was asked"));
  records_.statements.clear();
  EXPECT_FALSE(replay_consents(records_, {asked(1, 13)}));
}

}  // namespace
}  // namespace mc::client
