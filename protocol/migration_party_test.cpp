// SPDX-License-Identifier: Apache-2.0
#include "protocol/migration_party.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fhe/ckks/encryptor.hpp"
#include "protocol/testing/migration.hpp"

namespace mc::protocol {
namespace {

using testing::collective_secret;
using testing::custodian;
using testing::Migrations;
using testing::numbered_identity;
using testing::numbered_key;
using testing::small_params;

class MigrationPartyTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { keyed_ = std::make_unique<Migrations>(); }
  static void TearDownTestSuite() { keyed_.reset(); }
  void SetUp() override {
    keyed_->board.clear();
    keyed_->tamper = nullptr;
  }
  Hash256 hash_of(const fhe::MigrationKey& key) const { return fhe::hash_migration_key(*small_params(), key); }
  static std::unique_ptr<Migrations> keyed_;
};

std::unique_ptr<Migrations> MigrationPartyTest::keyed_;

TEST_F(MigrationPartyTest, StoredCiphertextsDecryptUnderTheNewCommitteesPieces) {
  const ApprovedMigration approved = keyed_->approved();
  const auto key = keyed_->run(approved);
  ASSERT_TRUE(key.has_value()) << key.error().message;
  const fhe::ParamsPtr params = small_params();
  const fhe::Encoder encoder(params);
  const std::vector<double> values{0.5, -0.75, 0.125};
  const auto plain =
      encoder.encode(values, params->top_level(), fhe::Scale::power_of_two(fhe::kSealScaleLog2)).value_or_stop();
  KeyStream stream(numbered_key(1));
  const auto ct =
      fhe::encrypt(*params, fhe::narrow_public_key(*params, keyed_->from.parties_[0].keys().public_key), plain, stream)
          .value_or_stop();
  const auto carried = fhe::Migration(params, *key).carry(ct).value_or_stop();
  const auto decoded = encoder.decode(fhe::decrypt(*params, collective_secret(keyed_->to), carried)).value_or_stop();
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(decoded[i], values[i], 1e-12);
}

TEST_F(MigrationPartyTest, AnyParticipantsMakeTheSameKeyAndAnybodyRecomputesIt) {
  const ApprovedMigration all = keyed_->approved();
  const auto by_all = keyed_->run(all);
  ASSERT_TRUE(by_all.has_value()) << by_all.error().message;
  const auto recomputed = verify_migration(all, Migrations::reader(keyed_->board));
  ASSERT_TRUE(recomputed.has_value()) << recomputed.error().message;
  EXPECT_EQ(hash_of(*recomputed), hash_of(*by_all));
  for (const std::vector<std::uint32_t>& who : std::vector<std::vector<std::uint32_t>>{{0, 1}, {0, 2}, {1, 2}}) {
    keyed_->board.clear();
    const ApprovedMigration some = keyed_->approved_by(who);
    const auto by_some = keyed_->run(some);
    ASSERT_TRUE(by_some.has_value()) << by_some.error().message;
    EXPECT_EQ(hash_of(*by_some), hash_of(*by_all)) << "a custodian that is lost is replaced by the other holders";
  }
}

TEST_F(MigrationPartyTest, ARestartAtAnyStepSaysTheSameBytes) {
  const ApprovedMigration approved = keyed_->approved();
  const auto reference = keyed_->run(approved);
  ASSERT_TRUE(reference.has_value());
  const std::map<BoardSlot, BoardMessage> board = keyed_->board;
  for (std::uint32_t victim = 0; victim < 3; ++victim) {
    for (int step = 0; step < 6; ++step) {
      keyed_->board.clear();
      keyed_->tamper = [&](BoardMessage& message) { ASSERT_EQ(message, board.at(message.slot)); };
      std::vector<MigrationParty> parties;
      for (std::uint32_t c = 0; c < 3; ++c) parties.push_back(keyed_->party(approved, c));
      for (int turn = 0; !std::ranges::all_of(parties, &MigrationParty::finished); ++turn) {
        ASSERT_LT(turn, 50);
        if (turn == step) parties[victim] = keyed_->party(approved, victim);
        for (MigrationParty& party : parties) {
          const Status moved = keyed_->turn(party);
          ASSERT_TRUE(moved.has_value()) << moved.error().message;
        }
      }
      EXPECT_EQ(keyed_->board, board);
      for (const MigrationParty& party : parties) EXPECT_EQ(hash_of(party.key()), hash_of(*reference));
    }
  }
}

TEST_F(MigrationPartyTest, EveryLieStopsItAndIsFoundByWhoWatches) {
  const ApprovedMigration approved = keyed_->approved();
  ASSERT_TRUE(keyed_->run(approved).has_value());
  const std::map<BoardSlot, BoardMessage> honest = keyed_->board;
  for (const auto& [slot, original] : honest) {
    const std::string sentence = slot.round == Round::kMigrationCommit
                                     ? "migration share of the piece without custodian"
                                     : custodian_text(slot.sender) + " revealed another migration share";
    keyed_->board.clear();
    keyed_->tamper = [&](BoardMessage& message) {
      if (message.slot != slot) return;
      Bytes body = message.body;
      body[body.size() / 2] ^= 1;
      message = keyed_->from.resign(message, std::move(body));
    };
    const auto run = keyed_->run(approved);
    // A revealed share that the others take from the board stops them; the liar itself has nothing to compare.
    ASSERT_FALSE(run.has_value()) << slot.name();
    EXPECT_NE(run.error().message.find(sentence), std::string::npos) << slot.name() << ": " << run.error().message;

    std::map<BoardSlot, BoardMessage> board = honest;
    Bytes body = original.body;
    body[body.size() / 2] ^= 1;
    board.at(slot) = keyed_->from.resign(original, std::move(body));
    const auto watched = verify_migration(approved, Migrations::reader(board));
    ASSERT_FALSE(watched.has_value());
    EXPECT_NE(watched.error().message.find(sentence), std::string::npos) << watched.error().message;
    board.at(slot) = original;
    board.at(slot).signature[0] ^= 1;
    EXPECT_NE(verify_migration(approved, Migrations::reader(board)).error().message.find("is not signed by"),
              std::string::npos);
    board.erase(slot);
    EXPECT_EQ(verify_migration(approved, Migrations::reader(board)).error().code, Code::kNotFound);
  }
}

TEST_F(MigrationPartyTest, MessagesThatDoNotBelongAreRefusedWithoutHarm) {
  const ApprovedMigration approved = keyed_->approved(), other = keyed_->approved_by({0, 1});
  MigrationParty party = keyed_->party(approved, 0);
  MigrationParty peer = keyed_->party(approved, 1);
  const BoardMessage good = peer.advance().value_or_stop().at(0);
  const auto refused = [&](const BoardMessage& message, std::string_view part) {
    const Status status = party.receive(message);
    ASSERT_FALSE(status.has_value());
    EXPECT_NE(status.error().message.find(part), std::string::npos) << status.error().message;
  };
  MigrationParty elsewhere = keyed_->party(other, 1);
  refused(elsewhere.advance().value_or_stop().at(0), "belongs to ceremony");
  BoardMessage bad = good;
  bad.body[0] ^= 1;
  refused(bad, "is not signed by custodian 1");
  bad = good;
  bad.slot.sender = custodian(2);
  refused(bad, "is not signed by custodian 2");
  for (const BoardSlot& slot :
       {BoardSlot{Round::kMigrationReveal, custodian(1), 2}, BoardSlot{Round::kShareCommit, custodian(1), 0},
        BoardSlot{Round::kMigrationCommit, custodian(1), 1}, BoardSlot{Round::kMigrationCommit, custodian(1), 0, 1}}) {
    refused(sign_board_message(numbered_identity(1), approved.ceremony(), slot, Bytes(8)), "does not exist");
  }
  ASSERT_TRUE(party.receive(good).has_value());
  ASSERT_TRUE(party.receive(good).has_value()) << "a repeat";
  Bytes body = good.body;
  body[3] ^= 1;
  refused(keyed_->from.resign(good, std::move(body)), "has signed two different messages");
}

TEST_F(MigrationPartyTest, SecretsOfAnotherCustodianEpochOrCommitteeAreRefused) {
  const ApprovedMigration approved = keyed_->approved();
  const auto with = [&](std::uint32_t self, std::uint64_t signer, const ReleaseState& state) {
    return MigrationParty::create(approved, custodian(self), numbered_identity(signer), state).has_value();
  };
  EXPECT_TRUE(with(0, 0, keyed_->state(0)));
  EXPECT_FALSE(with(0, 1, keyed_->state(0))) << "a signer that is not registered";
  EXPECT_FALSE(with(0, 0, keyed_->state(1)));
  const testing::Ceremony& to = keyed_->to;
  EXPECT_FALSE(
      with(0, 0, make_release_state(*to.setup_.params, to.parties_[0].secrets(), numbered_key(1), fhe::Window(1))))
      << "the new committee's";
  ReleaseState stale = keyed_->state(0);
  stale.epoch = Epoch(9);
  EXPECT_FALSE(with(0, 0, stale));
  ReleaseState fewer = keyed_->state(0);
  fewer.pieces.pop_back();
  EXPECT_FALSE(with(0, 0, fewer));
  const ApprovedMigration without = keyed_->approved_by({1, 2});
  EXPECT_FALSE(MigrationParty::create(without, custodian(0), numbered_identity(0), keyed_->state(0)).has_value());
}

// Release keys move on, pieces do not: a custodian that slept for a year gives the same share.
TEST_F(MigrationPartyTest, AShareIsTheSameWhateverDayItIs) {
  const ApprovedMigration approved = keyed_->approved();
  const ReleaseState later = advanced(keyed_->state(0), fhe::Window(366));
  MigrationParty today = keyed_->party(approved, 0);
  MigrationParty then = MigrationParty::create(approved, custodian(0), numbered_identity(0), later).value_or_stop();
  EXPECT_EQ(today.advance().value_or_stop(), then.advance().value_or_stop());
}

}  // namespace
}  // namespace mc::protocol
