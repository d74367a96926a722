// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/galois_keygen.hpp"

#include <gtest/gtest.h>

#include "fhe/ckks/evaluator.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::numbered_key;
using testing::small_params;
using testing::TestCommittee;

class GaloisKeygen : public ::testing::Test {
 protected:
  TestCommittee committee{small_params(), CommitteeShape::create(4, 2).value_or_stop(), 21};
  const Params& params = *committee.params;

  GaloisKey key_for(std::uint64_t element) const {
    const GaloisCommon common = expand_galois_common(params, committee.common.seed, element);
    GaloisShare sum;
    for (std::size_t i = 0; i < committee.seeds.size(); ++i) {
      add_share(params, sum, make_galois_share(params, committee.seeds[i], committee.secrets[i], common));
    }
    return finish_galois_key(std::move(sum), common, committee.epoch);
  }
};

TEST_F(GaloisKeygen, SlotsRotateAndConjugateUnderTheSumOfShares) {
  auto keys = std::make_shared<EvaluationKeys>(committee.params, committee.epoch);
  const std::size_t degree = params.ring().degree();
  ASSERT_TRUE(keys->add(key_for(galois_element_of_rotation(3, degree))).has_value());
  ASSERT_TRUE(keys->add(key_for(galois_element_of_conjugation(degree))).has_value());
  const Evaluator evaluator(keys);
  const Encoder encoder(committee.params);
  std::vector<double> values(params.slot_count());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 17) / 17 - 0.5;
  KeyStream stream(numbered_key(3));
  const Plaintext plain =
      encoder.encode(values, params.top_level(), Scale::power_of_two(kSealScaleLog2)).value_or_stop();
  const Ciphertext ct = encrypt(params, committee.public_key, plain, stream).value_or_stop();
  const auto read = [&](const Ciphertext& c) {
    return encoder.decode(decrypt(params, committee.collective_secret(), c)).value_or_stop();
  };
  const auto rotated = read(evaluator.rotate(ct, 3).value_or_stop());
  const auto conjugated = read(evaluator.conjugate(ct).value_or_stop());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(rotated[i], values[(i + 3) % values.size()], 1e-12);
    EXPECT_NEAR(conjugated[i], values[i], 1e-12);
  }
}

TEST_F(GaloisKeygen, TheKeysErrorIsTheSumOfOnePerPiece) {
  const Ring& ring = params.ring();
  const GaloisKey key = key_for(5);
  const std::vector<NttPoly> halves = expand_uniform_halves(params, key.seed);
  for (std::size_t i = 0; i < key.b.size(); ++i) {
    NttPoly noise = halves[i];
    ring.multiply(noise, committee.collective_secret().expose());
    ring.add(noise, key.b[i]);
    const std::size_t other = i == 0 ? 1 : 0;  // there the gadget is zero
    const CoeffPoly coefficients = ring.to_coeff(std::move(noise));
    const std::uint64_t q = params.q()[other];
    for (const std::uint64_t c : coefficients.limb(other)) EXPECT_LE(std::min(c, q - c), 4u * 41u);
  }
}

TEST_F(GaloisKeygen, ErrorsOfDifferentElementsAreDifferentDraws) {
  // R5: with one error for two elements, the difference of two shares would be an equation without noise.
  const GaloisCommon five = expand_galois_common(params, committee.common.seed, 5);
  GaloisCommon forged = five;
  forged.galois_element = 25;
  const auto one = make_galois_share(params, committee.seeds[0], committee.secrets[0], five);
  auto two = make_galois_share(params, committee.seeds[0], committee.secrets[0], forged);
  params.ring().subtract(two.digits[0], one.digits[0]);
  // Same a, same digest, hence the same error: modulo a prime outside the digit nothing is left. The digest of another
  // element is another one, which is why it covers the element.
  EXPECT_EQ(two.digits[0].limb(1)[0], 0u);
  const GaloisCommon twenty_five = expand_galois_common(params, committee.common.seed, 25);
  EXPECT_NE(twenty_five.digest, five.digest);
  EXPECT_NE(twenty_five.a[0], five.a[0]);
}

TEST_F(GaloisKeygen, SharesReadBackAndOthersAreRefused) {
  const PieceId piece = committee.shape.pieces()[0];
  const GaloisCommon common = expand_galois_common(params, committee.common.seed, 5);
  const GaloisShare share = make_galois_share(params, committee.seeds[0], committee.secrets[0], common);
  const Bytes bytes = encode_share(params, committee.epoch, piece, 5, share);
  EXPECT_EQ(decode_galois_share(params, committee.epoch, piece, 5, bytes).value_or_stop(), share);
  const auto other = decode_galois_share(params, committee.epoch, piece, 25, bytes);
  ASSERT_FALSE(other.has_value());
  EXPECT_NE(other.error().message.find("it is for the Galois element 5"), std::string::npos) << other.error().message;
  EXPECT_FALSE(decode_galois_share(params, Epoch(2), piece, 5, bytes).has_value());
  EXPECT_FALSE(decode_galois_share(params, committee.epoch, committee.shape.pieces()[1], 5, bytes).has_value());
  EXPECT_FALSE(
      decode_galois_share(params, committee.epoch, piece, 5, ByteView(bytes).first(bytes.size() - 1)).has_value());
}

TEST_F(GaloisKeygen, ElementsAscendAreOddAndBelowTwiceTheDegree) {
  const auto ok = [&](std::vector<std::uint64_t> elements) {
    return check_galois_elements(params, elements).has_value();
  };
  EXPECT_TRUE(ok({}));
  EXPECT_TRUE(ok({5, 25, 2047}));
  EXPECT_FALSE(ok({1}));
  EXPECT_FALSE(ok({4}));
  EXPECT_FALSE(ok({25, 5}));
  EXPECT_FALSE(ok({5, 5}));
  EXPECT_FALSE(ok({2049}));
  std::vector<std::uint64_t> many;
  for (std::uint64_t i = 0; i <= kGaloisElementsMax; ++i) many.push_back(3 + 2 * i);
  EXPECT_FALSE(ok(many));
  many.pop_back();
  EXPECT_TRUE(ok(many));
}

}  // namespace
}  // namespace mc::fhe
