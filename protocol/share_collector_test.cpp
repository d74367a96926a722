// SPDX-License-Identifier: Apache-2.0
#include "protocol/share_collector.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "protocol/testing/commons.hpp"

namespace mc::protocol {
namespace {

using testing::Commons;

class ShareCollectorTest : public ::testing::Test {
 protected:
  Commons commons{4, 2};
  std::vector<fhe::Ciphertext> results = commons.results(3);
  Authorisation authorisation = commons.authorise(results);

  ShareCollector collector(std::vector<std::uint32_t> reachable, std::uint32_t attempts_max = 1) {
    std::vector<CustodianId> ids;
    for (const std::uint32_t c : reachable) ids.push_back(Commons::id(c));
    return ShareCollector::create(commons.committee.shape, commons.identities, question(), ids, attempts_max)
        .value_or_stop();
  }
  [[nodiscard]] Question question() const {
    return {Statement::Kind::kRelease, authorisation.epoch, hash_authorisation(authorisation)};
  }
  static Status give(ShareCollector& collector, CustodianId from, const ShareMessage& message) {
    return collector.receive(from, statement_of(message), message.bytes);
  }
  ShareMessage answer(const Ask& ask) {
    return commons.answer(ask.custodian.value, authorisation, results, ask.bytes_for).value_or_stop();
  }
  [[nodiscard]] std::vector<ShareMessage> messages(const ShareCollector& collector) const {
    std::vector<ShareMessage> all;
    for (const CollectedAnswer& said : collector.answers()) {
      ShareMessage message{
          {said.statement.custodian, said.statement.epoch, said.statement.subject, {}, said.statement.hashes},
          said.bytes,
          said.statement.signature};
      for (const fhe::Ciphertext& result : results) message.heads.push_back(fhe::answer_head(*commons.params, result));
      all.push_back(std::move(message));
    }
    return all;
  }
  void expect_opens(const ShareCollector& collector, Assurance assurance) {
    ASSERT_TRUE(collector.settled());
    const Opened opened = combine(commons.context(authorisation), messages(collector)).value_or_stop();
    EXPECT_EQ(opened.verdict.assurance, assurance);
    ASSERT_EQ(opened.means.size(), results.size());
    for (std::size_t i = 0; i < opened.means.size(); ++i) {
      EXPECT_NEAR(opened.means[i], 0.25 * static_cast<double>(i) - 0.5, 1e-12);
    }
  }
};

TEST_F(ShareCollectorTest, EverybodyIsAskedAndEveryPieceIsFetchedOnce) {
  ShareCollector c = collector({0, 1, 2, 3});
  const std::vector<Ask> asks = c.asks();
  ASSERT_EQ(asks.size(), 4u);
  std::size_t bytes = 0;
  for (const Ask& ask : asks) bytes += ask.bytes_for.size();
  EXPECT_EQ(bytes, commons.committee.shape.pieces().size());
  EXPECT_TRUE(c.asks().empty()) << "all of them are awaited";
  EXPECT_FALSE(c.settled());
  for (const Ask& ask : asks) ASSERT_TRUE(give(c, ask.custodian, answer(ask)).has_value());
  expect_opens(c, Assurance::kVerified);
}

TEST_F(ShareCollectorTest, OnlyTheBytesOfACustodianThatDroppedOutAreAskedOfAnother) {
  ShareCollector c = collector({0, 1, 2});
  std::vector<fhe::PieceId> lost;
  for (const Ask& ask : c.asks()) {
    if (ask.custodian.value == 1) {
      lost = ask.bytes_for;
      c.failed(ask.custodian, {Code::kUnavailable, "gone"});
    } else {
      ASSERT_TRUE(give(c, ask.custodian, answer(ask)).has_value());
    }
  }
  ASSERT_FALSE(lost.empty());
  std::vector<fhe::PieceId> asked_again;
  for (const Ask& ask : c.asks()) {
    EXPECT_NE(ask.custodian.value, 1);
    asked_again.insert(asked_again.end(), ask.bytes_for.begin(), ask.bytes_for.end());
    ASSERT_TRUE(give(c, ask.custodian, answer(ask)).has_value());
  }
  EXPECT_TRUE(std::ranges::is_permutation(asked_again, lost));
  expect_opens(c, Assurance::kUnverified);
  EXPECT_EQ(c.failures().at(Commons::id(1)).message, "gone");
}

TEST_F(ShareCollectorTest, BytesThatAreNotTheSignedOnesAreDroppedAndFetchedElsewhere) {
  ShareCollector c = collector({0, 1, 2, 3});
  for (const Ask& ask : c.asks()) {
    ShareMessage message = answer(ask);
    if (ask.custodian.value == 2) {
      ASSERT_FALSE(message.bytes.empty());
      message.bytes[0].bytes.back() ^= 1;  // the signature does not cover the bytes, their hash does
    }
    ASSERT_TRUE(give(c, ask.custodian, message).has_value());
  }
  EXPECT_FALSE(c.settled());
  const std::vector<Ask> again = c.asks();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_NE(again[0].custodian.value, 2);
  ASSERT_TRUE(give(c, again[0].custodian, answer(again[0])).has_value());
  expect_opens(c, Assurance::kVerified);
}

// Found by the simulator, seed 1000: the only other holder was dead, and nobody was asked for the bytes again.
TEST_F(ShareCollectorTest, BytesThatWereDamagedOnTheWayAreAskedOfTheSameCustodianAgain) {
  ShareCollector c = collector({0, 1}, 5);
  bool damaged = false;
  int questions = 0;
  while (!c.settled()) {
    for (const Ask& ask : c.asks()) {
      ++questions;
      ShareMessage message = answer(ask);
      if (!damaged && !message.bytes.empty()) {
        message.bytes[0].bytes.back() ^= 1;
        damaged = true;
      }
      ASSERT_TRUE(give(c, ask.custodian, message).has_value());
    }
  }
  EXPECT_TRUE(damaged);
  EXPECT_LE(questions, 4);
  expect_opens(c, Assurance::kUnverified);
}

TEST_F(ShareCollectorTest, ASilentCustodianIsAskedAsOftenAsAllowedARefusingOneOnce) {
  ShareCollector c = collector({0, 1, 2}, 3);
  int asked_silent = 0, asked_refusing = 0;
  while (!c.settled()) {
    for (const Ask& ask : c.asks()) {
      if (ask.custodian.value == 0) {
        ++asked_silent;
        c.failed(ask.custodian, {Code::kUnavailable, "no answer"});
      } else if (ask.custodian.value == 1) {
        ++asked_refusing;
        c.failed(ask.custodian, {Code::kRefused, "no"});
      } else {
        ASSERT_TRUE(give(c, ask.custodian, answer(ask)).has_value());
      }
    }
  }
  EXPECT_EQ(asked_silent, 3);
  EXPECT_EQ(asked_refusing, 1);
  const auto opened = combine(commons.context(authorisation), messages(c));
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Code::kUnavailable);
}

TEST_F(ShareCollectorTest, TwoDifferentSignedAnswersAreKeptAsEvidence) {
  ShareCollector c = collector({0, 1, 2, 3});
  std::vector<Ask> asks = c.asks();
  ShareMessage first = answer(asks[0]);
  ShareMessage second = first;
  second.hashes[0].hash.bytes[0] ^= 1;
  sign_share_message(Commons::identity(asks[0].custodian.value), second);
  ASSERT_TRUE(give(c, asks[0].custodian, first).has_value());
  const Status conflict = give(c, asks[0].custodian, second);
  ASSERT_FALSE(conflict.has_value());
  EXPECT_EQ(conflict.error().code, Code::kConflict);
  ASSERT_EQ(c.equivocations().size(), 1u);
  EXPECT_EQ(c.equivocations()[0].first, statement_of(first));
  for (const Statement& said : {c.equivocations()[0].first, c.equivocations()[0].second}) {
    EXPECT_TRUE(verify_statement(commons.identities[said.custodian.value], said));
  }
}

TEST_F(ShareCollectorTest, RefusesAnAnswerInAnothersName) {
  ShareCollector c = collector({0, 1, 2, 3});
  const std::vector<Ask> asks = c.asks();
  const Status stranger = give(c, asks[0].custodian, answer(asks[1]));
  ASSERT_FALSE(stranger.has_value());
  EXPECT_EQ(stranger.error().code, Code::kRefused);
  EXPECT_TRUE(c.failures().contains(asks[0].custodian));
}

TEST_F(ShareCollectorTest, TooFewReachableCustodiansAreRefusedAtOnce) {
  const auto refused =
      ShareCollector::create(commons.committee.shape, commons.identities, question(), {Commons::id(0)}, 1);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace mc::protocol
