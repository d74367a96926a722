// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/release.hpp"

#include <gtest/gtest.h>

#include "fhe/ckks/evaluator.hpp"
#include "fhe/threshold/flooding.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::numbered_hash;
using testing::numbered_key;
using testing::small_params;
using testing::TestCommittee;

class ReleaseTest : public ::testing::Test {
 protected:
  static constexpr std::uint8_t kSigma = 30;

  TestCommittee committee{small_params(), CommitteeShape::create(3, 2).value_or_stop(), 1};
  const Params& params = *committee.params;
  Encoder encoder{committee.params};
  RequesterContext context{1, numbered_hash(1), {7}};
  RequesterKey key = make_requester_key(params, numbered_key(20), context);
  SecretPoly z = requester_secret(params, numbered_key(20), context);
  NttPoly p1 = requester_p1(params, context);
  Hash256 key_hash = hash_requester_key(params, key);

  // An answer at the release level whose slots have the mean wanted.
  Ciphertext answer(double mean, std::uint64_t number) const {
    KeyStream stream(numbered_key(number));
    std::vector<double> slots(params.slot_count(), 0.0);
    for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = mean + (i % 2 == 0 ? 0.25 : -0.25);
    const Plaintext plain = encoder.encode(slots, kReleaseLevel, Scale::power_of_two(80)).value_or_stop();
    return encrypt(params, committee.public_key, plain, stream).value_or_stop();
  }

  struct Batch {
    std::vector<Ciphertext> answers;
    std::vector<Hash256> multiplicands;
    std::vector<std::uint8_t> sigmas;
    std::vector<AnswerHead> heads;
  };
  Batch batch(std::size_t count, std::uint64_t number = 1000) const {
    Batch b;
    for (std::size_t j = 0; j < count; ++j) {
      b.answers.push_back(answer(static_cast<double>(j) / static_cast<double>(count) - 0.5, number + j));
      b.multiplicands.push_back(multiplicand_digest(params, b.answers.back()));
      b.sigmas.push_back(kSigma);
      b.heads.push_back(answer_head(params, b.answers.back()));
    }
    return b;
  }
  ReleaseJob job(const Batch& b, std::uint64_t authorisation = 5) const {
    return {b.answers, b.multiplicands, b.sigmas, &key, &p1, key_hash, numbered_hash(authorisation)};
  }
  ReleaseShare share(std::size_t piece, const ReleaseJob& j) const {
    const SecretPoly secret(restrict_to(committee.secrets[piece].expose(), 2));
    return make_release_share(params, committee.seeds[piece], secret, j);
  }
  std::vector<ReleaseShare> shares(const ReleaseJob& j) const {
    std::vector<ReleaseShare> all;
    for (std::size_t i = 0; i < committee.seeds.size(); ++i) all.push_back(share(i, j));
    return all;
  }
};

TEST_F(ReleaseTest, RequesterReadsTheMeansOfAllAnswers) {
  for (const std::size_t count : {std::size_t{1}, std::size_t{64}, std::size_t{257}}) {
    const Batch b = batch(count);
    const auto means = open_means(params, encoder, z, b.heads, shares(job(b))).value_or_stop();
    ASSERT_EQ(means.size(), count);
    for (std::size_t j = 0; j < count; ++j) {
      const double wanted = static_cast<double>(j) / static_cast<double>(count) - 0.5;
      EXPECT_NEAR(means[j], wanted, std::ldexp(20.0, kSigma - 80)) << j << " of " << count;
    }
  }
}

TEST_F(ReleaseTest, AnotherSecretReadsNothing) {
  const Batch b = batch(3);
  const SecretPoly wrong = requester_secret(params, numbered_key(21), context);
  const auto opened = open_answers(params, wrong, b.heads, shares(job(b)));
  const auto right = open_answers(params, z, b.heads, shares(job(b)));
  for (std::size_t j = 0; j < 3; ++j) EXPECT_NE(opened[j], right[j]);
}

TEST_F(ReleaseTest, AMissingPieceLeavesNothingReadable) {
  const Batch b = batch(1);
  auto all = shares(job(b));
  all.pop_back();
  const auto mean = open_means(params, encoder, z, b.heads, all);
  EXPECT_TRUE(!mean.has_value() || std::abs((*mean)[0] + 0.5) > 1);
}

TEST_F(ReleaseTest, SharesAreIdempotent) {
  const Batch b = batch(2);
  EXPECT_EQ(share(0, job(b)), share(0, job(b)));
}

TEST_F(ReleaseTest, TheSameMultiplicandHasTheSameNoiseInAnyBatchAndUnderAnyAuthorisation) {
  const Batch whole = batch(5);
  Batch part;
  for (const std::size_t j : {3u, 1u}) {
    part.answers.push_back(whole.answers[j]);
    part.multiplicands.push_back(whole.multiplicands[j]);
    part.sigmas.push_back(whole.sigmas[j]);
    part.heads.push_back(whole.heads[j]);
  }
  const auto in_whole = open_answers(params, z, whole.heads, shares(job(whole, 5)));
  const auto in_part = open_answers(params, z, part.heads, shares(job(part, 6)));
  // What is opened is the same up to the encryption's own error, far below the flooding.
  for (const auto& [w, p] : {std::pair{3u, 0u}, {1u, 1u}}) {
    const std::uint64_t q = params.q()[0];
    const std::uint64_t difference = params.ring().modulus(kReleaseBasis, 0).subtract(in_whole[w][0], in_part[p][0]);
    EXPECT_LT(std::min(difference, q - difference), std::uint64_t{1} << 13);
  }
  EXPECT_NE(share(0, job(whole, 5)).polynomials[0].c1, share(0, job(whole, 6)).polynomials[0].c1);
}

TEST_F(ReleaseTest, FloodingIsThereAndHasItsSigma) {
  const Batch b = batch(200);
  const auto opened = open_answers(params, z, b.heads, shares(job(b)));
  const SecretPoly s(restrict_to(committee.collective_secret().expose(), 2));
  double square = 0;
  for (std::size_t j = 0; j < b.answers.size(); ++j) {
    const Modulus& m = params.ring().modulus(kReleaseBasis, 0);
    const auto exact = params.ring().product_coefficient_zero(b.answers[j].parts[1], s.expose());
    const std::uint64_t noise = m.subtract(opened[j][0], m.add(b.heads[j].constant[0], exact[0]));
    const double centred = noise > m.q / 2 ? -static_cast<double>(m.q - noise) : static_cast<double>(noise);
    square += centred * centred;
  }
  const double sigma = std::ldexp(1.0, kSigma) * std::sqrt(3.0);  // three pieces
  EXPECT_NEAR(square / 200 / (sigma * sigma), 1, 4.5 * std::sqrt(2.0 / 200));
}

TEST_F(ReleaseTest, ShareCarriesOnlyTheAnswerCoefficients) {
  const Batch b = batch(5);
  const ReleaseShare s = share(1, job(b));
  ASSERT_EQ(s.polynomials.size(), 1u);
  EXPECT_EQ(s.polynomials[0].head.size(), 2u * 5u);
}

TEST_F(ReleaseTest, ShareReadsBackAndBadBytesAreRefused) {
  for (const std::size_t count : {std::size_t{1}, std::size_t{300}}) {
    const Batch b = batch(count);
    const ReleaseShare s = share(2, job(b));
    const PieceId piece = committee.shape.pieces()[2];
    const Bytes bytes = encode_release_share(params, committee.epoch, piece, s);
    EXPECT_EQ(bytes.size(), release_share_bytes(params, count));
    EXPECT_EQ(decode_release_share(params, committee.epoch, piece, count, bytes).value_or_stop(), s);
    EXPECT_FALSE(decode_release_share(params, committee.epoch, piece, count + 1, bytes).has_value());
    EXPECT_FALSE(decode_release_share(params, Epoch(2), piece, count, bytes).has_value());
    EXPECT_FALSE(decode_release_share(params, committee.epoch, committee.shape.pieces()[0], count, bytes).has_value());
    EXPECT_FALSE(decode_release_share(params, committee.epoch, piece, count, ByteView(bytes).first(bytes.size() - 1))
                     .has_value());
    Bytes not_canonical = bytes;
    std::fill_n(not_canonical.begin() + 52, 8, std::uint8_t{0xFF});
    EXPECT_FALSE(decode_release_share(params, committee.epoch, piece, count, not_canonical).has_value());
  }
}

TEST_F(ReleaseTest, AnAnswerAtAnotherLevelIsRefusedWithBothLevels) {
  Ciphertext high = answer(0, 1);
  EXPECT_TRUE(check_answer(high, 0).has_value());
  const Plaintext plain = encoder.encode_constant(0.5, Level(3), Scale::power_of_two(80)).value_or_stop();
  KeyStream stream(numbered_key(1));
  high = encrypt(params, committee.public_key, plain, stream).value_or_stop();
  const Status refused = check_answer(high, 3);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "answer 3 has level 3, releases need 2");
  EXPECT_FALSE(check_answer(Ciphertext{}, 0).has_value());
}

}  // namespace
}  // namespace mc::fhe
