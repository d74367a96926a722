// SPDX-License-Identifier: Apache-2.0
// Attacks on the threshold protocols, each mounted on a version without the rule and shown to fail on ours. Attacks
// that need a custodian's checks (R7) stand in protocol/release_party_test.cpp, lies (R3, R8) in keygen_party_test and
// combine_test.
#include <gtest/gtest.h>

#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/flooding.hpp"
#include "fhe/threshold/release.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::numbered_hash;
using testing::numbered_key;
using testing::small_params;
using testing::TestCommittee;

// Residue modulo q_0, centred, as a double: exact below 2^53.
double centred_modulo_q0(const Params& params, std::uint64_t residue) {
  const std::uint64_t q = params.q()[0];
  return residue > q / 2 ? -static_cast<double>(q - residue) : static_cast<double>(residue);
}

class AttackTest : public ::testing::Test {
 protected:
  TestCommittee committee{small_params(), CommitteeShape::create(3, 2).value_or_stop(), 1};
  const Params& params = *committee.params;
  const Ring& ring = params.ring();
  std::size_t degree = ring.degree();
  const PieceSeed& seed = committee.seeds[0];
  SecretPoly piece{restrict_to(committee.secrets[0].expose(), 2)};
  CoeffPoly piece_coefficients = ring.to_coeff(restrict_to(piece.expose(), 2));
  RequesterContext context{1, numbered_hash(1), {}};
  RequesterKey key = make_requester_key(params, numbered_key(20), context);
  SecretPoly z = requester_secret(params, numbered_key(20), context);
  NttPoly p1 = requester_p1(params, context);

  NttPoly random_c1(std::uint64_t number) const {
    KeyStream stream(numbered_key(number));
    return sample_uniform(ring, kReleaseBasis, stream);
  }
  // K X^-i: its product with s has K s_i as coefficient 0.
  NttPoly probe(std::size_t i, std::int64_t k) const {
    std::vector<std::int64_t> coefficients(degree);
    if (i == 0) {
      coefficients[0] = k;
    } else {
      coefficients[degree - i] = -k;
    }
    return ring.to_ntt(ring.from_signed(coefficients, kReleaseBasis));
  }
  Ciphertext with_c1(NttPoly c1) const {
    return {{ring.make<Domain::kNtt>(kReleaseBasis), std::move(c1)}, Scale::power_of_two(60)};
  }
  // What the requester reads of one piece's share of our protocol, modulo q_0.
  std::vector<double> our_share(const std::vector<Ciphertext>& answers, std::uint8_t sigma,
                                std::uint64_t authorisation) const {
    std::vector<Hash256> multiplicands;
    for (const Ciphertext& answer : answers) multiplicands.push_back(multiplicand_digest(params, answer));
    const std::vector<std::uint8_t> sigmas(answers.size(), sigma);
    const ReleaseShare share = make_release_share(
        params, seed, piece,
        {answers, multiplicands, sigmas, &key, &p1, hash_requester_key(params, key), numbered_hash(authorisation)});
    const std::vector<AnswerHead> heads(answers.size(), AnswerHead{{}, {0, 0}});
    std::vector<double> read;
    for (const auto& residues : open_answers(params, z, heads, {&share, 1}))
      read.push_back(centred_modulo_q0(params, residues[0]));
    return read;
  }
  double piece_coefficient(std::size_t i) const { return centred_modulo_q0(params, piece_coefficients.limb(0)[i]); }
};

// R5, first half: noise that does not depend on the multiplicand cancels between two multiplicands. With c1' = c1 +
// X^-i the difference of two answers is exactly the coefficient s_i.
TEST_F(AttackTest, EqualNoiseOnTwoMultiplicandsReadsThePiece) {
  const NttPoly base = random_c1(1);
  const std::uint8_t sigma = 40;
  KeyStream fixed(numbered_key(2));
  const i128 same_noise = sample_flooding(sigma, fixed);  // keyed by the session, say
  const Modulus& m = ring.modulus(kReleaseBasis, 0);
  const std::uint64_t noise = m.reduce(static_cast<u128>(same_noise < 0 ? -same_noise : same_noise));
  const auto weak_share = [&](const NttPoly& c1) {
    return m.add(ring.product_coefficient_zero(c1, piece.expose())[0], noise);
  };
  for (std::size_t i = 0; i < degree; ++i) {
    NttPoly shifted = base;
    ring.add(shifted, probe(i, 1));
    EXPECT_EQ(centred_modulo_q0(params, m.subtract(weak_share(shifted), weak_share(base))), piece_coefficient(i));
  }
}

TEST_F(AttackTest, OurNoiseDiffersBetweenTwoMultiplicandsAndHidesThePiece) {
  const NttPoly base = random_c1(1);
  std::vector<Ciphertext> answers{with_c1(base)};
  for (std::size_t i = 0; i < 64; ++i) {
    NttPoly shifted = base;
    ring.add(shifted, probe(i, 1));
    answers.push_back(with_c1(std::move(shifted)));
  }
  const auto read = our_share(answers, 40, 1);
  int close = 0;
  for (std::size_t i = 0; i < 64; ++i) close += std::abs(read[i + 1] - read[0]) < std::ldexp(1.0, 30);
  // A difference of two independent draws of sigma 2^40 falls below 2^30 about once in 2^11.
  EXPECT_LE(close, 1);
}

// R5, second half: fresh noise on one multiplicand averages away.
TEST_F(AttackTest, FreshNoiseOnTheSameMultiplicandAveragesAway) {
  const NttPoly c1 = random_c1(3);
  constexpr std::uint8_t kSigma = 6;
  constexpr int kQueries = 1 << 16;
  const Modulus& m = ring.modulus(kReleaseBasis, 0);
  const std::uint64_t exact = ring.product_coefficient_zero(c1, piece.expose())[0];
  KeyStream session(numbered_key(4));
  double sum = 0;
  for (int i = 0; i < kQueries; ++i) sum += static_cast<double>(sample_flooding(kSigma, session));
  // sigma 2^6 over 2^16 queries leaves a deviation of 1/4: the sum is read off by rounding, up to one unit.
  EXPECT_LE(std::abs(std::round(sum / kQueries)), 1) << "the weak version opens the exact product " << exact % m.q;

  // Ours: as many authorisations as she likes, each with the same noise.
  const std::vector<Ciphertext> answer{with_c1(c1)};
  const double first = our_share(answer, 30, 1)[0];
  double largest_step = 0;
  for (std::uint64_t authorisation = 2; authorisation < 40; ++authorisation) {
    largest_step = std::max(largest_step, std::abs(our_share(answer, 30, authorisation)[0] - first));
  }
  EXPECT_LT(largest_step, 4096) << "only the encryption's own error changes";
  const double noise = centred_modulo_q0(
      params, m.subtract(m.reduce(static_cast<u128>(first < 0 ? first + static_cast<double>(m.q) : first)), exact));
  EXPECT_GT(std::abs(noise), std::ldexp(1.0, 20)) << "and the flooding stays whatever is averaged";
}

// R13 and Li-Micciancio (ePrint 2020/1533): a raw decryption of all coefficients gives the key to whoever knows what
// was encrypted: s = (decryption - c_0) / c_1.
TEST_F(AttackTest, ARawDecryptionOfAllCoefficientsGivesTheKey) {
  KeyStream stream(numbered_key(5));
  const Encoder encoder(committee.params);
  const Plaintext plain = encoder.encode_constant(0.25, kReleaseLevel, Scale::power_of_two(80)).value_or_stop();
  const Ciphertext ct = encrypt(params, committee.public_key, plain, stream).value_or_stop();
  const SecretPoly s(restrict_to(committee.collective_secret().expose(), 2));
  NttPoly raw = ct.parts[1];  // c_0 + c_1 s, released as it is
  ring.multiply(raw, s.expose());
  ring.add(raw, ct.parts[0]);

  NttPoly recovered = raw;
  ring.subtract(recovered, ct.parts[0]);
  for (std::size_t limb = 0; limb < 2; ++limb) {
    const Modulus& m = ring.modulus(kReleaseBasis, limb);
    for (std::size_t k = 0; k < degree; ++k) {
      ASSERT_NE(ct.parts[1].limb(limb)[k], 0u);
      recovered.limb(limb)[k] = m.multiply(recovered.limb(limb)[k], m.inverse(ct.parts[1].limb(limb)[k]));
    }
  }
  EXPECT_EQ(recovered, s.expose());

  // Ours reveals one flooded coefficient: N - 1 unknowns keep N - 1 degrees of freedom, and the one equation is off by
  // the flooding. What the requester decrypts holds exactly one coefficient.
  const std::vector<Ciphertext> answer{ct};
  const std::vector<Hash256> multiplicand{multiplicand_digest(params, ct)};
  const std::vector<std::uint8_t> sigma{40};
  const ReleaseShare share = make_release_share(
      params, seed, piece, {answer, multiplicand, sigma, &key, &p1, hash_requester_key(params, key), numbered_hash(1)});
  ASSERT_EQ(share.polynomials.size(), 1u);
  EXPECT_EQ(share.polynomials[0].head.size(), 2u);
  const double opened = our_share({ct}, 40, 1)[0];
  const double exact = centred_modulo_q0(params, ring.product_coefficient_zero(ct.parts[1], piece.expose())[0]);
  EXPECT_GT(std::abs(opened - exact), std::ldexp(1.0, 25));
}

// Attacks on round 2 of the relinearisation key: h1 = 0, so that the ephemeral secret has no part in the answer, and h0
// such that the piece is multiplied by 2^20.
class RoundTwoAttack : public AttackTest {
 protected:
  static constexpr int kFactorLog2 = 20;
  const Basis qp{params.top_level().value, true};

  NttPoly constant() const {
    std::vector<std::int64_t> coefficients(degree);
    coefficients[0] = std::int64_t{1} << kFactorLog2;
    return ring.to_ntt(ring.from_signed(coefficients, qp));
  }
  /// h0 = 2^20 + c_i, c of a seed or none; h1 = 0.
  RelinShareOne forged(const Hash256* seed) const {
    const std::vector<NttPoly> uniform =
        seed == nullptr ? std::vector<NttPoly>{} : expand_uniform_halves(params, *seed);
    RelinShareOne sum;
    for (std::uint32_t digit = 0; digit < params.digit_count(params.top_level()); ++digit) {
      NttPoly h0 = constant();
      if (seed != nullptr) ring.add(h0, uniform[digit]);
      sum.digits.push_back({std::move(h0), ring.make<Domain::kNtt>(qp)});
    }
    return sum;
  }
  /// Coefficients of the piece that are what `answer` says of them.
  std::size_t coefficients_read(const NttPoly& answer) const {
    const CoeffPoly read = ring.to_coeff(restrict_to(answer, 1));
    std::size_t right = 0;
    for (std::size_t i = 0; i < degree; ++i) {
      right += std::round(std::ldexp(centred_modulo_q0(params, read.limb(0)[i]), -kFactorLog2)) == piece_coefficient(i);
    }
    return right;
  }
  /// Of a round 2 without the rule: the aggregate and the uniform half (none: the paper's) as somebody hands them over.
  std::size_t read_without_rule(const RelinShareOne& aggregate, const Hash256* seed) const {
    NttPoly multiplicand = aggregate.digits[0].h0;
    if (seed != nullptr) ring.subtract(multiplicand, expand_uniform_halves(params, *seed)[0]);
    KeyStream errors(numbered_key(30));
    NttPoly answer = ring.to_ntt(sample_error(ring, qp, errors));
    ring.multiply_add(answer, multiplicand, committee.secrets[0].expose());
    return coefficients_read(answer);
  }
  std::size_t read_of_ours(RelinShareOne aggregate) const {
    const RelinShareTwo answer =
        make_relin_share_two(params, seed, committee.secrets[0], committee.common,
                             RelinAggregate(params, committee.common.seed, std::move(aggregate)));
    return coefficients_read(answer.digits[0]);
  }
};

// R4: a piece that answers round 2 of the paper for an aggregate it was handed returns its secret.
TEST_F(RoundTwoAttack, AnAggregateOfPowersReadsThePieceInOneRoundTwo) {
  EXPECT_EQ(read_without_rule(forged(nullptr), nullptr), degree);
  // Ours: KeygenParty has no way to be handed an aggregate. It sums the shares itself and compares them with what every
  // holder has signed (keygen_party_test: lies about round 1 and about the aggregate stop the ceremony). Even if it
  // had, the piece is multiplied by h0 - c, and c is as good as random whatever h0 is.
  EXPECT_LE(read_of_ours(forged(nullptr)), 1u);
}

// docs/design/0055: uniform halves that are known before the aggregate can be put into it, h0 = c + 2^20.
TEST_F(RoundTwoAttack, UniformHalvesKnownBeforeTheAggregateReadThePiece) {
  const Hash256 known = committee.common.seed;  // all that there is before round 1
  EXPECT_EQ(read_without_rule(forged(&known), &known), degree);
  // Ours: c follows from a digest of h0. Neither halves of the common seed, nor those of the honest aggregate, nor
  // those of the forgery itself, made once more, are what is taken away.
  EXPECT_LE(read_of_ours(forged(&known)), 1u);
  EXPECT_LE(read_of_ours(forged(&committee.relin_key.seed)), 1u);
  const Hash256 of_forgery = relin_key_seed(committee.common.seed, hash_aggregate(params, forged(nullptr)));
  EXPECT_LE(read_of_ours(forged(&of_forgery)), 1u);
}

// R1: in a committee with n = 2t-2 some piece may have corrupt holders only. They publish b* minus all other shares,
// and the collective key is the one whose secret they chose.
TEST_F(AttackTest, APieceWithoutAnHonestHolderOwnsTheCollectiveKey) {
  KeyStream stream(numbered_key(6));
  const SecretPoly chosen = make_secret_key(params, stream);
  const PublicKey own =
      make_public_key(params, chosen, restrict_to(committee.common.public_key, params.top_level().value), stream);
  PublicKeyShare honest;
  for (std::size_t i = 1; i < committee.seeds.size(); ++i) {
    add_share(params, honest,
              make_public_key_share(params, committee.seeds[i], committee.secrets[i], committee.common));
  }
  honest.b.keep_limbs(params.top_level().value);
  PublicKeyShare rogue{own.p0};
  ring.subtract(rogue.b, honest.b);
  add_share(params, rogue, honest);
  const PublicKey collective{rogue.b, own.p1, {}};
  const Encoder encoder(committee.params);
  const Plaintext plain = encoder.encode_constant(0.75, params.top_level(), Scale::power_of_two(92)).value_or_stop();
  const Ciphertext ct = encrypt(params, collective, plain, stream).value_or_stop();
  EXPECT_NEAR(encoder.decode(decrypt(params, chosen, ct)).value_or_stop()[0], 0.75, 1e-12)
      << "read with the rogue's secret";

  for (std::uint32_t t = 2; t < 6; ++t) EXPECT_FALSE(CommitteeShape::create(2 * t - 2, t).has_value());
}

}  // namespace
}  // namespace mc::fhe
