// SPDX-License-Identifier: Apache-2.0
// Attacks on collective refresh, each mounted on a version without the rule and shown to fail on ours (R5, R14). The
// one that needs a custodian's own recomputation (R7) stands in protocol/refresh_party_test.cpp, wrapping masks in
// refresh_test.cpp.
#include <gtest/gtest.h>

#include <array>

#include "fhe/ckks/recombination.hpp"
#include "fhe/ring/sampling.hpp"
#include "fhe/threshold/testing/refresh.hpp"

namespace mc::fhe {
namespace {

using testing::kRefreshScale;
using testing::numbered_hash;
using testing::numbered_key;
using testing::small_params;
using testing::TestCommittee;
using testing::TestRefresh;

class RefreshAttackTest : public ::testing::Test {
 protected:
  TestCommittee committee{small_params(), CommitteeShape::create(3, 2).value_or_stop(), 1};
  const Params& params = *committee.params;
  const Ring& ring = params.ring();
  const Basis input_basis{3, false};
  const Basis output_basis{8, false};
  const PieceSeed& seed = committee.seeds[0];
  SecretPoly piece{restrict_to(committee.secrets[0].expose(), 8)};
  CoeffPoly piece_coefficients = ring.to_coeff(restrict_to(piece.expose(), 1));

  Ciphertext with_c1(NttPoly c1) const {
    return {{ring.make<Domain::kNtt>(input_basis), std::move(c1)}, kRefreshScale, committee.epoch};
  }
  NttPoly random_c1(std::uint64_t number) const {
    KeyStream stream(numbered_key(number));
    return sample_uniform(ring, input_basis, stream);
  }
  // c_1 + X^-i: its product with s has s_i more in coefficient 0.
  NttPoly shifted(const NttPoly& c1, std::size_t i) const {
    std::vector<std::int64_t> coefficients(ring.degree());
    (i == 0 ? coefficients[0] : coefficients[ring.degree() - i]) = i == 0 ? 1 : -1;
    NttPoly sum = ring.to_ntt(ring.from_signed(coefficients, input_basis));
    ring.add(sum, c1);
    return sum;
  }
  RefreshMap map_of(std::vector<RefreshMap::Output> outputs) const {
    RefreshMap map;
    map.input_level = Level(3);
    map.output_level = Level(8);
    map.mask_log2 = {129};
    map.outputs = std::move(outputs);
    return map;
  }
  // Residue 0 of what the piece opens of one ciphertext.
  std::uint64_t opened(const Ciphertext& input, std::uint64_t run) const {
    return TestRefresh(committee, {input}, map_of({replicated(0, kRefreshScale)}), run).share(0).constants[0];
  }
};

// R5, first half: a mask keyed by run and step instead of by what is multiplied cancels between two ciphertexts.
TEST_F(RefreshAttackTest, EqualMasksOnTwoMultiplicandsReadThePiece) {
  const Modulus& m = ring.modulus_at(0);
  KeyStream of_the_step(numbered_key(2));
  const Masks same(129, 1, of_the_step);
  std::uint64_t mask = 0;
  same.residues(ring, 0, {&mask, 1});
  const auto weak = [&](const NttPoly& c1) {
    return m.add(ring.product_coefficient_zero(c1, restrict_to(piece.expose(), 3))[0], mask);
  };
  const NttPoly base = random_c1(1);
  for (std::size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(m.subtract(weak(shifted(base, i)), weak(base)), piece_coefficients.limb(0)[i]);
  }

  const std::uint64_t ours = opened(with_c1(base), 1);
  int small = 0;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint64_t difference = m.subtract(opened(with_c1(shifted(base, i)), 1), ours);
    small += std::min(difference, m.q - difference) < (std::uint64_t{1} << 30);
  }
  EXPECT_EQ(small, 0) << "differences of our masks are uniform modulo a prime of 50 bits";
}

// R5, second half, and averages over retries: a re-encryption with a fresh error for every retry shows the first error
// as the mean of the differences. An error that is known gives the piece: s = -(b - e) / a'.
TEST_F(RefreshAttackTest, FreshErrorsOnOneCommonPolynomialAverageToThePiece) {
  const TestRefresh refresh(committee, {with_c1(random_c1(1))}, map_of({replicated(0, kRefreshScale)}));
  const NttPoly& a = refresh.common.a[0];
  constexpr int kRetries = 4096;
  KeyStream fresh(numbered_key(5));
  const auto error = [&] { return ring.to_coeff(ring.to_ntt(sample_error(ring, {1, false}, fresh))); };
  const CoeffPoly first = error();
  std::vector<double> mean(ring.degree());
  for (int retry = 1; retry < kRetries; ++retry) {
    CoeffPoly difference = error();  // of two answers: -a' s and -T(r) are the same in both
    ring.subtract(difference, first);
    const std::uint64_t q = params.q()[0];
    for (std::size_t i = 0; i < mean.size(); ++i) {
      const std::uint64_t residue = difference.limb(0)[i];
      mean[i] += residue > q / 2 ? -static_cast<double>(q - residue) : static_cast<double>(residue);
    }
  }
  std::vector<std::int64_t> guessed(ring.degree());
  for (std::size_t i = 0; i < guessed.size(); ++i) {
    guessed[i] = -static_cast<std::int64_t>(std::llround(mean[i] / (kRetries - 1)));
  }
  EXPECT_EQ(ring.from_small(guessed, {1, false}), first) << "every error is known";
  NttPoly b = restrict_to(a, 1);
  ring.multiply(b, restrict_to(piece.expose(), 1));
  ring.negate(b);
  ring.add(b, ring.to_ntt(CoeffPoly(first)));  // the first answer, T(r) aside
  ring.subtract(b, ring.to_ntt(ring.from_small(guessed, {1, false})));
  for (std::size_t i = 0; i < ring.degree(); ++i) {
    const Modulus& m = ring.modulus_at(0);
    b.limb(0)[i] = m.negate(m.multiply(b.limb(0)[i], m.inverse(a.limb(0)[i])));
  }
  EXPECT_EQ(b, restrict_to(piece.expose(), 1)) << "and so is the piece";

  // Ours: the same error whenever the same a' comes, and a fresh a' whenever anything else differs.
  const RefreshShare once = refresh.share(0);
  for (int retry = 0; retry < 8; ++retry) EXPECT_EQ(refresh.share(0), once);
}

// A common polynomial that does not depend on the map: two maps, one a', one error, and the mask is their difference.
TEST_F(RefreshAttackTest, OneCommonPolynomialForTwoMapsOpensTheMask) {
  const Ciphertext input = with_c1(random_c1(1));
  const RefreshMap once = map_of({{RefreshMap::Monomials{{0, 0, 1}}, kRefreshScale}});
  const RefreshMap twice = map_of({{RefreshMap::Monomials{{0, 0, 2}}, kRefreshScale}});
  TestRefresh first(committee, {input}, once), second(committee, {input}, twice);
  EXPECT_NE(first.common.a, second.common.a) << "ours";
  const auto mask_read = [&] {
    // b - b' = (-T(r)) - (-T'(r)) + (e - e') = r + …
    NttPoly difference = first.share(0).reencryptions[0];
    ring.subtract(difference, second.share(0).reencryptions[0]);
    return ring.to_coeff(std::move(difference)).limb(0)[0];
  };
  const Modulus& m = ring.modulus_at(0);
  const std::uint64_t exact =
      ring.product_coefficient_zero(restrict_to(input.parts[1], 1), restrict_to(piece.expose(), 1))[0];
  const std::uint64_t mask = m.subtract(first.share(0).constants[0], exact);
  EXPECT_NE(mask_read(), mask);

  second.common = first.common;  // without the rule: expanded from run and step alone
  EXPECT_EQ(mask_read(), mask) << "what is opened under it is open";
}

// R14: lambda = 10. The largest and the smallest of many masked openings of one value lie symmetrically around it.
TEST_F(RefreshAttackTest, AMaskOfTenBitsMoreThanTheValueLeaksIt) {
  constexpr std::uint32_t kValueLog2 = 30;
  constexpr std::size_t kOpenings = 1 << 16;
  constexpr std::int64_t kValue = 900'000'000;
  const auto guess = [&](std::uint8_t mask_bits) {
    KeyStream stream(numbered_key(7));
    const Masks masks(mask_bits, kOpenings, stream);
    std::array<std::vector<std::uint64_t>, 3> limbs;
    for (std::size_t limb = 0; limb < limbs.size(); ++limb) {
      limbs[limb].resize(kOpenings);
      masks.residues(ring, limb, limbs[limb]);
      for (std::uint64_t& sum : limbs[limb]) sum = ring.modulus_at(limb).add(sum, kValue);
    }
    const Recombination recombination(ring, 3);
    std::vector<std::uint64_t> words(recombination.word_count());
    double least = 1e300, most = -1e300;
    for (std::size_t i = 0; i < kOpenings; ++i) {
      recombination.combine(std::array{limbs[0][i], limbs[1][i], limbs[2][i]}, words);
      const auto opened = static_cast<double>(shift_right(words, 0));
      least = std::min(least, opened);
      most = std::max(most, opened);
    }
    return (least + most) / 2;
  };
  const auto weak = static_cast<std::uint8_t>(kValueLog2 + 1 + 10);
  EXPECT_NEAR(guess(weak), static_cast<double>(kValue), 0.2 * static_cast<double>(kValue))
      << "2^16 openings, the leading digit of the value";
  EXPECT_FALSE(mask_log2(kValueLog2, 10).has_value()) << "no such mask is made";

  const std::uint8_t ours = mask_log2(kValueLog2).value_or_stop();
  EXPECT_GT(std::abs(guess(ours) - static_cast<double>(kValue)), std::ldexp(static_cast<double>(kValue), 50))
      << "the same guess is off by 2^50 values and more";
}

}  // namespace
}  // namespace mc::fhe
