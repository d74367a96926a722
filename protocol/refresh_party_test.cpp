// SPDX-License-Identifier: Apache-2.0
#include "protocol/refresh_party.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/flooding.hpp"
#include "protocol/refusal.hpp"
#include "protocol/testing/refresh_commons.hpp"

namespace mc::protocol {
namespace {

using testing::Commons;
using testing::numbered_hash;
using testing::RefreshCommons;

class RefreshPartyTest : public ::testing::Test {
 protected:
  RefreshCommons refresh;
  std::vector<fhe::Ciphertext> inputs = refresh.inputs(3);
  RefreshRequest request = refresh.request(inputs);

  void expect_refused(const RefreshRequest& r, std::span<const fhe::Ciphertext> own, Code code, std::string_view part) {
    const auto refused = refresh.answer(0, r, own, {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, code) << refused.error().message;
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
    EXPECT_EQ(refresh.commons.ledgers[0].size(), 0u);
  }
  void expect_values(const Refreshed& refreshed) {
    ASSERT_EQ(refreshed.outputs.size(), 1u);
    const fhe::SecretPoly s = refresh.commons.committee.collective_secret();
    const fhe::Plaintext plain = fhe::decrypt(refresh.params, s, refreshed.outputs[0]);
    const fhe::CoeffPoly poly = refresh.params.ring().to_coeff(fhe::restrict_to(plain.poly, 1));
    const std::uint64_t q = refresh.params.q()[0];
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::uint64_t residue = poly.limb(0)[i];
      const double value = residue > q / 2 ? -static_cast<double>(q - residue) : static_cast<double>(residue);
      EXPECT_NEAR(std::ldexp(value, -RefreshCommons::kScaleLog2), RefreshCommons::mean_of(i), 1e-9);
    }
  }
};

TEST_F(RefreshPartyTest, AnyTwoOfThreeCustodiansGiveTheSameCiphertexts) {
  const Refreshed all = refresh.combine(request, inputs, refresh.answers(request, inputs, {0, 1, 2})).value_or_stop();
  EXPECT_EQ(all.verdict.assurance, Assurance::kVerified);
  expect_values(all);
  for (const auto& who : {std::vector<std::uint32_t>{0, 1}, {0, 2}, {1, 2}}) {
    const Refreshed two = refresh.combine(request, inputs, refresh.answers(request, inputs, who)).value_or_stop();
    EXPECT_EQ(two.verdict.assurance, Assurance::kUnverified);
    EXPECT_EQ(two.outputs, all.outputs);
  }
}

TEST_F(RefreshPartyTest, MasksAreOfTheDayOnWhichTheChainSawTheInputsAndThenClosed) {
  const auto pieces = refresh.commons.committee.shape.pieces_of(Commons::id(0));
  const RefreshMessage first = refresh.answer(0, request, inputs, pieces).value_or_stop();
  ASSERT_TRUE(refresh.commons.observe(0, Commons::kToday_s + fhe::kWindowSeconds).has_value());
  EXPECT_EQ(refresh.answer(0, request, inputs, pieces).value_or_stop(), first);
  ASSERT_TRUE(refresh.commons.observe(0, Commons::kToday_s + 2 * fhe::kWindowSeconds).has_value());
  const auto closed = refresh.answer(0, request, inputs, pieces);
  ASSERT_FALSE(closed.has_value());
  EXPECT_EQ(reason_of(closed.error()), "window_closed") << closed.error().message;
  refresh.first_opened_s = 0;
  EXPECT_EQ(reason_of(refresh.answer(1, request, inputs, pieces).error()), "multiplicand_unrecorded");
}

TEST_F(RefreshPartyTest, AnswersTwiceTheSameBytesAndHoldersOfAPieceAlike) {
  const auto pieces = refresh.commons.committee.shape.pieces_of(Commons::id(0));
  const RefreshMessage first = refresh.answer(0, request, inputs, pieces).value_or_stop();
  EXPECT_EQ(first, refresh.answer(0, request, inputs, pieces).value_or_stop());
  EXPECT_EQ(refresh.commons.ledgers[0].size(), 3u) << "each multiplicand counts once";
  EXPECT_EQ(refresh.answer(1, request, inputs, {fhe::PieceId(1)}).value_or_stop().bytes,
            refresh.answer(2, request, inputs, {fhe::PieceId(1)}).value_or_stop().bytes);
  EXPECT_EQ(first.bytes[0].bytes.size(), fhe::refresh_share_bytes(refresh.params, request.map));
}

TEST_F(RefreshPartyTest, ALieAmongThreeIsSeenAndNothingComesOut) {
  auto messages = refresh.answers(request, inputs, {0, 1, 2});
  messages[1].statement.hashes[0].hash.bytes[0] ^= 1;
  sign_statement(Commons::identity(1), messages[1].statement);
  const Refreshed refreshed = refresh.combine(request, inputs, messages).value_or_stop();
  EXPECT_EQ(refreshed.verdict.assurance, Assurance::kDisputed);
  EXPECT_TRUE(refreshed.outputs.empty());
  EXPECT_TRUE(refreshed.verdict.liars.empty()) << "2-of-3 cannot name a liar";
}

TEST(RefreshParty, InATwoOfFourCommitteeTheLiarIsNamedAndTheRefreshStands) {
  RefreshCommons refresh(4, 2);
  const auto inputs = refresh.inputs(2);
  const RefreshRequest request = refresh.request(inputs);
  auto messages = refresh.answers(request, inputs, {0, 1, 2, 3});
  const auto truth = refresh.combine(request, inputs, messages).value_or_stop().outputs;
  const std::size_t lied =
      messages[2].bytes.empty() || messages[2].bytes[0].piece != messages[2].statement.hashes[0].piece ? 0 : 1;
  messages[2].statement.hashes[lied].hash.bytes[5] ^= 4;
  sign_statement(Commons::identity(2), messages[2].statement);
  const Refreshed refreshed = refresh.combine(request, inputs, messages).value_or_stop();
  EXPECT_EQ(refreshed.verdict.liars, std::vector<CustodianId>{Commons::id(2)});
  EXPECT_EQ(refreshed.outputs, truth);
}

TEST_F(RefreshPartyTest, OneAloneNamesTheMissingPieceAndWhoCouldAnswer) {
  const std::vector<RefreshMessage> one{refresh.answer(0, request, inputs, {}).value_or_stop()};
  const auto refused = refresh.combine(request, inputs, one);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            "1 of 2 custodians needed have answered; missing: piece without custodian 0; custodians 1, 2 could answer");
}

TEST_F(RefreshPartyTest, AnotherEpochIsRefused) {
  request.epoch = Epoch(2);
  expect_refused(request, inputs, Code::kRefused, "key epoch 2, this custodian holds epoch 1");
}

TEST_F(RefreshPartyTest, AMaskNarrowerThanTheOwnBoundDemandsIsRefused) {
  request.map.mask_log2[1] -= 1;
  expect_refused(request, inputs, Code::kRefused,
                 "value 1 asks for a mask of 128 bits, its bound of 48 bits needs 129");
}

TEST_F(RefreshPartyTest, TooFewLimbsAreRefusedWithBothValues) {
  for (fhe::Ciphertext& input : inputs) {
    for (fhe::NttPoly& part : input.parts) part.keep_limbs(2);
  }
  request = refresh.request(inputs);
  expect_refused(request, inputs, Code::kRefused, "needs 131 bits of modulus, level 2 has 99");
}

TEST_F(RefreshPartyTest, APieceThatIsNotHeldIsNotFound) {
  const auto refused = refresh.answer(0, request, inputs, {fhe::PieceId(1)});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "piece_not_held: custodian 0 does not hold the piece without custodian 0");
}

// One mask per multiplicand: coefficient 0 under one mask and all coefficients under another would be two noises.
TEST_F(RefreshPartyTest, AnotherExtractionOrWidthOfTheSameCiphertextIsRefused) {
  ASSERT_TRUE(refresh.answer(0, request, inputs, {}).has_value());
  RefreshRequest whole = request;
  whole.map.extraction = fhe::RefreshMap::Extraction::kPolynomials;
  whole.map.outputs = {fhe::whole(0, refresh.scale)};
  whole.inputs = hash_refresh_inputs(refresh.params, whole.map, inputs, multiplicand_digests(refresh.params, inputs));
  const auto refused = refresh.answer(0, whole, inputs, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(
      refused.error().message.find("a mask of 129 bits on all coefficients, the same ciphertext was opened with a "
                                   "mask of 129 bits on coefficient 0"),
      std::string::npos)
      << refused.error().message;
  RefreshRequest wider = request;
  wider.map.mask_log2[2] += 1;
  EXPECT_FALSE(refresh.answer(0, wider, inputs, {}).has_value());
  EXPECT_EQ(refresh.commons.ledgers[0].size(), 3u);

  RefreshRequest other_map = request;
  other_map.step = 2;
  other_map.map.outputs = {fhe::replicated(0, refresh.scale)};
  EXPECT_TRUE(refresh.answer(0, other_map, inputs, {}).has_value())
      << "the same mask in another map is no second noise";
}

TEST_F(RefreshPartyTest, WhatIsOpenedOfC0IsPartOfTheRequestAndTheRestIsNot) {
  const RefreshMessage honest = refresh.answer(0, request, inputs, {}).value_or_stop();
  const fhe::Ring& ring = refresh.params.ring();
  const auto with_added = [&](std::uint32_t position) {
    std::vector<fhe::Ciphertext> changed = inputs;
    fhe::CoeffPoly monomial = ring.make<fhe::Domain::kCoeff>(changed[1].parts[0].basis());
    for (std::size_t limb = 0; limb < monomial.limb_count(); ++limb) monomial.limb(limb)[position] = 1;
    ring.add(changed[1].parts[0], ring.to_ntt(std::move(monomial)));
    return changed;
  };
  EXPECT_EQ(refresh.answer(0, request, with_added(5), {}).value_or_stop(), honest);
  const auto refused = refresh.answer(0, request, with_added(0), {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message.substr(0, 13), "inputs_differ");
}

TEST_F(RefreshPartyTest, ForeignOrUnsignedMessagesAreRefused) {
  const auto good = refresh.answers(request, inputs, {0, 1, 2});
  const auto expect = [&](std::span<const RefreshMessage> messages, std::string_view part) {
    const auto refused = refresh.combine(request, inputs, messages);
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  };
  auto messages = good;
  messages[1].statement.signature[0] ^= 1;
  expect(messages, "refresh message of custodian 1 is not signed by it");
  messages = good;
  messages[2].statement.kind = Statement::Kind::kRelease;
  sign_statement(Commons::identity(2), messages[2].statement);
  expect(messages, "refresh message of custodian 2 answers request");
  messages = good;
  messages[1] = good[0];
  expect(messages, "two share messages of custodian 0");
  request.step = 2;
  expect(good, "answers request");
}

// ---- Every bad request has a reason that whoever asked can test, and leaves no trace in the ledger.

class BadRefreshes : public RefreshPartyTest {
 protected:
  void expect_reason(std::string_view reason, const RefreshRequest& wanted) {
    const auto refused = refresh.answer(0, wanted, inputs, {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(reason_of(refused.error()), reason) << refused.error().message;
    EXPECT_EQ(refresh.commons.ledgers[0].size(), 0u);
  }
};

TEST_F(BadRefreshes, OfAnotherEpoch) {
  request.epoch = Epoch(2);
  expect_reason("wrong_epoch", request);
}

TEST_F(BadRefreshes, WithAMapForOtherInputs) {
  RefreshRequest wanted = request;
  wanted.map.mask_log2.pop_back();
  expect_reason("refresh_map_invalid", wanted);
  wanted = request;
  wanted.map.input_level = fhe::Level(2);
  expect_reason("refresh_map_invalid", wanted);
  wanted = request;
  wanted.map.outputs.clear();
  expect_reason("refresh_map_invalid", wanted);
  inputs[0].epoch = Epoch(2);
  expect_reason("refresh_map_invalid", request);
}

TEST_F(BadRefreshes, WithoutHeadroomForTheMask) {
  for (fhe::Ciphertext& input : inputs) {
    for (fhe::NttPoly& part : input.parts) part.keep_limbs(2);
  }
  request = refresh.request(inputs);
  request.map.input_level = fhe::Level(2);
  expect_reason("no_headroom", request);
}

TEST_F(BadRefreshes, WithANarrowMask) {
  request.map.mask_log2[2] -= 1;
  expect_reason("mask_too_narrow", request);
}

TEST_F(BadRefreshes, OfInputsThatTheCustodianDidNotCompute) {
  request.inputs = testing::numbered_hash(1);
  expect_reason("inputs_differ", request);
}

TEST_F(BadRefreshes, ForAPieceThatIsNotHeld) {
  EXPECT_EQ(reason_of(refresh.answer(0, request, inputs, {fhe::PieceId(1)}).error()), "piece_not_held");
  EXPECT_EQ(refresh.commons.ledgers[0].size(), 0u);
}

TEST_F(BadRefreshes, OfWhatWasOpenedOtherwise) {
  ASSERT_TRUE(refresh.answer(0, request, inputs, {}).has_value());
  request.map.mask_log2[2] += 1;
  EXPECT_EQ(reason_of(refresh.answer(0, request, inputs, {}).error()), "second_sigma");
  EXPECT_EQ(refresh.commons.ledgers[0].size(), 3u);
}

TEST_F(BadRefreshes, BeyondWhatOneEpochMayOpen) {
  std::vector<LedgerEntry> entries(fhe::kReleasesPerEpochMax - 2);
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i].multiplicand = testing::numbered_hash(10'000 + i);
  ASSERT_TRUE(refresh.commons.ledgers[0].append(entries));
  const auto refused = refresh.answer(0, request, inputs, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(reason_of(refused.error()), "releases_exhausted");
  EXPECT_EQ(refused.error().code, Code::kLimit);
}

// R7, mounted. The adversary asks to refresh (0, K X^-i), which decrypts to K s_i: the refreshed ciphertext is a proper
// one of the commons that carries a coefficient of the secret, and any approved question over it releases that.
TEST_F(RefreshPartyTest, AHandMadeCiphertextWouldCarryTheSecretAndIsRefused) {
  const fhe::Ring& ring = refresh.params.ring();
  std::vector<fhe::Ciphertext> forged;
  for (const std::size_t position : {std::size_t{0}, std::size_t{1}, std::size_t{500}}) {
    std::vector<std::int64_t> coefficients(ring.degree());
    (position == 0 ? coefficients[0] : coefficients[ring.degree() - position]) =
        (position == 0 ? 1 : -1) * (std::int64_t{1} << RefreshCommons::kScaleLog2);
    forged.push_back(
        {{ring.make<fhe::Domain::kNtt>({3, false}), ring.to_ntt(ring.from_signed(coefficients, {3, false}))},
         refresh.scale,
         refresh.commons.committee.epoch});
  }
  const RefreshRequest wanted = refresh.request(forged);
  // Without the rule: custodians refresh the ciphertexts of the request.
  const auto stolen = refresh.combine(wanted, forged, refresh.answers(wanted, forged, {0, 1})).value_or_stop();
  const fhe::SecretPoly s = refresh.commons.committee.collective_secret();
  const fhe::CoeffPoly secret = ring.to_coeff(fhe::restrict_to(s.expose(), 1));
  const fhe::CoeffPoly carried =
      ring.to_coeff(fhe::restrict_to(fhe::decrypt(refresh.params, s, stolen.outputs[0]).poly, 1));
  const auto centred = [&](std::uint64_t residue) {
    const std::uint64_t q = refresh.params.q()[0];
    return residue > q / 2 ? -static_cast<double>(q - residue) : static_cast<double>(residue);
  };
  const std::size_t positions[] = {0, 1, 500};
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(std::round(std::ldexp(centred(carried.limb(0)[k]), -RefreshCommons::kScaleLog2)),
              centred(secret.limb(0)[positions[k]]))
        << "the refreshed ciphertext carries coefficient " << positions[k] << " of the secret";
  }
  // With it: a custodian refreshes what it has computed itself, and says so.
  RefreshCommons honest;
  for (std::uint32_t c = 0; c < 3; ++c) {
    const auto refused = honest.answer(c, wanted, inputs, {});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::kRefused);
    EXPECT_NE(refused.error().message.find("recomputed here were"), std::string::npos);
    EXPECT_EQ(honest.commons.ledgers[c].size(), 0u);
  }
}

}  // namespace
}  // namespace mc::protocol
