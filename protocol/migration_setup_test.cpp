// SPDX-License-Identifier: Apache-2.0
// R12: every way in which a switching key could be had for a committee that should not get it, tried and refused.
#include "protocol/migration_setup.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/migration.hpp"

namespace mc::protocol {
namespace {

using testing::custodian;
using testing::Migrations;
using testing::numbered_hash;
using testing::numbered_identity;

class MigrationSetup : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { committees_ = std::make_unique<Migrations>(); }
  static void TearDownTestSuite() { committees_.reset(); }

  ProposedCommittee next_ = committees_->proposed();
  MigrationFacts facts_ = committees_->facts();

  std::string refusal() const {
    const auto approved = committees_->approve(next_, facts_);
    return approved ? "" : approved.error().message;
  }
  void expect_refused(std::string_view part) const { EXPECT_NE(refusal().find(part), std::string::npos) << refusal(); }
  static std::unique_ptr<Migrations> committees_;
};

std::unique_ptr<Migrations> MigrationSetup::committees_;

TEST_F(MigrationSetup, ACommitteeThatTheChambersApprovedAndThatIsKeyedIsAccepted) {
  const ApprovedMigration approved = committees_->approve(next_, facts_).value_or_stop();
  EXPECT_EQ(approved.next_key(), committees_->to.parties_[0].keys().public_key);
  EXPECT_TRUE(approved.lies_are_noticed());
  EXPECT_EQ(approved.revealer(fhe::PieceId(1)), custodian(1));
}

TEST_F(MigrationSetup, ACommitteeOfTooFewForItsThresholdIsRefused) {
  next_.threshold = 4;  // n = 5 < 2t-1 = 7
  EXPECT_NE(refusal(), "");
  next_.threshold = 1;
  EXPECT_NE(refusal(), "");
  next_ = committees_->proposed();
  next_.identities.resize(4);  // 3 of 4
  EXPECT_NE(refusal(), "");
}

TEST_F(MigrationSetup, MissingOrDifferingCommitmentsAreRefused) {
  for (const auto& [custodian, commitment] : committees_->to.facts_.key_commitments) {
    facts_.next.key_commitments.erase(custodian);
    expect_refused("custodian " + std::to_string(custodian.value) + " has not committed to the keys");
    facts_.next.key_commitments[custodian] = numbered_hash(1);
    expect_refused("keys differ: custodian " + std::to_string(custodian.value));
    facts_ = committees_->facts();
  }
  facts_.next.piece_commitments.begin()->second = numbered_hash(2);
  expect_refused("commitments on chain to the");
  facts_.next.piece_commitments.clear();
  expect_refused("not every holder of every piece has committed");
}

TEST_F(MigrationSetup, BeforeTheTimelockHasElapsedItIsRefused) {
  facts_.now_s = next_.approved_s + facts_.timelock_s - 1;
  expect_refused("with a timelock of 604800 seconds");
  facts_.now_s = 0;  // a chain whose time was set back
  expect_refused("the chain's time is 0");
  facts_ = committees_->facts();
  next_.approved_s = UINT64_MAX - 5;
  expect_refused("timelock");
}

TEST_F(MigrationSetup, AnOlderOrEqualEpochIsRefused) {
  next_.epoch = Epoch(1);
  expect_refused("key epoch 1 does not come after epoch 1");
  next_.epoch = Epoch(0);
  expect_refused("data never moves to an older key");
  // From new to old: the same two committees the other way round.
  const Migrations& both = *committees_;
  const ProposedCommittee old{both.from.setup_.commons,
                              both.from.setup_.epoch,
                              both.from.setup_.shape.threshold(),
                              both.from.setup_.params,
                              both.from.setup_.identities,
                              {},
                              1'000'000};
  const auto backwards = ApprovedMigration::create(both.to.setup_, old, {both.from.facts_, 2'000'000, 86'400},
                                                   Migrations::reader(both.from.board_), both.to.setup_.everyone());
  ASSERT_FALSE(backwards.has_value());
  EXPECT_EQ(backwards.error().code, Code::kRefused);
}

TEST_F(MigrationSetup, AnotherCommonsOrOtherParametersAreRefused) {
  next_.commons = numbered_hash(77);
  expect_refused("belongs to the commons");
  next_ = committees_->proposed();
  next_.params = fhe::Params::create({"other", fhe::LogN(10), {50, 50}, {50}, true}).value_or_stop();
  expect_refused("for other parameters");
}

// Whoever keeps the board shows a key generation of his own in place of the new committee's: complete, consistent, and
// signed by identities of his. The chain names other custodians and other commitments.
TEST_F(MigrationSetup, AForeignKeyInThePlaceOfTheNewCommitteesIsRefused) {
  testing::Ceremony foreign(testing::small_params(), 5, 3, {}, Epoch(2), 900);
  ASSERT_TRUE(foreign.run().has_value());
  const auto reader = Migrations::reader(foreign.board_);
  const auto with = [&](const ProposedCommittee& next, const MigrationFacts& facts) {
    const auto approved =
        ApprovedMigration::create(committees_->from.setup_, next, facts, reader, committees_->all_old());
    return approved ? std::string() : approved.error().message;
  };
  EXPECT_NE(with(next_, facts_).find("belongs to ceremony"), std::string::npos) << with(next_, facts_);
  // He also has a document that names his identities: the commitments on chain are still the committee's.
  ProposedCommittee his = next_;
  his.identities = foreign.setup_.identities;
  EXPECT_NE(with(his, facts_).find("keys differ"), std::string::npos) << with(his, facts_);
}

// One message of the new committee's board replaced: the key would be another one.
TEST_F(MigrationSetup, AnyOtherShareOfTheNewKeyIsRefused) {
  std::map<BoardSlot, BoardMessage> board = committees_->to.board_;
  const BoardSlot slot{Round::kShareReveal, custodian(0), committees_->to.setup_.shape.pieces_of(custodian(0))[0].value,
                       kPublicKeyItem};
  Bytes body = board.at(slot).body;
  body[body.size() / 2] ^= 1;
  board.at(slot) = committees_->to.resign(board.at(slot), std::move(body));
  const auto approved = ApprovedMigration::create(committees_->from.setup_, next_, facts_, Migrations::reader(board),
                                                  committees_->all_old());
  ASSERT_FALSE(approved.has_value());
  EXPECT_NE(approved.error().message.find("revealed another public key share"), std::string::npos)
      << approved.error().message;
}

TEST_F(MigrationSetup, ParticipantsAreThresholdOrMoreCustodiansInOrder) {
  const auto with = [&](std::vector<std::uint32_t> who) {
    std::vector<CustodianId> participants;
    for (const std::uint32_t c : who) participants.push_back(custodian(c));
    return ApprovedMigration::create(committees_->from.setup_, next_, facts_,
                                     Migrations::reader(committees_->to.board_), participants);
  };
  for (const std::vector<std::uint32_t>& bad :
       std::vector<std::vector<std::uint32_t>>{{}, {0}, {1, 0}, {1, 1}, {0, 3}}) {
    const auto refused = with(bad);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  }
  const auto two = with({1, 2});
  ASSERT_TRUE(two.has_value());
  EXPECT_FALSE(two->lies_are_noticed()) << "2 of 3 answer: fewer than 2t-1";
  EXPECT_EQ(two->revealer(fhe::PieceId(2)), custodian(2)) << "custodian 0, its lowest holder, is away";
  EXPECT_NE(two->ceremony(), with({0, 1, 2})->ceremony());
}

}  // namespace
}  // namespace mc::protocol
