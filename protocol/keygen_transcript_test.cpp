// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_transcript.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/ceremony.hpp"

namespace mc::protocol {
namespace {

using testing::Ceremony;
using testing::custodian;
using testing::numbered_identity;
using testing::small_params;

class KeygenTranscript : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    finished_ = std::make_unique<Ceremony>(small_params(), 3, 2, std::vector<std::uint64_t>{5, 2047});
    ASSERT_TRUE(finished_->run().has_value());
  }
  static void TearDownTestSuite() { finished_.reset(); }

  std::map<BoardSlot, BoardMessage> board_ = finished_->board_;
  ChainFacts facts_ = finished_->facts_;

  Result<VerifiedKeygen> verify() const {
    return verify_keygen_transcript(finished_->setup_, facts_, [&](const BoardSlot& slot) -> Result<BoardMessage> {
      const auto found = board_.find(slot);
      if (found == board_.end()) return fail(Code::kNotFound, "not on the board");
      return found->second;
    });
  }
  std::string refusal() const {
    const auto verified = verify();
    return verified ? "" : verified.error().message;
  }

  static std::unique_ptr<Ceremony> finished_;
};

std::unique_ptr<Ceremony> KeygenTranscript::finished_;

TEST_F(KeygenTranscript, RecomputesTheKeysFromWhatIsPublic) {
  const auto verified = verify();
  ASSERT_TRUE(verified.has_value()) << verified.error().message;
  const KeySet& keys = finished_->parties_[0].keys();
  EXPECT_EQ(verified->commitment, keys.commitment);
  EXPECT_EQ(verified->transcript, keys.transcript);
  EXPECT_EQ(verified->hashes, keys.hashes);
  EXPECT_EQ(verified->public_key, keys.public_key);
  EXPECT_EQ(verified->hashes.galois.size(), 2u);
  EXPECT_EQ(verified->messages, board_.size());
}

// Whatever a custodian signs otherwise, one message at a time, of every kind and sender.
TEST_F(KeygenTranscript, AnyOtherMessageIsFoundAndItsSenderNamed) {
  for (const auto& [slot, original] : finished_->board_) {
    if (slot.round == Round::kContributionReveal) continue;  // below: nobody but its recipient can read it
    for (const std::size_t byte : {std::size_t{0}, original.body.size() / 2, original.body.size() - 1}) {
      Bytes body = original.body;
      body[byte] ^= 1;
      board_.at(slot) = finished_->resign(original, std::move(body));
      // What a hash of a contribution should have been only holders of the piece know, and they stop
      // (keygen_party_test). Here it is found because the chain's commitments cover the whole transcript.
      const std::string wanted = slot.round == Round::kContributionCommit
                                     ? "the board adds up to"
                                     : "custodian " + std::to_string(slot.sender.value);
      const std::string sentence = refusal();
      EXPECT_NE(sentence.find(wanted), std::string::npos) << slot.name() << ", byte " << byte << ": " << sentence;
      board_.at(slot) = original;
    }
  }
  EXPECT_EQ(refusal(), "");
}

// A party that opens another contribution than was committed to stops (keygen_party_test). To the public a box is
// opaque: what counts is that every holder committed to the same seed on chain.
TEST_F(KeygenTranscript, ASealedBoxOfAnotherSizeIsFound) {
  for (const auto& [slot, original] : finished_->board_) {
    if (slot.round != Round::kContributionReveal) continue;
    Bytes body = original.body;
    body.push_back(0);
    board_.at(slot) = finished_->resign(original, std::move(body));
    EXPECT_NE(refusal().find("board message " + slot.name()), std::string::npos) << refusal();
    board_.at(slot) = original;
  }
}

TEST_F(KeygenTranscript, AMessageThatIsNotSignedMissingOrMisplacedIsFound) {
  for (const auto& [slot, original] : finished_->board_) {
    board_.at(slot).signature[3] ^= 1;
    EXPECT_NE(refusal().find(slot.name() + " is not signed by custodian " + std::to_string(slot.sender.value)),
              std::string::npos)
        << refusal();
    board_.erase(slot);
    EXPECT_NE(refusal().find("board message " + slot.name() + ": not on the board"), std::string::npos) << refusal();
    board_.emplace(slot, original);
  }
  const BoardSlot one{Round::kShareCommit, custodian(1), 0}, two{Round::kShareCommit, custodian(2), 0};
  board_.at(one) = finished_->board_.at(two);
  EXPECT_NE(refusal().find("has the message share_commit-2-0-0 in the place of share_commit-1-0-0"), std::string::npos)
      << refusal();
}

TEST_F(KeygenTranscript, OtherCommitmentsOnChainAreFound) {
  for (const auto& [key, original] : finished_->facts_.piece_commitments) {
    facts_.piece_commitments.at(key).bytes[0] ^= 1;
    EXPECT_NE(refusal().find("commitments on chain to the"), std::string::npos) << refusal();
    facts_.piece_commitments.erase(key);
    EXPECT_EQ(verify().error().code, Code::kUnavailable);
    facts_.piece_commitments.emplace(key, original);
  }
  // All holders of a piece agree on another seed: the common random polynomials are others, hence the keys.
  for (auto& [key, commitment] : facts_.piece_commitments) commitment.bytes[0] ^= 1;
  EXPECT_NE(refusal().find("keys differ: custodian 0 committed on chain"), std::string::npos) << refusal();
  facts_ = finished_->facts_;
  facts_.key_commitments.at(custodian(2)).bytes[5] ^= 1;
  EXPECT_NE(refusal().find("keys differ: custodian 2 committed on chain"), std::string::npos) << refusal();
  facts_.key_commitments.erase(custodian(2));
  EXPECT_EQ(verify().error().code, Code::kUnavailable);
}

TEST_F(KeygenTranscript, ABoardOfAnotherCeremonyIsFound) {
  Ceremony other(small_params(), 3, 2, {5, 2047}, Epoch(2));
  ASSERT_TRUE(other.run().has_value());
  board_ = other.board_;
  EXPECT_NE(refusal().find("belongs to ceremony"), std::string::npos) << refusal();
}

}  // namespace
}  // namespace mc::protocol
