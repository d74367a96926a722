// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/keygen.hpp"

#include <gtest/gtest.h>

#include <set>

#include "fhe/ckks/evaluator.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::committee_shape;
using testing::numbered_key;
using testing::small_params;
using testing::TestCommittee;

// The largest |coefficient| of a polynomial, centred modulo q_0.
std::uint64_t largest_coefficient(const Params& params, NttPoly poly) {
  const CoeffPoly coefficients = params.ring().to_coeff(std::move(poly));
  std::uint64_t largest = 0;
  for (const std::uint64_t c : coefficients.limb(0)) largest = std::max(largest, std::min(c, params.q()[0] - c));
  return largest;
}

TEST(Keygen, PublicKeyEncryptsToTheSumOfPieces) {
  const TestCommittee committee(small_params(), committee_shape(3, 2), 1);
  NttPoly noise = committee.public_key.p1;
  const SecretPoly s = committee.collective_secret();
  committee.params->ring().multiply(noise, restrict_to(s.expose(), committee.params->top_level().value));
  committee.params->ring().add(noise, committee.public_key.p0);
  EXPECT_LE(largest_coefficient(*committee.params, noise), 3u * 41u);

  const Encoder encoder(committee.params);
  const std::vector<double> message{0.5, -0.25, 1.0};
  const Plaintext plain =
      encoder.encode(message, committee.params->top_level(), Scale::power_of_two(kSealScaleLog2)).value_or_stop();
  KeyStream stream(numbered_key(2));
  const Ciphertext ct = encrypt(*committee.params, committee.public_key, plain, stream).value_or_stop();
  const auto decoded = encoder.decode(decrypt(*committee.params, s, ct)).value_or_stop();
  for (std::size_t i = 0; i < message.size(); ++i) EXPECT_NEAR(decoded[i], message[i], 1e-12);
}

TEST(Keygen, TheWideKeyIsTheSameKeyOverAllPrimes) {
  const TestCommittee committee(small_params(), committee_shape(3, 2), 1);
  const Ring& ring = committee.params->ring();
  NttPoly noise = expand_public_key_half(*committee.params, committee.wide_key.seed);
  EXPECT_EQ(noise, committee.common.public_key);
  EXPECT_EQ(restrict_to(noise, committee.params->top_level().value), committee.public_key.p1);
  ring.multiply(noise, committee.collective_secret().expose());
  ring.add(noise, committee.wide_key.b);
  const Basis basis = noise.basis();
  const CoeffPoly coefficients = ring.to_coeff(std::move(noise));
  for (std::size_t limb = 0; limb < coefficients.limb_count(); ++limb) {
    const std::uint64_t q = ring.modulus(basis, limb).q;
    for (const std::uint64_t c : coefficients.limb(limb)) EXPECT_LE(std::min(c, q - c), 3u * 41u);
  }
  Writer writer;
  write_wide_public_key(writer, committee.wide_key, *committee.params);
  Reader reader(writer.bytes(), "key");
  const WidePublicKey read = read_wide_public_key(reader, *committee.params).value_or_stop();
  EXPECT_EQ(read.b, committee.wide_key.b);
  EXPECT_EQ(read.seed, committee.wide_key.seed);
}

TEST(Keygen, RelinKeyHidesTheSquareOfTheSumBehindSmallNoise) {
  for (const auto& [n, t] : {std::pair{3u, 2u}, {5u, 3u}}) {
    const TestCommittee committee(small_params(), committee_shape(n, t), 3);
    const Ring& ring = committee.params->ring();
    const SecretPoly s = committee.collective_secret();
    const std::vector<NttPoly> uniform = expand_uniform_halves(*committee.params, committee.relin_key.seed);
    ASSERT_EQ(committee.relin_key.b.size(), uniform.size());
    for (std::size_t i = 0; i < uniform.size(); ++i) {
      NttPoly noise = uniform[i];
      ring.multiply(noise, s.expose());
      ring.add(noise, committee.relin_key.b[i]);
      // Modulo P and modulo every q_j, j != i, the key is s^2 times zero: only the noise is left.
      const std::size_t other = i == 0 ? 1 : 0;
      const CoeffPoly coefficients = ring.to_coeff(std::move(noise));
      const std::uint64_t q = committee.params->q()[other];
      double square_sum = 0;
      for (const std::uint64_t c : coefficients.limb(other)) {
        const auto centred = static_cast<double>(std::min(c, q - c));
        square_sum += centred * centred;
      }
      const double pieces = static_cast<double>(committee.shape.pieces().size());
      const double deviation = std::sqrt(square_sum / static_cast<double>(ring.degree()));
      EXPECT_LT(deviation, 2 * 3.2 * pieces * std::sqrt(4.0 / 3 * static_cast<double>(ring.degree())));
    }
  }
}

TEST(Keygen, ProductsRelinearisedUnderTheCollectiveKeyDecryptRight) {
  const TestCommittee committee(small_params(), committee_shape(3, 2), 4);
  const Encoder encoder(committee.params);
  const Evaluator evaluator(committee.params, std::make_shared<RelinKey>(committee.relin_key));
  const Level top = committee.params->top_level();
  const std::vector<double> x{0.5, -0.25, 1.0, 0.125}, y{0.75, 0.5, -1.0, 0.0};
  KeyStream stream(numbered_key(5));
  const auto seal = [&](const std::vector<double>& values) {
    const Plaintext plain = encoder.encode(values, top, Scale::power_of_two(kSealScaleLog2)).value_or_stop();
    return encrypt(*committee.params, committee.public_key, plain, stream).value_or_stop();
  };
  Ciphertext product = evaluator.relinearise(evaluator.multiply(seal(x), seal(y)).value_or_stop()).value_or_stop();
  ASSERT_TRUE(evaluator.rescale_inplace(product, 2).has_value());
  const auto decoded =
      encoder.decode(decrypt(*committee.params, committee.collective_secret(), product)).value_or_stop();
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(decoded[i], x[i] * y[i], 1e-11);
}

TEST(Keygen, SharesAreFunctionsOfTheSeedAlone) {
  const TestCommittee one(small_params(), committee_shape(3, 2), 6), two(small_params(), committee_shape(3, 2), 6);
  EXPECT_EQ(one.public_key.p0, two.public_key.p0);
  EXPECT_EQ(one.relin_key.b, two.relin_key.b);
  EXPECT_EQ(one.relin_key.seed, two.relin_key.seed);
}

// The uniform halves are fixed by what the custodians compared: the common seed and the sum of round 1.
TEST(Keygen, TheSeedOfTheRelinKeyFollowsFromCommonSeedAndAggregate) {
  const TestCommittee committee(small_params(), committee_shape(3, 2), 9);
  const Params& params = *committee.params;
  RelinShareOne sum;
  for (std::size_t i = 0; i < committee.seeds.size(); ++i) {
    add_share(params, sum, make_relin_share_one(params, committee.seeds[i], committee.secrets[i], committee.common));
  }
  const Hash256 hash = hash_aggregate(params, sum);
  EXPECT_EQ(committee.relin_key.seed, relin_key_seed(committee.common.seed, hash));
  EXPECT_NE(committee.relin_key.seed, relin_key_seed(testing::numbered_hash(1), hash));
  for (const bool first : {true, false}) {
    RelinShareOne other = sum;
    NttPoly& changed = first ? other.digits.back().h0 : other.digits.back().h1;
    changed.limb(0)[0] = changed.limb(0)[0] == 0 ? 1 : 0;
    const RelinAggregate aggregate(params, committee.common.seed, std::move(other));
    EXPECT_NE(aggregate.seed(), committee.relin_key.seed);
    EXPECT_EQ(aggregate.seed(), relin_key_seed(committee.common.seed, aggregate.hash()));
  }
}

// R5: the draws of round 2 are named by all that a secret is multiplied with.
TEST(Keygen, RoundTwoDrawsOtherErrorsForEveryOtherMultiplicand) {
  const TestCommittee committee(small_params(), committee_shape(3, 2), 10);
  const Params& params = *committee.params;
  const Ring& ring = params.ring();
  // Without a part of the ephemeral secret (h1 = 0) what is left of a share is its error.
  const auto error = [&](std::size_t digit, std::uint64_t common_seed) {
    RelinShareOne sum = make_relin_share_one(params, committee.seeds[0], committee.secrets[0], committee.common);
    for (auto& [h0, h1] : sum.digits) h1 = ring.make<Domain::kNtt>(h1.basis());
    NttPoly& changed = sum.digits[digit].h0;
    changed.limb(1)[3] = changed.limb(1)[3] == 0 ? 1 : 0;
    const RelinAggregate aggregate(params, testing::numbered_hash(common_seed), std::move(sum));
    NttPoly left =
        make_relin_share_two(params, committee.seeds[0], committee.secrets[0], committee.common, aggregate).digits[0];
    NttPoly product = aggregate.multiplicands()[0].of_piece;
    ring.multiply(product, committee.secrets[0].expose());
    ring.subtract(left, product);
    EXPECT_LE(largest_coefficient(params, NttPoly(left)), 2u * 41u);
    return hash_poly(params, left);
  };
  std::set<Hash256> errors;
  for (const std::size_t digit : {0, 7}) {
    for (const std::uint64_t seed : {1, 2}) errors.insert(error(digit, seed));
  }
  EXPECT_EQ(errors.size(), 4u);
  EXPECT_TRUE(errors.contains(error(7, 2))) << "and the same for the same";
}

TEST(Keygen, SharesReadBackAndEveryBitFlipInTheHeaderIsRefused) {
  const TestCommittee committee(small_params(), committee_shape(3, 2), 7);
  const Params& params = *committee.params;
  const PieceId piece = committee.shape.pieces()[0];
  const auto one = make_relin_share_one(params, committee.seeds[0], committee.secrets[0], committee.common);
  const auto key = make_public_key_share(params, committee.seeds[0], committee.secrets[0], committee.common);
  const auto two = make_relin_share_two(params, committee.seeds[0], committee.secrets[0], committee.common,
                                        RelinAggregate(params, committee.common.seed, RelinShareOne(one)));
  const Bytes one_bytes = encode_share(params, committee.epoch, piece, one);
  const Bytes key_bytes = encode_share(params, committee.epoch, piece, key);
  const Bytes two_bytes = encode_share(params, committee.epoch, piece, two);
  EXPECT_EQ(decode_relin_share_one(params, committee.epoch, piece, one_bytes).value_or_stop(), one);
  EXPECT_EQ(decode_public_key_share(params, committee.epoch, piece, key_bytes).value_or_stop(), key);
  EXPECT_EQ(decode_relin_share_two(params, committee.epoch, piece, two_bytes).value_or_stop(), two);
  for (std::size_t bit = 0; bit < 8 * 48; ++bit) {
    Bytes changed = key_bytes;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(decode_public_key_share(params, committee.epoch, piece, changed).has_value()) << "bit " << bit;
  }
  EXPECT_FALSE(decode_relin_share_one(params, committee.epoch, piece, two_bytes).has_value());
  Bytes longer = key_bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode_public_key_share(params, committee.epoch, piece, longer).has_value());
  longer.resize(key_bytes.size() - 1);
  EXPECT_FALSE(decode_public_key_share(params, committee.epoch, piece, longer).has_value());
}

TEST(Keygen, AShareOfAnotherEpochNamesBothEpochs) {
  const TestCommittee committee(small_params(), committee_shape(3, 2), 8);
  const Params& params = *committee.params;
  const PieceId piece = committee.shape.pieces()[0];
  const auto key = make_public_key_share(params, committee.seeds[0], committee.secrets[0], committee.common);
  const auto refused = decode_public_key_share(params, Epoch(9), piece, encode_share(params, Epoch(1), piece, key));
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("epoch 1, expected epoch 9"), std::string::npos) << refused.error().message;
}

}  // namespace
}  // namespace mc::fhe
