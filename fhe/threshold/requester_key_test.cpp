// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/requester_key.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fhe/threshold/possession_proof.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::numbered_hash;
using testing::numbered_key;
using testing::small_params;

RequesterContext context_of(std::uint64_t number) {
  return {31337, numbered_hash(number), {1, 2, 3}};
}

// A collective key that is not hers.
PublicKey collective_key(const Params& params) {
  KeyStream stream(numbered_key(99));
  const SecretPoly secret = make_secret_key(params, stream);
  const NttPoly p1 = params.ring().make<Domain::kNtt>({params.top_level().value, false});
  return make_public_key(params, secret, p1, stream);
}

class RequesterKeyTest : public ::testing::Test {
 protected:
  ParamsPtr params = small_params();
  PublicKey collective = collective_key(*params);
  RequesterContext context = context_of(1);
  RequesterKey key = make_requester_key(*params, numbered_key(1), context);
};

TEST_F(RequesterKeyTest, ProofOfAnHonestKeyVerifies) {
  const Status verified = verify_requester_key(*params, key, context, collective);
  EXPECT_TRUE(verified.has_value()) << verified.error().message;
}

TEST_F(RequesterKeyTest, MadeTwiceIsTheSameBytesAndAnotherStudyIsAnotherKey) {
  EXPECT_EQ(encode_requester_key(*params, key),
            encode_requester_key(*params, make_requester_key(*params, numbered_key(1), context)));
  const RequesterKey other = make_requester_key(*params, numbered_key(1), context_of(2));
  EXPECT_NE(key.p0, other.p0);
  EXPECT_NE(requester_p1(*params, context), requester_p1(*params, context_of(2)));
  EXPECT_NE(requester_secret(*params, numbered_key(1), context).expose(),
            requester_secret(*params, numbered_key(1), context_of(2)).expose());
}

TEST_F(RequesterKeyTest, P0IsAnEncryptionOfZeroUnderTheSecret) {
  NttPoly error = requester_p1(*params, context);
  params->ring().multiply(error, requester_secret(*params, numbered_key(1), context).expose());
  params->ring().add(error, key.p0);
  const CoeffPoly coefficients = params->ring().to_coeff(std::move(error));
  const std::uint64_t q = params->q()[0];
  for (const std::uint64_t c : coefficients.limb(0)) EXPECT_LE(std::min(c, q - c), 41u);
}

TEST_F(RequesterKeyTest, AProofForAnotherContextIsRefused) {
  for (const RequesterContext& other : {RequesterContext{1, context.study, context.requester},
                                        RequesterContext{context.chain_id, numbered_hash(5), context.requester},
                                        RequesterContext{context.chain_id, context.study, {9}}}) {
    EXPECT_FALSE(verify_requester_key(*params, key, other, collective).has_value());
    RequesterKey moved = key;
    moved.context = other;
    EXPECT_FALSE(verify_requester_key(*params, moved, other, collective).has_value());
  }
}

TEST_F(RequesterKeyTest, ChangedKeyOrProofIsRefused) {
  RequesterKey changed = key;
  changed.p0.limb(1)[17] = params->ring().modulus(kReleaseBasis, 1).add(changed.p0.limb(1)[17], 1);
  EXPECT_FALSE(verify_requester_key(*params, changed, context, collective).has_value());
  changed = key;
  changed.proof.z_response[3] += 1;
  EXPECT_FALSE(verify_requester_key(*params, changed, context, collective).has_value());
  changed = key;
  changed.proof.e_response[3] -= 1;
  EXPECT_FALSE(verify_requester_key(*params, changed, context, collective).has_value());
  changed = key;
  changed.proof.challenge.bytes[0] ^= 1;
  EXPECT_FALSE(verify_requester_key(*params, changed, context, collective).has_value());
}

TEST_F(RequesterKeyTest, TheCollectiveKeyAsRequesterKeyIsRefused) {
  // Custodians who re-encrypted to the collective key would hand every answer back to the commons' own secret.
  RequesterKey stolen = key;
  stolen.p0 = restrict_to(collective.p0, 2);
  const Status refused = verify_requester_key(*params, stolen, context, collective);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "requester key equals the collective key");
}

TEST_F(RequesterKeyTest, AKeyWhoseSecretNobodyKnowsCannotBeProved) {
  // p0 uniform, or collective plus an own key: her responses would have to be short for a long p0. Long ones are seen.
  RequesterKey rogue = key;
  params->ring().add(rogue.p0, restrict_to(collective.p0, 2));
  EXPECT_FALSE(verify_requester_key(*params, rogue, context, collective).has_value());
  rogue = key;
  rogue.proof.z_response.assign(rogue.proof.z_response.size(), 1 << 15);
  const Status refused = verify_requester_key(*params, rogue, context, collective);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("out of bounds"), std::string::npos);
}

TEST_F(RequesterKeyTest, ResponsesAreIndependentOfTheSecret) {
  // Rejection makes responses uniform: their correlation with z and with c z is that of chance. Without rejection
  // (y + c z, |c z| up to 36 against masks of 2^15) this statistic over many keys would still be small, so masks are
  // compared at their edge: no response lies within the margin where only a shifted mask could have put it.
  const std::int64_t bound = 1 << 15, margin = 36;
  double sum = 0;
  std::size_t count = 0;
  for (std::uint64_t number = 0; number < 20; ++number) {
    const RequesterKey k = make_requester_key(*params, numbered_key(number), context);
    for (const std::int32_t r : k.proof.z_response) {
      EXPECT_GE(r, margin - bound);
      EXPECT_LT(r, bound - margin);
      sum += r;
      ++count;
    }
  }
  const double deviation = static_cast<double>(bound - margin) / std::sqrt(3.0);
  EXPECT_LT(std::abs(sum / static_cast<double>(count)), 4.5 * deviation / std::sqrt(static_cast<double>(count)));
}

TEST_F(RequesterKeyTest, ReadsBackAndBadBytesAreRefused) {
  const Bytes bytes = encode_requester_key(*params, key);
  EXPECT_EQ(decode_requester_key(*params, bytes).value_or_stop(), key);
  EXPECT_EQ(hash_requester_key(*params, key), sha256(bytes));
  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, std::size_t{40}, bytes.size() / 2, bytes.size() - 1}) {
    EXPECT_FALSE(decode_requester_key(*params, ByteView(bytes).first(size)).has_value()) << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode_requester_key(*params, longer).has_value());
  Bytes not_canonical = bytes;
  std::fill_n(not_canonical.begin() + 4 + 32 + 8 + 32 + 20, 16, std::uint8_t{0xFF});
  EXPECT_FALSE(decode_requester_key(*params, not_canonical).has_value());
}

TEST(ChallengeWeight, GivesAtLeast256BitsOfChallenges) {
  for (std::uint8_t log_n = 10; log_n <= 16; ++log_n) {
    const double n = std::ldexp(1.0, log_n);
    const double weight = challenge_weight(LogN(log_n)).value_or_stop();
    const double log2_choose =
        (std::lgamma(n + 1) - std::lgamma(weight + 1) - std::lgamma(n - weight + 1)) / std::log(2.0);
    EXPECT_GE(log2_choose + weight, 256.0) << "log N = " << int{log_n};
  }
  EXPECT_FALSE(challenge_weight(LogN(9)).has_value());
}

}  // namespace
}  // namespace mc::fhe
