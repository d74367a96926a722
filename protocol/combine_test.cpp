// SPDX-License-Identifier: Apache-2.0
#include "protocol/combine.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/commons.hpp"

namespace mc::protocol {
namespace {

using testing::Commons;
using testing::numbered_hash;

// Custodian c says something false about one of its pieces, properly signed, bytes and all.
void lie_about(ShareMessage& message, std::size_t piece_index) {
  message.hashes[piece_index].hash.bytes[0] ^= 1;
  for (ShareMessage::PieceBytes& entry : message.bytes) {
    if (entry.piece != message.hashes[piece_index].piece) continue;
    entry.bytes.back() ^= 1;
    message.hashes[piece_index].hash = hash_share(entry.bytes);
  }
  sign_share_message(Commons::identity(message.custodian.value), message);
}

void expect_means(const Opened& opened, std::size_t count) {
  ASSERT_EQ(opened.means.size(), count);
  for (std::size_t i = 0; i < count; ++i) EXPECT_NEAR(opened.means[i], 0.25 * static_cast<double>(i) - 0.5, 1e-12);
}

class CombineTest : public ::testing::Test {
 protected:
  Commons commons;
  std::vector<fhe::Ciphertext> results = commons.results(4);
  Authorisation authorisation = commons.authorise(results);

  Result<Opened> open(std::span<const ShareMessage> messages) {
    return combine(commons.context(authorisation), messages);
  }
  void expect_error(std::span<const ShareMessage> messages, Code code, std::string_view part) {
    const auto refused = open(messages);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, code) << refused.error().message;
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  }
};

TEST_F(CombineTest, AllThreeAgreeingIsVerified) {
  const Opened opened = open(commons.answers(authorisation, results, {0, 1, 2})).value_or_stop();
  EXPECT_EQ(opened.verdict.assurance, Assurance::kVerified);
  EXPECT_TRUE(opened.verdict.disputes.empty());
  expect_means(opened, 4);
}

TEST_F(CombineTest, AnyTwoSufficeAndAreMarkedUnverified) {
  for (const auto& who : {std::vector<std::uint32_t>{0, 1}, {0, 2}, {1, 2}}) {
    const Opened opened = open(commons.answers(authorisation, results, who)).value_or_stop();
    EXPECT_EQ(opened.verdict.assurance, Assurance::kUnverified);
    expect_means(opened, 4);
  }
}

TEST_F(CombineTest, OneAloneNamesTheMissingPieceAndWhoCouldAnswer) {
  const std::vector<ShareMessage> one{commons.answer(0, authorisation, results, {}).value_or_stop()};
  expect_error(one, Code::kUnavailable, "missing: piece without custodian 0; custodians 1, 2 could answer");
}

TEST_F(CombineTest, ALieAmongThreeIsSeenAndNothingIsOpened) {
  for (std::uint32_t liar = 0; liar < 3; ++liar) {
    for (std::size_t piece = 0; piece < 2; ++piece) {
      auto messages = commons.answers(authorisation, results, {0, 1, 2});
      lie_about(messages[liar], piece);
      const Opened opened = open(messages).value_or_stop();
      EXPECT_EQ(opened.verdict.assurance, Assurance::kDisputed);
      EXPECT_TRUE(opened.means.empty());
      ASSERT_EQ(opened.verdict.disputes.size(), 1u);
      EXPECT_EQ(opened.verdict.disputes[0].piece, messages[liar].hashes[piece].piece);
      EXPECT_TRUE(opened.verdict.liars.empty()) << "2-of-3 cannot name a liar";
    }
  }
}

TEST_F(CombineTest, ALieAboutTheHeadsIsSeen) {
  auto messages = commons.answers(authorisation, results, {0, 1, 2});
  messages[1].heads[0].constant[0] ^= 1;
  sign_share_message(Commons::identity(1), messages[1]);
  const Opened opened = open(messages).value_or_stop();
  EXPECT_EQ(opened.verdict.assurance, Assurance::kDisputed);
  EXPECT_TRUE(opened.verdict.disputes.at(0).about_heads);
}

TEST(Combine, InATwoOfFourCommitteeTheLiarIsNamedAndTheAnswerStands) {
  Commons commons(4, 2);
  const auto results = commons.results(2);
  const Authorisation authorisation = commons.authorise(results);
  for (std::uint32_t liar = 0; liar < 4; ++liar) {
    auto messages = commons.answers(authorisation, results, {0, 1, 2, 3});
    // Whoever lies about bytes it was asked for leaves the piece without bytes: the others are asked again.
    const std::size_t lied =
        messages[liar].bytes.empty() || messages[liar].bytes[0].piece != messages[liar].hashes[0].piece ? 0 : 1;
    lie_about(messages[liar], lied);
    const Opened opened = combine(commons.context(authorisation), messages).value_or_stop();
    EXPECT_EQ(opened.verdict.assurance, Assurance::kVerified);
    EXPECT_EQ(opened.verdict.liars, std::vector<CustodianId>{Commons::id(liar)});
    expect_means(opened, 2);
  }
}

TEST(Combine, WithThreeOfTheFourTheLieIsSeenButNotNamed) {
  Commons commons(4, 2);
  const auto results = commons.results(1);
  const Authorisation authorisation = commons.authorise(results);
  auto messages = commons.answers(authorisation, results, {0, 1, 3});
  lie_about(messages[0], 0);
  const Opened opened = combine(commons.context(authorisation), messages).value_or_stop();
  EXPECT_EQ(opened.verdict.assurance, Assurance::kDisputed);
  EXPECT_TRUE(opened.verdict.liars.empty());
}

TEST_F(CombineTest, BytesThatNobodySentAreNamedWithWhomToAsk) {
  auto messages = commons.answers(authorisation, results, {0, 1, 2});
  for (ShareMessage& message : messages) {
    std::erase_if(message.bytes, [](const auto& entry) { return entry.piece == fhe::PieceId(2); });
  }
  expect_error(messages, Code::kNotFound, "piece without custodian 1 that match the agreed hash; ask custodians 0, 2");
}

TEST_F(CombineTest, ChangedBytesDoNotMatchTheSignedHash) {
  auto messages = commons.answers(authorisation, results, {0, 1, 2});
  for (ShareMessage& message : messages) {
    for (ShareMessage::PieceBytes& entry : message.bytes) entry.bytes.back() ^= 1;
  }
  expect_error(messages, Code::kNotFound, "match the agreed hash");
}

TEST_F(CombineTest, ForeignOldOrUnsignedMessagesAreRefused) {
  const auto good = commons.answers(authorisation, results, {0, 1, 2});
  auto messages = good;
  messages[1].signature[0] ^= 1;
  expect_error(messages, Code::kRefused, "share message of custodian 1 is not signed by it");
  messages = good;
  messages[1].custodian = Commons::id(7);
  expect_error(messages, Code::kRefused, "no such custodian");
  messages = good;
  messages[1] = good[0];
  expect_error(messages, Code::kInvalidArgument, "two share messages of custodian 0");
  messages = good;
  messages[2].hashes.pop_back();
  sign_share_message(Commons::identity(2), messages[2]);
  expect_error(messages, Code::kCorrupt, "exactly the pieces");
  messages = good;
  messages[2].heads.pop_back();
  sign_share_message(Commons::identity(2), messages[2]);
  expect_error(messages, Code::kCorrupt, "has 3 answers, authorised are 4");
  authorisation.release_number = 9;
  expect_error(good, Code::kRefused, "answers authorisation");
}

TEST(ChooseSenders, SpreadsThePiecesAndNamesWhatNobodyHolds) {
  const auto shape = fhe::CommitteeShape::create(5, 3).value_or_stop();
  const std::vector<CustodianId> available{Commons::id(0), Commons::id(2), Commons::id(4)};
  const auto senders = choose_senders(shape, available).value_or_stop();
  std::size_t total = 0;
  for (const auto& [custodian, pieces] : senders) {
    EXPECT_LE(pieces.size(), 4u);
    total += pieces.size();
    for (const fhe::PieceId piece : pieces) EXPECT_TRUE(shape.holds(custodian, piece));
  }
  EXPECT_EQ(total, shape.pieces().size());
  const auto missing = choose_senders(shape, std::span(available).first(2));
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().message.find("piece without custodians 0, 2; custodians 1, 3, 4 do"), std::string::npos)
      << missing.error().message;
}

}  // namespace
}  // namespace mc::protocol
