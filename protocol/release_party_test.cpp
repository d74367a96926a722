// SPDX-License-Identifier: Apache-2.0
#include "protocol/release_party.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/commons.hpp"

namespace mc::protocol {
namespace {

using testing::Commons;
using testing::numbered_hash;
using testing::numbered_key;

class ReleasePartyTest : public ::testing::Test {
 protected:
  Commons commons;
  std::vector<fhe::Ciphertext> results = commons.results(3);
  Authorisation authorisation = commons.authorise(results);

  void expect_refused(const Authorisation& a, Code code, std::string_view part) {
    const auto refused = commons.answer(0, a, results, {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, code);
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
    EXPECT_EQ(commons.ledgers[0].size(), 0u);
  }
};

TEST_F(ReleasePartyTest, AnswersTwiceTheSameBytes) {
  const auto pieces = commons.committee.shape.pieces_of(Commons::id(0));
  const ShareMessage first = commons.answer(0, authorisation, results, pieces).value_or_stop();
  EXPECT_EQ(first, commons.answer(0, authorisation, results, pieces).value_or_stop());
  EXPECT_EQ(commons.ledgers[0].size(), 3u);
  EXPECT_TRUE(verify_share_message(commons.identities[0], first));
}

TEST_F(ReleasePartyTest, SendsBytesOnlyOfThePiecesAskedForAndHashesOfAll) {
  const auto pieces = commons.committee.shape.pieces_of(Commons::id(0));
  const ShareMessage message = commons.answer(0, authorisation, results, {pieces[1]}).value_or_stop();
  ASSERT_EQ(message.hashes.size(), 2u);
  ASSERT_EQ(message.bytes.size(), 1u);
  EXPECT_EQ(message.bytes[0].piece, pieces[1]);
  EXPECT_EQ(hash_share(message.bytes[0].bytes), message.hashes[1].hash);
  const auto refused = commons.answer(0, authorisation, results, {fhe::PieceId(1)});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "piece_not_held: custodian 0 does not hold the piece without custodian 0");
}

TEST_F(ReleasePartyTest, HoldersOfOnePieceComputeTheSameShare) {
  const ShareMessage one = commons.answer(1, authorisation, results, {fhe::PieceId(1)}).value_or_stop();
  const ShareMessage two = commons.answer(2, authorisation, results, {fhe::PieceId(1)}).value_or_stop();
  EXPECT_EQ(one.bytes, two.bytes);
}

TEST_F(ReleasePartyTest, AnotherEpochIsRefused) {
  authorisation.epoch = Epoch(2);
  expect_refused(authorisation, Code::kRefused, "key epoch 2, this custodian holds epoch 1");
}

TEST_F(ReleasePartyTest, AResultItDidNotRecomputeIsRefused) {
  authorisation.result = numbered_hash(1);
  expect_refused(authorisation, Code::kRefused, "this custodian recomputed");
}

TEST_F(ReleasePartyTest, AnotherLevelOrCountIsRefused) {
  authorisation.sigma_log2.pop_back();
  expect_refused(authorisation, Code::kInvalidArgument, "names 2 answers, the recomputed result has 3");
  results[1].parts[0].keep_limbs(1);
  results[1].parts[1].keep_limbs(1);
  expect_refused(commons.authorise(results), Code::kInvalidArgument, "answer 1 has level 1, releases need 2");
  results.clear();
  expect_refused(commons.authorise(results), Code::kInvalidArgument, "names 0 answers");
}

TEST_F(ReleasePartyTest, FloodingBelowWhatTheOwnBoundDemandsIsRefused) {
  authorisation.sigma_log2[2] = Commons::kSigma - 1;
  expect_refused(authorisation, Code::kRefused, "answer 2 asks for flooding 2^43, its noise bound 2^14 needs 2^44");
  authorisation.sigma_log2[2] = 97;
  expect_refused(authorisation, Code::kRefused, "asks for flooding 2^97");
}

TEST_F(ReleasePartyTest, AnotherRequesterKeyIsRefused) {
  authorisation.requester_key = numbered_hash(1);
  expect_refused(authorisation, Code::kRefused, "the key at hand is");
}

TEST_F(ReleasePartyTest, AKeyOfAnotherStudyIsRefusedThoughItsHashWasApproved) {
  auto context = commons.requester;
  context.study = numbered_hash(4);
  commons.requester_key = fhe::make_requester_key(*commons.params, commons.requester_secret, context);
  expect_refused(commons.authorise(results), Code::kRefused, "requester key was made for study");
}

TEST_F(ReleasePartyTest, AKeyWithoutProofIsRefusedThoughItsHashWasApproved) {
  commons.requester_key.p0 = fhe::restrict_to(commons.committee.public_key.p0, 2);
  commons.requester_key.p0.limb(0)[0] = 1;  // not the collective key itself any more, but nobody knows its secret
  expect_refused(commons.authorise(results), Code::kRefused, "does not verify");
}

TEST_F(ReleasePartyTest, ASecondSigmaForTheSameCiphertextIsRefused) {
  ASSERT_TRUE(commons.answer(0, authorisation, results, {}).has_value());
  authorisation.release_number = 2;
  authorisation.sigma_log2[1] += 1;
  const auto refused = commons.answer(0, authorisation, results, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("answer 1 asks for flooding 2^45, the same ciphertext was opened with 2^44"),
            std::string::npos)
      << refused.error().message;
}

// R7, mounted. The adversary asks for the "ciphertext" (0, K X^-i): its opening is K s_i. A custodian that switches
// what it is given hands out the secret, coefficient by coefficient, whatever the flooding.
TEST_F(ReleasePartyTest, AHandMadeCiphertextWouldReadTheSecretAndIsRefused) {
  const fhe::Params& params = *commons.params;
  const std::size_t degree = params.ring().degree();
  const std::vector<std::size_t> positions{0, 1, 2, 3, 500, degree - 1};
  std::vector<fhe::Ciphertext> forged;
  for (const std::size_t position : positions) {
    // K X^-i = -K X^(N-i), with K = 2^60 far above the flooding 2^44.
    std::vector<std::int64_t> coefficients(degree);
    (position == 0 ? coefficients[0] : coefficients[degree - position]) =
        (position == 0 ? 1 : -1) * (std::int64_t{1} << 60);
    fhe::NttPoly c1 = params.ring().to_ntt(params.ring().from_signed(coefficients, fhe::kReleaseBasis));
    forged.push_back(
        {{params.ring().make<fhe::Domain::kNtt>(fhe::kReleaseBasis), std::move(c1)}, fhe::Scale::power_of_two(60)});
  }
  const Authorisation a = commons.authorise(forged);

  // Without the rule: custodians answer for the ciphertexts of the request.
  const auto stolen = combine(commons.context(a), commons.answers(a, forged, {0, 1, 2})).value_or_stop();
  const fhe::CoeffPoly secret =
      params.ring().to_coeff(fhe::restrict_to(commons.committee.collective_secret().expose(), 1));
  for (std::size_t k = 0; k < positions.size(); ++k) {
    const std::uint64_t residue = secret.limb(0)[positions[k]];
    const double s =
        residue > params.q()[0] / 2 ? -static_cast<double>(params.q()[0] - residue) : static_cast<double>(residue);
    EXPECT_NEAR(stolen.means[k], s, 1e-3) << "the attack reads coefficient " << positions[k] << " of the secret";
  }

  // With it: custodians recompute, get other ciphertexts, and refuse the same authorisation.
  for (std::uint32_t c = 0; c < 3; ++c) {
    const auto own = commons.results(positions.size());
    const auto refused = commons.answer(c, a, own, {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::kRefused);
  }
}

TEST(ReleaseParty, SecretsOfOtherParametersOrPiecesAreRefused) {
  const Commons commons;
  const auto create = [&](ReleaseState state) {
    return ReleaseParty::create(commons.params, std::move(state), CustodianSigner(numbered_key(5000)),
                                commons.committee.public_key);
  };
  EXPECT_TRUE(create(commons.state(0)).has_value());
  ReleaseState other = commons.state(0);
  other.params_id.bytes[0] ^= 1;
  EXPECT_FALSE(create(std::move(other)).has_value());
  ReleaseState fewer = commons.state(0);
  fewer.pieces.pop_back();
  EXPECT_FALSE(create(std::move(fewer)).has_value());
  ReleaseState moved = commons.state(0);
  moved.custodian = Commons::id(1);
  EXPECT_FALSE(create(std::move(moved)).has_value());
  ReleaseState old = commons.state(0);
  old.epoch = Epoch(2);
  EXPECT_FALSE(create(std::move(old)).has_value());
}

// Every holder once opened a piece tau times for itself, and noises of one piece were as many as its holders times tau.
TEST_F(ReleasePartyTest, ACustodianReleasesOnlyItsPartOfTau) {
  std::vector<LedgerEntry> released(openings_max(commons.committee.shape).released - 2);
  for (std::size_t i = 0; i < released.size(); ++i) released[i].multiplicand = numbered_hash(10'000 + i);
  ASSERT_TRUE(commons.ledgers[0].append(released));
  const auto refused = commons.answer(0, authorisation, results, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(reason_of(refused.error()), "releases_exhausted");
  results.pop_back();
  EXPECT_TRUE(commons.answer(0, commons.authorise(results), results, {}));
}

// ---- Every bad call has a reason that the requester sees, and leaves no trace in the ledger.

class BadCalls : public ReleasePartyTest {
 protected:
  void expect_reason(std::string_view reason, const Authorisation& a) {
    const auto refused = commons.answer(0, a, results, {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(reason_of(refused.error()), reason) << refused.error().message;
    EXPECT_EQ(commons.ledgers[0].size(), 0u);
  }
};

TEST_F(BadCalls, AShareForAnotherEpochByACustodianWithAStaleKey) {
  authorisation.epoch = Epoch(2);
  expect_reason("wrong_epoch", authorisation);
}

TEST_F(BadCalls, AShareForAnotherResult) {
  authorisation.result = numbered_hash(1);
  expect_reason("result_differs", authorisation);
}

TEST_F(BadCalls, AShareAtAnotherLevelOrOfAnotherCount) {
  authorisation.sigma_log2.push_back(Commons::kSigma);
  expect_reason("answer_shape_differs", authorisation);
  for (auto& part : results[2].parts) part.keep_limbs(1);
  expect_reason("answer_shape_differs", commons.authorise(results));
}

TEST_F(BadCalls, AShareWithLessFloodingThanItsNoiseNeeds) {
  authorisation.sigma_log2[0] = Commons::kSigma - 1;
  expect_reason("flooding_too_small", authorisation);
}

TEST_F(BadCalls, AShareForAnotherRequester) {
  const SecretKey256 other = numbered_key(89);
  commons.requester_key = fhe::make_requester_key(*commons.params, other, commons.requester);
  expect_reason("requester_key_differs", authorisation);
}

TEST_F(BadCalls, ARequesterKeyOfAnotherStudy) {
  auto context = commons.requester;
  context.study = numbered_hash(4);
  commons.requester_key = fhe::make_requester_key(*commons.params, commons.requester_secret, context);
  expect_reason("requester_key_unproven", commons.authorise(results));
}

// Somebody else's p0 plus a polynomial of one's own: whoever combines both keys' shares could take the victim's apart.
TEST_F(BadCalls, ARequesterKeyDerivedFromAnothers) {
  const auto victim = fhe::make_requester_key(*commons.params, numbered_key(90), commons.requester);
  commons.params->ring().add(commons.requester_key.p0, victim.p0);
  expect_reason("requester_key_unproven", commons.authorise(results));
  commons.requester_key = victim;
  commons.requester_key.context.requester = {7, 7};
  expect_reason("requester_key_unproven", commons.authorise(results));
}

TEST_F(BadCalls, ARequesterKeyThatIsTheCollectiveKey) {
  commons.requester_key.p0 = fhe::restrict_to(commons.committee.public_key.p0, fhe::kReleaseBasis.q_limbs);
  expect_reason("requester_key_unproven", commons.authorise(results));
}

TEST_F(BadCalls, AnAuthorisationOfADayThatIsOverOrHasNotBegun) {
  commons.authorised_s = Commons::kToday_s - 2 * fhe::kWindowSeconds;
  expect_reason("window_closed", authorisation);
  commons.authorised_s = Commons::kToday_s + fhe::kWindowSeconds;
  expect_reason("window_closed", authorisation);
}

// A replay: the same request brings the same bytes, and they are of no use for another authorisation.
TEST_F(BadCalls, AShareMessageReplayedForAnotherAuthorisation) {
  const std::vector<ShareMessage> messages = commons.answers(authorisation, results, {0, 1, 2});
  Authorisation next = authorisation;
  next.release_number += 1;
  const auto refused = combine(commons.context(next), messages);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kRefused);
}

// ---- R11: keys of days, and one noise per multiplicand for ever (R5).

class ReleaseWindows : public ReleasePartyTest {
 protected:
  static constexpr std::uint64_t kDay_s = fhe::kWindowSeconds;

  void expect_reason(const Result<ShareMessage>& refused, std::string_view reason) {
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(reason_of(refused.error()), reason) << refused.error().message;
  }
  /// Another study's requester asks for the same ciphertexts on a later day; the chain remembers when it saw them
  /// first.
  Authorisation second_authorisation(std::uint64_t day) {
    for (const Hash256& multiplicand : multiplicand_digests(*commons.params, results)) {
      commons.first_opened_s.emplace(multiplicand, Commons::kToday_s);
    }
    commons.requester.study = numbered_hash(78);
    commons.requester_secret = numbered_key(89);
    commons.requester_key = fhe::make_requester_key(*commons.params, commons.requester_secret, commons.requester);
    commons.authorised_s = Commons::kToday_s + day * kDay_s;
    return commons.authorise(results);
  }
};

TEST_F(ReleaseWindows, ARetryIsTheSameToTheBitUntilTheEndOfTheFollowingDay) {
  const auto pieces = commons.committee.shape.pieces_of(Commons::id(0));
  const ShareMessage first = commons.answer(0, authorisation, results, pieces).value_or_stop();
  ASSERT_TRUE(commons.observe(0, Commons::kToday_s + kDay_s).has_value());
  EXPECT_EQ(commons.answer(0, authorisation, results, pieces).value_or_stop(), first);
  // A holder that was asked on the first day and one that is asked on the second say the same.
  commons.ledgers[0] = MemoryLedger();
  EXPECT_EQ(commons.answer(0, authorisation, results, pieces).value_or_stop(), first);
  ASSERT_TRUE(commons.observe(0, Commons::kToday_s + 2 * kDay_s).has_value());
  expect_reason(commons.answer(0, authorisation, results, pieces), "window_closed");
}

TEST_F(ReleaseWindows, AnotherResearcherGetsTheVerySameNoisyValueAfterTheKeysAreErased) {
  const Opened first =
      combine(commons.context(authorisation), commons.answers(authorisation, results, {0, 1, 2})).value_or_stop();
  const Authorisation again = second_authorisation(30);
  for (std::uint32_t c = 0; c < 3; ++c) {
    for (const int day : {7, 14, 21, 28, 30}) {
      ASSERT_TRUE(commons.observe(c, Commons::kToday_s + static_cast<std::uint64_t>(day) * kDay_s).has_value());
    }
  }
  const Opened second = combine(commons.context(again), commons.answers(again, results, {0, 1, 2})).value_or_stop();
  for (std::size_t i = 0; i < results.size(); ++i) {
    // The noise is about 1.4e-14; what the encryption for the requester adds is 2^-80 and the sum ends as a double.
    EXPECT_NEAR(second.means[i], first.means[i], 1e-16) << "one noise per multiplicand for ever (R5)";
  }
  EXPECT_EQ(commons.ledgers[0].size(), results.size());
}

// A reorganisation deeper than the confirmations moves an authorisation across midnight. Once the custodian encrypted
// with the key of the other day then, and two signed answers to one authorisation are what a liar is named by.
TEST_F(ReleaseWindows, AnAuthorisationThatMovesAcrossMidnightKeepsItsDayAndNobodyLooksLikeALiar) {
  const auto pieces = commons.committee.shape.pieces_of(Commons::id(0));
  const ShareMessage before = commons.answer(0, authorisation, results, pieces).value_or_stop();
  ASSERT_TRUE(commons.observe(0, Commons::kToday_s + kDay_s).has_value());
  commons.authorised_s = Commons::kToday_s + kDay_s;
  for (const Hash256& multiplicand : multiplicand_digests(*commons.params, results)) {
    commons.first_opened_s[multiplicand] = commons.authorised_s;
  }
  EXPECT_EQ(commons.answer(0, authorisation, results, pieces).value_or_stop(), before);
  // The version without it is a custodian that does not remember: another share, properly signed.
  MemoryLedger ledger;
  std::swap(ledger, commons.ledgers[0]);
  const ShareMessage forgetful = commons.answer(0, authorisation, results, pieces).value_or_stop();
  EXPECT_NE(forgetful.hashes, before.hashes);
  EXPECT_TRUE(verify_share_message(commons.identities[0], forgetful));
  // When the first day's key is gone the authorisation is closed, whatever the chain says now.
  std::swap(ledger, commons.ledgers[0]);
  ASSERT_TRUE(commons.observe(0, Commons::kToday_s + 2 * kDay_s).has_value());
  expect_reason(commons.answer(0, authorisation, results, pieces), "window_closed");
}

TEST_F(ReleaseWindows, AHolderThatDidNotOpenItThenSaysThatTheWindowIsClosed) {
  ASSERT_TRUE(commons.answer(0, authorisation, results, {}).has_value());
  const Authorisation again = second_authorisation(2);
  for (std::uint32_t c = 0; c < 2; ++c) ASSERT_TRUE(commons.observe(c, Commons::kToday_s + 2 * kDay_s).has_value());
  EXPECT_TRUE(commons.answer(0, again, results, {}).has_value());
  const auto refused = commons.answer(1, again, results, {});
  expect_reason(refused, "window_closed");
  EXPECT_NE(refused.error().message.find("custodians that opened it on that day still can answer"), std::string::npos);
  EXPECT_EQ(commons.ledgers[1].size(), 0u) << "nothing is recorded of what is refused";
}

TEST_F(ReleaseWindows, AMultiplicandThatTheChainHasNotSeenIsRefused) {
  commons.first_opened_s[multiplicand_digests(*commons.params, results)[1]] = 0;
  expect_reason(commons.answer(0, authorisation, results, {}), "multiplicand_unrecorded");
  EXPECT_EQ(commons.ledgers[0].size(), 0u);
}

TEST_F(ReleaseWindows, AnswersOfSeveralDaysKeepEachItsOwnNoise) {
  // The first of the three was opened yesterday, by this custodian; the others are new today.
  ASSERT_TRUE(
      commons.answer(0, commons.authorise(std::span(results).first(1)), std::span(results).first(1), {}).has_value());
  commons.first_opened_s[multiplicand_digests(*commons.params, results)[0]] = Commons::kToday_s;
  for (const std::size_t i : {1, 2}) {
    commons.first_opened_s[multiplicand_digests(*commons.params, results)[i]] = Commons::kToday_s + kDay_s;
  }
  commons.authorised_s = Commons::kToday_s + kDay_s;
  const auto pieces = commons.committee.shape.pieces_of(Commons::id(1));
  for (std::uint32_t c = 0; c < 2; ++c) ASSERT_TRUE(commons.observe(c, Commons::kToday_s + kDay_s).has_value());
  const ShareMessage with_ledger = commons.answer(0, authorisation, results, {fhe::PieceId(4)}).value_or_stop();
  const ShareMessage without = commons.answer(1, authorisation, results, {fhe::PieceId(4)}).value_or_stop();
  EXPECT_EQ(with_ledger.bytes, without.bytes) << "a holder that never saw the first draws it with yesterday's key";
}

TEST_F(ReleaseWindows, AClockThatGoesBackOrJumpsIsRefusedAndErasesNothing) {
  const auto reason = [&](std::uint64_t time_s) {
    const Status status = commons.observe(0, time_s);
    return status ? std::string("taken") : std::string(reason_of(status.error()));
  };
  EXPECT_EQ(reason(Commons::kToday_s - kDay_s), "chain_time_backwards");
  EXPECT_EQ(reason(Commons::kToday_s), "taken");
  EXPECT_EQ(reason(Commons::kToday_s - 1), "chain_time_backwards");
  EXPECT_EQ(reason(Commons::kToday_s + 8 * kDay_s), "chain_time_jump");
  EXPECT_EQ(reason(UINT64_MAX), "invalid_argument");
  EXPECT_EQ(commons.custodians[0].newest_window(), Commons::kToday);
  EXPECT_TRUE(commons.answer(0, authorisation, results, {}).has_value());
  EXPECT_EQ(reason(Commons::kToday_s + 7 * kDay_s), "taken");
  EXPECT_EQ(commons.custodians[0].newest_window(), fhe::Window(Commons::kToday.value + 7));
}

TEST_F(ReleaseWindows, AStateThatCannotBeStoredErasesNothing) {
  const Status failed = commons.custodians[0].observe_time(
      Commons::kToday_s + kDay_s, [](const ReleaseState&) -> Status { return fail(Code::kIo, "the disk is full"); });
  EXPECT_EQ(failed.error().code, Code::kIo);
  EXPECT_EQ(commons.custodians[0].newest_window(), Commons::kToday);
  EXPECT_TRUE(commons.answer(0, authorisation, results, {}).has_value());
}

}  // namespace
}  // namespace mc::protocol
