// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/column_opening.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/encryptor.hpp"
#include "fhe/ckks/recombination.hpp"
#include "fhe/threshold/plaintext_proof.hpp"
#include "fhe/threshold/testing/committee.hpp"

namespace mc::fhe {
namespace {

using testing::numbered_key;
using testing::TestCommittee;

class ColumnOpening : public ::testing::Test {
 protected:
  /// An honest owner's column.
  [[nodiscard]] Ciphertext sealed(std::span<const double> slots, std::uint64_t number = 1) const {
    KeyStream stream(numbered_key(number));
    const Plaintext plain =
        encoder.encode(slots, params->top_level(), Scale::power_of_two(kSealScaleLog2)).value_or_stop();
    return in_epoch(encrypt(*params, committee.public_key, plain, stream).value_or_stop());
  }
  /// The same with `factor` times X^position more in it, in units of the scale: 0 for real parts, N / 2 for imaginary
  /// ones, of every slot.
  [[nodiscard]] Ciphertext with_coefficient(std::size_t position, double factor) const {
    std::vector<i128> more(degree);
    more[position] = static_cast<i128>(std::ldexp(factor, kSealScaleLog2));
    return shifted(more);
  }
  [[nodiscard]] Ciphertext shifted(std::span<const i128> more) const {
    Ciphertext ct = sealed(honest);
    params->ring().add(ct.parts[0], params->ring().to_ntt(params->ring().from_wide(more, ct.parts[0].basis())));
    return ct;
  }
  [[nodiscard]] Ciphertext in_epoch(Ciphertext ct) const {
    ct.epoch = committee.epoch;
    return ct;
  }

  [[nodiscard]] PieceSeed key(std::size_t piece) const {
    return opening_key_of(piece_secret_key(*params, committee.seeds[piece]));
  }
  [[nodiscard]] NttPoly share(std::size_t piece, const Ciphertext& ct) const {
    return make_opening_share(*params, key(piece), committee.secrets[piece], ct, opening_digest(*params, ct));
  }
  [[nodiscard]] NttPoly sum_of_shares(const Ciphertext& ct) const {
    NttPoly sum = share(0, ct);
    for (std::size_t i = 1; i < committee.seeds.size(); ++i) params->ring().add(sum, share(i, ct));
    return sum;
  }
  [[nodiscard]] Status check(const Ciphertext& ct) const {
    return check_opened_column(*params, ct, sum_of_shares(ct), committee.seeds.size());
  }
  /// Coefficients as numbers, in units of 2^64.
  [[nodiscard]] std::vector<double> coefficients(const NttPoly& poly) const {
    const Recombination recombination(params->ring(), poly.basis().q_limbs);
    const std::size_t width = recombination.word_count();
    std::vector<std::uint64_t> words(width * degree);
    recombination.combine_all(params->ring().to_coeff(NttPoly(poly)), words);
    std::vector<double> found;
    for (std::size_t k = 0; k < degree; ++k) {
      found.push_back(static_cast<double>(shift_right(std::span(words).subspan(k * width, width), 64)));
    }
    return found;
  }

  ParamsPtr params = Params::named("standard").value_or_stop();
  std::size_t degree = params->ring().degree();
  TestCommittee committee{params, CommitteeShape::create(3, 2).value_or_stop(), 7};
  Encoder encoder{params};
  std::vector<double> honest = std::vector<double>(params->slot_count(), 1.0);
};

TEST_F(ColumnOpening, HonestColumnsPassBehindNoise) {
  for (const double value : {1.0, -1.0, 0.0}) {
    const std::vector<double> slots(params->slot_count(), value);
    const Ciphertext ct = sealed(slots);
    EXPECT_TRUE(check(ct));
    const double largest = largest_opened_slot(*params, ct, sum_of_shares(ct));
    // Of 8,192 moduli of complex Gaussians the largest is about sqrt(ln 8192) = 3 times the root mean square.
    const double rms = opening_slot_noise(*params) * std::sqrt(3.0);
    EXPECT_GT(largest, 2.4 * rms);
    EXPECT_LT(largest, 4.5 * rms);
  }
}

TEST_F(ColumnOpening, ASlotFarOutOfItsRangeIsSeenRealOrImaginary) {
  for (const double far : {0x1p10, -0x1p10, 0x1p18, 0x1p32}) {
    for (const std::size_t position : {std::size_t{0}, degree / 2}) {
      const Status status = check(with_coefficient(position, far));
      ASSERT_FALSE(status) << far << " at " << position;
      EXPECT_EQ(status.error().code, Code::kRefused);
      EXPECT_NE(status.error().message.find("262 half widths"), std::string::npos) << status.error().message;
    }
  }
  // In one slot alone: nothing of it averages away.
  std::vector<double> one = honest;
  one[4711] = 0x1p10;
  EXPECT_FALSE(check(sealed(one)));
  one[4711] = 2;
  EXPECT_TRUE(check(sealed(one))) << "a little out of range is not what this finds";
}

// A sum of squares is cancelled by an imaginary value (0025): a modulus is not.
TEST_F(ColumnOpening, NothingCancels) {
  std::vector<i128> more(degree);
  more[0] = i128{1} << (kSealScaleLog2 + 10);
  more[degree / 2] = i128{1} << (kSealScaleLog2 + 10);
  EXPECT_FALSE(check(shifted(more)));
}

// Twice a ciphertext is what a proof bounds: half of the modulus besides is proven, and seen here (0046).
TEST_F(ColumnOpening, HalfOfTheModulusIsSeen) {
  Ciphertext ct = sealed(honest);
  CoeffPoly half = params->ring().make<Domain::kCoeff>(ct.parts[0].basis());
  for (std::uint32_t limb = 0; limb < half.basis().q_limbs; ++limb) {
    half.limb(limb)[1] = (params->q()[limb] + 1) / 2;  // the inverse of 2
  }
  params->ring().add(ct.parts[0], params->ring().to_ntt(std::move(half)));
  EXPECT_FALSE(check(ct));
}

// What is opened is a plaintext modulo some primes. A multiple of their product would pass; no proof lets it be one.
TEST_F(ColumnOpening, MoreIsOpenedThanAProofLeavesOpen) {
  for (const char* profile : {"standard", "train"}) {
    const ParamsPtr of = Params::named(profile).value_or_stop();
    double bits = 0;
    for (std::uint32_t i = 0; i < opening_level(*of).value; ++i) bits += std::log2(static_cast<double>(of->q()[i]));
    EXPECT_GT(bits - 1, proven_message_log2(*of, kPlaintextProofCiphertextsMax) + 8) << profile;
    // And more than 2^33.01 half widths, which nobody is lucky enough to exceed.
    EXPECT_GT(bits - 1, 33.01 + kSealScaleLog2 + 4) << profile;
    EXPECT_EQ(opening_level(*of), Level(3));
  }
}

TEST_F(ColumnOpening, NoiseIsAsWideAsItSays) {
  const Ciphertext ct = sealed(honest);
  NttPoly noise = share(1, ct);
  const SecretPoly secret(restrict_to(committee.secrets[1].expose(), noise.basis().q_limbs));
  NttPoly product = restrict_to(ct.parts[1], noise.basis().q_limbs);
  params->ring().multiply(product, secret.expose());
  params->ring().subtract(noise, product);
  double square = 0, mean = 0;
  for (const double x : coefficients(noise)) {
    square += x * x / static_cast<double>(degree);
    mean += x / static_cast<double>(degree);
  }
  const double deviation = std::sqrt(8) * std::exp2(kOpeningSpreadLog2 - 64);
  EXPECT_NEAR(std::sqrt(square) / deviation, 1, 5 / std::sqrt(2.0 * static_cast<double>(degree)));
  EXPECT_LT(std::abs(mean), 5 * deviation / std::sqrt(static_cast<double>(degree)));
  EXPECT_NEAR(opening_slot_noise(*params), 22.63, 0.01);
}

// R5. Whoever could ask twice and get other noise would average it away.
TEST_F(ColumnOpening, AskedAgainTheNoiseIsTheSame) {
  const Ciphertext ct = sealed(honest);
  EXPECT_EQ(share(0, ct), share(0, ct));
  Ciphertext other = ct;
  params->ring().add(other.parts[0], other.parts[0]);
  other.epoch = Epoch(9);
  EXPECT_EQ(opening_digest(*params, ct), opening_digest(*params, other)) << "only what is multiplied counts";
  EXPECT_EQ(share(0, ct), share(0, other));
  // Primes that are not opened are not multiplied either.
  other = ct;
  other.parts[1].limb(5)[0] ^= 1;
  EXPECT_EQ(share(0, ct), share(0, other));
  other.parts[1].limb(1)[0] ^= 1;
  EXPECT_NE(opening_digest(*params, ct), opening_digest(*params, other));
}

// The attack on a version that keyed noise with anything else: equal noise on two multiplicands shows the piece.
TEST_F(ColumnOpening, OtherMultiplicandsHaveOtherNoise) {
  const Ciphertext one = sealed(honest, 1), two = sealed(honest, 2);
  const auto solved = [&](const Hash256& first, const Hash256& second) {
    NttPoly difference = make_opening_share(*params, key(0), committee.secrets[0], one, first);
    params->ring().subtract(difference, make_opening_share(*params, key(0), committee.secrets[0], two, second));
    const std::uint32_t limbs = difference.basis().q_limbs;
    NttPoly known = restrict_to(one.parts[1], limbs);
    params->ring().subtract(known, restrict_to(two.parts[1], limbs));
    params->ring().multiply(known, SecretPoly(restrict_to(committee.secrets[0].expose(), limbs)).expose());
    return known == difference;
  };
  EXPECT_TRUE(solved(Hash256{}, Hash256{})) << "the attack works on what this is not";
  EXPECT_FALSE(solved(opening_digest(*params, one), opening_digest(*params, two)));
}

// Why the owner's proof comes first (R7, R21): she who hands in (0, K) reads a piece off its share.
TEST_F(ColumnOpening, WithoutAProofItWouldShowThePiece) {
  Ciphertext ct = sealed(honest);
  constexpr int kLarge = 120;
  std::vector<i128> constant(degree);
  constant[0] = i128{1} << kLarge;
  ct.parts[1] = params->ring().to_ntt(params->ring().from_wide(constant, ct.parts[1].basis()));
  std::map<long, int> seen;
  for (const double x : coefficients(share(0, ct))) ++seen[std::lround(std::ldexp(x, 64 - kLarge))];
  EXPECT_EQ(seen.size(), 3) << "-1, 0 and 1: the piece";
  EXPECT_EQ(seen.begin()->first, -1);
  // What a proof leaves of a piece in a share is 2^-57 of its noise: three deviations of the longest e and of a quarter
  // of it behind u, slot by slot.
  const HiddenReach reach = hidden_reach(*params, kPlaintextProofCiphertextsMax);
  const auto n = static_cast<double>(degree);
  const double of_piece = std::sqrt(2 * reach.slots / n * (2.0 / 3 + 0.64)) * reach.error_slot * 3;
  EXPECT_LT(of_piece, std::exp2(kOpeningSpreadLog2 + 1.5 - 56));
}

TEST_F(ColumnOpening, LimitsFollowTheCommittee) {
  EXPECT_NEAR(opening_limit(*params, 3), 262, 0.5);
  EXPECT_LT(opening_limit(*params, 10), 512) << "3-of-5";
  EXPECT_LT(opening_limit(*params, kPiecesMax), 1024);
  // So many slots at the limit, or one twice as far: the most that noise pulls back.
  EXPECT_NEAR(opened_reach(*params, 3, 1) / opening_limit(*params, 3), 2, 1e-9);
  for (const double slots : {1.0, 4.0, 20.0, 436.0, 8192.0}) {
    const double allowed = std::pow(opened_reach(*params, 3, slots) / opening_limit(*params, 3), 6) * slots;
    for (double far = 1; far <= slots; far *= 2) {  // so many slots pulled back alike, the others at the limit
      EXPECT_GE(allowed * (1 + 1e-12), slots - far + far * std::pow(1 + 1 / std::sqrt(far), 6)) << slots << " " << far;
    }
  }
}

TEST_F(ColumnOpening, SharesTravelAsTheyAre) {
  const NttPoly one = share(2, sealed(honest));
  const PieceId piece = committee.seeds[2].piece;
  const Bytes bytes = encode_opening_share(*params, committee.epoch, piece, one);
  EXPECT_EQ(bytes.size(), opening_share_bytes(*params));
  EXPECT_EQ(decode_opening_share(*params, committee.epoch, piece, bytes).value_or_stop(), one);
  EXPECT_EQ(decode_opening_share(*params, Epoch(2), piece, bytes).error().code, Code::kInvalidArgument);
  EXPECT_EQ(decode_opening_share(*params, committee.epoch, committee.seeds[0].piece, bytes).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(decode_opening_share(*params, committee.epoch, piece, ByteView(bytes).first(bytes.size() - 1)).error().code,
            Code::kCorrupt);
  Bytes more = bytes;
  more.push_back(0);
  EXPECT_EQ(decode_opening_share(*params, committee.epoch, piece, more).error().code, Code::kCorrupt);
  EXPECT_THAT(decode_opening_share(*params, committee.epoch, piece, {}).error().message,
              ::testing::HasSubstr("share of an opened column, " + piece_text(piece)));
}

}  // namespace
}  // namespace mc::fhe
