// SPDX-License-Identifier: Apache-2.0
#include "protocol/evidence.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/commons.hpp"

namespace mc::protocol {
namespace {

using testing::Commons;
using testing::numbered_hash;

// A release in a committee of any shape, and what its custodians signed.
struct Release {
  Commons commons;
  std::vector<fhe::Ciphertext> results;
  Authorisation authorisation;
  std::vector<ShareMessage> messages;

  Release(std::uint32_t n, std::uint32_t t)
      : commons(n, t), results(commons.results(1)), authorisation(commons.authorise(results)) {
    std::vector<std::uint32_t> all;
    for (std::uint32_t c = 0; c < n; ++c) all.push_back(c);
    messages = commons.answers(authorisation, results, all);
  }
  void lie(std::uint32_t custodian, std::size_t piece_index) {
    messages[custodian].hashes[piece_index].hash.bytes[0] ^= 1;
    sign_share_message(Commons::identity(custodian), messages[custodian]);
  }
  [[nodiscard]] std::vector<Statement> statements(std::vector<std::uint32_t> who) const {
    std::vector<Statement> said;
    for (const std::uint32_t c : who) said.push_back(statement_of(messages[c]));
    return said;
  }
  [[nodiscard]] Result<Finding> examined(const Evidence& evidence) const {
    return examine(commons.committee.shape, commons.identities, evidence);
  }
  [[nodiscard]] Result<Verdict> audited(std::vector<std::uint32_t> earlier, std::vector<std::uint32_t> late) const {
    return audit_late(commons.committee.shape, commons.identities, statements(earlier), statements(late));
  }
};

TEST(Evidence, ReadsBackAndIsSmall) {
  Release release(3, 2);
  std::vector<Delivery> deliveries;
  release.messages[0].bytes.at(0).bytes.back() ^= 1;
  for (const ShareMessage& message : release.messages) deliveries.push_back({message.custodian, message.bytes});
  const Evidence evidence = evidence_of(release.statements({0, 1, 2}), deliveries);
  ASSERT_EQ(evidence.complaints.size(), 1u);
  const Bytes bytes = encode_evidence(evidence);
  EXPECT_LT(bytes.size(), 1024u) << "no shares in it";
  EXPECT_EQ(decode_evidence(bytes).value_or_stop(), evidence);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_evidence(ByteView(bytes).first(size)).has_value()) << size;
  }
}

TEST(Evidence, HonestStatementsProveNothing) {
  const Release release(3, 2);
  const Finding finding = release.examined(evidence_of(release.statements({0, 1, 2}), {})).value_or_stop();
  EXPECT_EQ(finding.kind, Finding::Kind::kNothing);
  EXPECT_EQ(finding.verdict.assurance, Assurance::kVerified);
  EXPECT_EQ(finding.text(), "nothing: no statement contradicts another\n");
}

TEST(Evidence, ALieAmongTwoOfThreeIsADisputeForAThirdPartyToo) {
  Release release(3, 2);
  release.lie(1, 0);
  const Finding finding = release.examined(evidence_of(release.statements({0, 1, 2}), {})).value_or_stop();
  EXPECT_EQ(finding.kind, Finding::Kind::kDispute);
  EXPECT_TRUE(finding.liars.empty());
  ASSERT_EQ(finding.verdict.disputes.size(), 1u);
  EXPECT_NE(finding.text().find("dispute: the statements do not suffice"), std::string::npos);
}

TEST(Evidence, TwoContradictingHoldersSufficeForADisputeThoughOthersAreSilent) {
  Release release(5, 3);
  release.lie(1, 3);  // a piece that custodian 0 or 2 holds as well
  bool disputed = false;
  for (const std::uint32_t other : {0u, 2u, 3u, 4u}) {
    const Finding finding = release.examined(evidence_of(release.statements({1, other}), {})).value_or_stop();
    disputed = disputed || finding.kind == Finding::Kind::kDispute;
    EXPECT_NE(finding.kind, Finding::Kind::kLiars);
  }
  EXPECT_TRUE(disputed);
}

TEST(Evidence, WithThreeTMinusTwoStatementsTheLiarIsNamed) {
  Release release(4, 2);
  release.lie(2, 1);
  const Finding finding = release.examined(evidence_of(release.statements({0, 1, 2, 3}), {})).value_or_stop();
  EXPECT_EQ(finding.kind, Finding::Kind::kLiars);
  EXPECT_EQ(finding.liars, std::vector<CustodianId>{Commons::id(2)});
  EXPECT_NE(finding.text().find("named: custodian 2\n"), std::string::npos) << finding.text();
  // Whoever leaves a statement out gets a dispute, not another name.
  for (std::uint32_t missing = 0; missing < 4; ++missing) {
    std::vector<std::uint32_t> who;
    for (std::uint32_t c = 0; c < 4; ++c) {
      if (c != missing) who.push_back(c);
    }
    EXPECT_TRUE(release.examined(evidence_of(release.statements(who), {})).value_or_stop().liars.empty());
  }
}

TEST(Evidence, TwoDifferentStatementsOfOneCustodianNameHerAtOnce) {
  Release release(3, 2);
  auto said = release.statements({1, 1});
  EXPECT_EQ(release.examined(evidence_of(said, {})).value_or_stop().kind, Finding::Kind::kNothing)
      << "the same twice is no lie";
  release.lie(1, 0);
  said[1] = statement_of(release.messages[1]);
  const Finding finding = release.examined(evidence_of(said, {})).value_or_stop();
  EXPECT_EQ(finding.kind, Finding::Kind::kLiars);
  EXPECT_EQ(finding.liars, std::vector<CustodianId>{Commons::id(1)});
  EXPECT_EQ(finding.equivocators, finding.liars);
  EXPECT_EQ(finding.text(), "custodian 1 signed two different statements\nnamed: custodian 1\n");
}

TEST(Evidence, BytesThatDoNotHaveTheSignedHashNameNobody) {
  Release release(3, 2);
  std::vector<Delivery> deliveries;
  const fhe::PieceId piece = release.messages[0].bytes.at(0).piece;
  release.messages[0].bytes[0].bytes.back() ^= 1;
  for (const ShareMessage& message : release.messages) deliveries.push_back({message.custodian, message.bytes});
  Evidence evidence = evidence_of(release.statements({0, 1, 2}), deliveries);
  const Finding finding = release.examined(evidence).value_or_stop();
  EXPECT_EQ(finding.kind, Finding::Kind::kNothing);
  ASSERT_EQ(finding.complaints.size(), 1u);
  EXPECT_EQ(finding.complaints[0].piece, piece);
  EXPECT_NE(finding.text().find("came from custodian 0 are not those it signed"), std::string::npos) << finding.text();
  evidence.complaints[0].received = evidence.statements[0].hashes[0].hash;
  evidence.complaints[0].piece = evidence.statements[0].hashes[0].piece;
  EXPECT_TRUE(release.examined(evidence).value_or_stop().complaints.empty()) << "they are those it signed";
}

TEST(Evidence, AForgedStatementMakesTheFileWorthless) {
  Release release(4, 2);
  release.lie(2, 1);
  Evidence evidence = evidence_of(release.statements({0, 1, 2, 3}), {});
  // An enemy of custodian 0 changes what she said, or signs it himself.
  evidence.statements[0].hashes[0].hash.bytes[0] ^= 1;
  EXPECT_EQ(release.examined(evidence).error().code, Code::kRefused);
  sign_statement(Commons::identity(3), evidence.statements[0]);
  EXPECT_EQ(release.examined(evidence).error().message, "statement of custodian 0 is not signed by it");
  // What she signed about another authorisation does not pass as one about this.
  Authorisation other = release.authorisation;
  other.release_number = 2;
  evidence = evidence_of(release.statements({0, 1, 2, 3}), {});
  evidence.statements[0] = statement_of(release.commons.answer(0, other, release.results, {}).value_or_stop());
  evidence.statements[0].subject = evidence.subject;
  EXPECT_FALSE(release.examined(evidence).has_value());
}

TEST(LateAudit, AnAbsentHolderTurnsAnUnverifiedResultIntoAVerifiedOne) {
  Release release(3, 2);
  // Custodian 2 was away; it recomputes the hashes for the old authorisation, and sends no bytes.
  const ShareMessage late = release.commons.answer(2, release.authorisation, release.results, {}).value_or_stop();
  EXPECT_TRUE(late.bytes.empty());
  EXPECT_EQ(statement_of(late), statement_of(release.messages[2]));
  EXPECT_EQ(release.audited({0, 1}, {}).value_or_stop().assurance, Assurance::kUnverified);
  EXPECT_EQ(release.audited({0, 1}, {2}).value_or_stop().assurance, Assurance::kVerified);
}

TEST(LateAudit, AnAbsentHolderExposesALieThatWasOpened) {
  Release release(3, 2);
  // Among 0 and 1, only 0 holds the piece without custodian 1.
  ASSERT_EQ(release.messages[0].hashes[0].piece, fhe::PieceId(2));
  release.lie(0, 0);
  EXPECT_EQ(release.audited({0, 1}, {}).value_or_stop().assurance, Assurance::kUnverified) << "unseen at the time";
  const Verdict verdict = release.audited({0, 1}, {2}).value_or_stop();
  EXPECT_EQ(verdict.assurance, Assurance::kDisputed);
  EXPECT_EQ(verdict.disputes.size(), 1u);
}

TEST(LateAudit, WhoWasOutvotedLaterIsNamedAndTheOldResultDoesNotStand) {
  Release release(4, 2);
  ASSERT_EQ(release.messages[0].hashes[0].piece, fhe::PieceId(2));
  release.lie(0, 0);
  const Verdict verdict = release.audited({0, 1}, {2, 3}).value_or_stop();
  EXPECT_EQ(verdict.assurance, Assurance::kDisputed);
  EXPECT_EQ(verdict.liars, std::vector<CustodianId>{Commons::id(0)});
}

TEST(LateAudit, ALiarDoesNotPreventItBySigningASecondStatement) {
  Release release(3, 2);
  std::vector<Statement> earlier = release.statements({0, 1});
  const std::vector<Statement> late = release.statements({2});
  release.lie(1, 0);
  earlier.push_back(statement_of(release.messages[1]));
  const auto verdict = audit_late(release.commons.committee.shape, release.commons.identities, earlier, late);
  ASSERT_TRUE(verdict.has_value()) << verdict.error().message;
  EXPECT_EQ(verdict->assurance, Assurance::kVerified) << "what was opened is what the absent holder says";
  EXPECT_EQ(verdict->liars, std::vector<CustodianId>{Commons::id(1)});
}

TEST(LateAudit, TwoFilesWithTheSameStatementsAreAuditedLikeOne) {
  const Release release(3, 2);
  const Verdict verdict = release.audited({0, 1, 1, 0}, {2}).value_or_stop();
  EXPECT_EQ(verdict.assurance, Assurance::kVerified);
  EXPECT_TRUE(verdict.liars.empty());
}

TEST(LateAudit, StatementsOfAnotherSubjectOrTwiceFromOneAreRefused) {
  Release release(3, 2);
  EXPECT_FALSE(release.audited({0, 1}, {1}).has_value());
  EXPECT_FALSE(release.audited({0}, {1}).has_value()) << "nothing was opened from one answer";
  Authorisation other = release.authorisation;
  other.release_number = 2;
  const std::vector<Statement> late{
      statement_of(release.commons.answer(2, other, release.results, {}).value_or_stop())};
  EXPECT_FALSE(audit_late(release.commons.committee.shape, release.commons.identities, release.statements({0, 1}), late)
                   .has_value());
}

}  // namespace
}  // namespace mc::protocol
