// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_inbox.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/ceremony.hpp"

namespace mc::protocol {
namespace {

using testing::Ceremony;
using testing::custodian;
using testing::numbered_identity;
using testing::small_params;

class KeygenInboxTest : public ::testing::Test {
 protected:
  Ceremony ceremony{small_params(), 3, 2};
  KeygenInbox inbox{ceremony.setup_, custodian(0)};

  BoardMessage message(Round round, std::uint32_t sender, std::uint64_t subject, Bytes body = Bytes(64, 7)) const {
    return sign_board_message(numbered_identity(sender), inbox.ceremony(), {round, custodian(sender), subject}, body);
  }
  Code refusal(BoardMessage m) {
    const Status status = inbox.receive(std::move(m));
    return status ? Code::kNotFound : status.error().code;  // kNotFound: no refusal
  }
};

TEST_F(KeygenInboxTest, WantsCommitsOfAllSealedBoxesForItAndBytesOfPiecesItLacks) {
  EXPECT_EQ(inbox.missing(Round::kContributionCommit).size(), 3u);
  EXPECT_EQ(inbox.missing(Round::kContributionReveal),
            (std::vector<BoardSlot>{{Round::kContributionReveal, custodian(1), 0},
                                    {Round::kContributionReveal, custodian(2), 0}}));
  // Piece 1 lacks custodian 0; its lowest holder is custodian 1.
  EXPECT_EQ(inbox.missing(Round::kShareReveal), (std::vector<BoardSlot>{{Round::kShareReveal, custodian(1), 1, 0},
                                                                        {Round::kShareReveal, custodian(1), 1, 1}}));
}

TEST(KeygenInbox, WantsTheGaloisSharesOfOneKeyAtATime) {
  const Ceremony ceremony(small_params(), 3, 2, {5, 25});
  KeygenInbox inbox(ceremony.setup_, custodian(0));
  const BoardSlot first{Round::kGaloisReveal, custodian(1), 1, 0}, second{Round::kGaloisReveal, custodian(1), 1, 1};
  EXPECT_EQ(inbox.missing(Round::kGaloisReveal, 0), std::vector<BoardSlot>{first});
  EXPECT_EQ(inbox.missing(Round::kGaloisReveal, 1), std::vector<BoardSlot>{second});
  ASSERT_TRUE(
      inbox.receive(sign_board_message(numbered_identity(1), inbox.ceremony(), second, Bytes(5, 9))).has_value());
  EXPECT_FALSE(inbox.take_any(Round::kGaloisReveal, 0).has_value());
  const auto taken = inbox.take_any(Round::kGaloisReveal, 1);
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->hash, sha256(Bytes(5, 9)));
  EXPECT_FALSE(inbox.take_any(Round::kGaloisReveal, 1).has_value());
  const BoardSlot third{Round::kGaloisReveal, custodian(1), 1, 2};
  EXPECT_FALSE(
      inbox.receive(sign_board_message(numbered_identity(1), inbox.ceremony(), third, Bytes(5, 9))).has_value());
}

TEST_F(KeygenInboxTest, HandsOutEachMessageOnceAndRemembersIt) {
  ASSERT_TRUE(inbox.receive(message(Round::kShareReveal, 1, 1)).has_value());
  EXPECT_EQ(inbox.missing(Round::kShareReveal).size(), 1u) << "the relinearisation share is still to come";
  EXPECT_EQ(inbox.take({Round::kShareReveal, custodian(1), 1}), Bytes(64, 7));
  EXPECT_TRUE(inbox.receive(message(Round::kShareReveal, 1, 1)).has_value()) << "a repeat after it was used";
  EXPECT_EQ(refusal(message(Round::kShareReveal, 1, 1, Bytes(64, 8))), Code::kConflict);
  EXPECT_DEATH(inbox.take({Round::kShareReveal, custodian(1), 1}), "check failed");
}

TEST_F(KeygenInboxTest, SlotsThatDoNotExistAreRefused) {
  EXPECT_EQ(refusal(message(Round::kContributionCommit, 1, 1)), Code::kRefused);
  EXPECT_EQ(refusal(message(Round::kContributionReveal, 1, 1)), Code::kRefused) << "to itself";
  EXPECT_EQ(refusal(message(Round::kContributionReveal, 1, 3)), Code::kRefused) << "to nobody";
  EXPECT_EQ(refusal(message(Round::kShareReveal, 2, 1)), Code::kRefused) << "not the lowest holder";
  EXPECT_EQ(refusal(message(Round::kRelinReveal, 1, 3)), Code::kRefused) << "not a piece";
  EXPECT_EQ(refusal(message(Round::kShareCommit, 3, 0)), Code::kRefused) << "not a custodian";
}

TEST_F(KeygenInboxTest, ABodyOverTheLimitIsRefused) {
  const std::size_t bytes_max = board_body_bytes_max(*ceremony.setup_.params, ceremony.setup_.shape);
  EXPECT_EQ(refusal(message(Round::kShareReveal, 1, 1, Bytes(bytes_max + 1))), Code::kLimit);
}

TEST_F(KeygenInboxTest, SealedBoxesOfOthersAreIgnored) {
  ASSERT_TRUE(inbox.receive(message(Round::kContributionReveal, 1, 2)).has_value());
  EXPECT_EQ(inbox.missing(Round::kContributionReveal).size(), 2u);
}

TEST_F(KeygenInboxTest, AnotherContentSignedByOurselvesIsSeenOnceWeHaveSpoken) {
  const BoardMessage old = message(Round::kShareCommit, 0, 0, Bytes(128, 1));
  ASSERT_TRUE(inbox.receive(old).has_value()) << "ignored before";
  inbox.record_own(old.slot, Bytes(128, 2), sha256(Bytes(128, 2)));
  EXPECT_EQ(refusal(old), Code::kConflict);
}

TEST_F(KeygenInboxTest, AHashListOfAnotherLengthNamesItsSlot) {
  for (std::uint32_t c = 0; c < 3; ++c) {
    const BoardMessage m = message(Round::kContributionCommit, c, 0, Bytes(c == 2 ? 63 : 64));
    if (c == 0) inbox.record_own(m.slot, m.body, sha256(m.body));
    ASSERT_TRUE(inbox.receive(m).has_value());
  }
  ASSERT_TRUE(inbox.missing(Round::kContributionCommit).empty());
  const auto lists = inbox.take_hash_lists(Round::kContributionCommit, 0, 1);
  ASSERT_FALSE(lists.has_value());
  EXPECT_EQ(lists.error().message, "board message contribution_commit-2-0-0: 63 bytes where 2 hashes take 64");
}

}  // namespace
}  // namespace mc::protocol
