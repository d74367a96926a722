// SPDX-License-Identifier: Apache-2.0
#include "protocol/comparison.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::protocol {
namespace {

using fhe::testing::numbered_hash;

CustodianId id(std::uint32_t c) {
  return CustodianId(static_cast<std::uint8_t>(c));
}

// What an honest custodian says; no signatures, which compare() leaves to check_statement.
std::vector<Statement> honest(const fhe::CommitteeShape& shape, std::uint32_t answered) {
  std::vector<Statement> statements;
  for (std::uint32_t c = 0; c < answered; ++c) {
    Statement statement{Statement::Kind::kRelease, id(c), Epoch(1), numbered_hash(1), numbered_hash(2), {}, {}};
    for (const fhe::PieceId piece : shape.pieces_of(id(c)))
      statement.hashes.push_back({piece, numbered_hash(piece.value)});
    statements.push_back(std::move(statement));
  }
  return statements;
}

// Every piece of a liar is lied about, all liars alike.
void lie(Statement& statement) {
  for (PieceHash& entry : statement.hashes) entry.hash.bytes[0] ^= 1;
}

TEST(Comparison, EveryNumberOfAnswersAndLiarsIsJudgedAsTheRuleSays) {
  for (const auto& [n, t] : {std::pair{3u, 2u}, {4u, 2u}, {5u, 3u}, {7u, 3u}, {7u, 4u}}) {
    const fhe::CommitteeShape shape = fhe::CommitteeShape::create(n, t).value_or_stop();
    for (std::uint32_t answered = t; answered <= n; ++answered) {
      for (std::uint32_t liars = 0; liars < t; ++liars) {
        auto statements = honest(shape, answered);
        for (std::uint32_t c = 0; c < liars; ++c) lie(statements[c]);
        const Comparison comparison = compare(shape, statements).value_or_stop();
        const Verdict& verdict = comparison.verdict;
        SCOPED_TRACE(shape.text() + ", " + std::to_string(answered) + " answers, " + std::to_string(liars) + " liars");
        EXPECT_EQ(verdict.answered.size(), answered);
        if (liars == 0) {
          EXPECT_EQ(verdict.assurance, answered >= 2 * t - 1 ? Assurance::kVerified : Assurance::kUnverified);
          EXPECT_EQ(comparison.agreed.size(), shape.pieces().size());
        } else if (answered >= 3 * t - 2) {
          EXPECT_EQ(verdict.assurance, Assurance::kVerified);
          EXPECT_EQ(verdict.liars.size(), liars);
          for (const auto& [piece, hash] : comparison.agreed) EXPECT_EQ(hash, numbered_hash(piece.value));
        } else if (answered >= 2 * t - 1) {
          EXPECT_EQ(verdict.assurance, Assurance::kDisputed);
          EXPECT_TRUE(verdict.liars.empty());
        } else {
          EXPECT_NE(verdict.assurance, Assurance::kVerified);
        }
      }
    }
  }
}

TEST(Comparison, WithFewerThanTwiceTMinusOneALieMayStayUnseen) {
  // t = 2: custodian 0 alone holds the piece without custodian 1 among the two who answer, and lies about it.
  const auto shape = fhe::CommitteeShape::create(3, 2).value_or_stop();
  auto statements = honest(shape, 2);
  for (PieceHash& entry : statements[0].hashes) {
    if (entry.piece == fhe::PieceId(2)) entry.hash.bytes[0] ^= 1;
  }
  EXPECT_EQ(compare(shape, statements).value_or_stop().verdict.assurance, Assurance::kUnverified);
}

TEST(Comparison, ADisputeSaysWhoSaidWhat) {
  const auto shape = fhe::CommitteeShape::create(3, 2).value_or_stop();
  auto statements = honest(shape, 3);
  statements[1].public_part = numbered_hash(3);
  const auto comparison = compare(shape, statements).value_or_stop();
  ASSERT_EQ(comparison.verdict.disputes.size(), 1u);
  EXPECT_TRUE(comparison.verdict.disputes[0].about_heads);
  const std::string text = comparison.verdict.disputes[0].text();
  EXPECT_NE(text.find("public part of the answers: "), std::string::npos) << text;
  EXPECT_NE(text.find("custodians 0, 2 say " + numbered_hash(2).hex()), std::string::npos) << text;
  EXPECT_NE(text.find("custodian 1 say " + numbered_hash(3).hex()), std::string::npos) << text;
  EXPECT_FALSE(comparison.public_part.has_value());
}

TEST(Comparison, StatementsAboutDifferentSubjectsOrTwiceFromOneAreRefused) {
  const auto shape = fhe::CommitteeShape::create(3, 2).value_or_stop();
  auto statements = honest(shape, 2);
  statements[1].subject = numbered_hash(9);
  EXPECT_FALSE(compare(shape, statements).has_value());
  statements = honest(shape, 2);
  statements[1].kind = Statement::Kind::kRefresh;
  EXPECT_FALSE(compare(shape, statements).has_value());
  statements = honest(shape, 2);
  statements[1] = statements[0];
  EXPECT_FALSE(compare(shape, statements).has_value());
}

TEST(Comparison, WhoIsMissingIsNamed) {
  const auto shape = fhe::CommitteeShape::create(5, 3).value_or_stop();
  const std::vector<CustodianId> answered{id(0), id(1), id(4)};
  EXPECT_TRUE(check_all_pieces_answered(shape, answered).has_value());
  const Status missing = check_all_pieces_answered(shape, std::span(answered).first(2));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Code::kUnavailable);
  EXPECT_EQ(missing.error().message,
            "2 of 3 custodians needed have answered; missing: piece without custodians 0, 1; custodians 2, 3, 4 could "
            "answer");
}

}  // namespace
}  // namespace mc::protocol
