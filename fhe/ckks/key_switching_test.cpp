// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/key_switching.hpp"

#include <gtest/gtest.h>

#include "fhe/ckks/testing/bed.hpp"

namespace mc::fhe {
namespace {

using testing::Bed;
using testing::insecure_params;

/// The number that residues of one coefficient stand for, as residues modulo a further prime: every digit row must be
/// congruent to the same centred integer for all primes.
TEST(Decomposition, RowsAreTheSameCentredIntegerModuloEveryPrime) {
  const ParamsPtr params = insecure_params(6, {50, 46, 45, 46, 47}, {50, 50});
  const Ring& ring = params->ring();
  Bed bed(params);
  const NttPoly c = sample_uniform(ring, {5, false}, bed.stream);
  const CoeffPoly coefficients = ring.to_coeff(NttPoly(c));
  const Decomposition decomposition(*params, c, nullptr);
  ASSERT_EQ(decomposition.digit_count(), 3u);
  for (std::size_t digit = 0; digit < 3; ++digit) {
    const std::size_t first = 2 * digit, end = std::min<std::size_t>(first + 2, 5);
    for (std::size_t limb = 0; limb < 7; ++limb) {
      const Modulus& m = ring.modulus({5, true}, limb);
      CoeffPoly row = ring.make<Domain::kCoeff>({5, true});
      AlignedWords back(ring.degree());
      AlignedWords canonical(ring.degree());
      for (std::size_t k = 0; k < ring.degree(); ++k) canonical[k] = m.reduce_word(decomposition.rows(limb)[digit][k]);
      ring.kernels().inverse_ntt(back.data(), canonical.data(), 0, ring.ntt_tables({5, true}, limb));
      for (std::size_t k = 0; k < ring.degree(); ++k) {
        // CRT of at most two primes in 128 bits, taken centred.
        i128 value = 0;
        i128 product = 1;
        for (std::size_t i = first; i < end; ++i) {
          const Modulus& q = ring.modulus_at(i);
          const auto residue = static_cast<std::uint64_t>((value % static_cast<i128>(q.q) + q.q) % q.q);
          const std::uint64_t step = q.multiply(q.subtract(coefficients.limb(i)[k], residue),
                                                q.inverse(static_cast<std::uint64_t>(product % q.q)));
          value += product * static_cast<i128>(step);
          product *= static_cast<i128>(q.q);
        }
        if (value > product / 2) value -= product;
        const auto expected = static_cast<std::uint64_t>((value % static_cast<i128>(m.q) + m.q) % m.q);
        ASSERT_EQ(back[k], expected) << digit << " " << limb << " " << k;
      }
    }
  }
}

TEST(KeySwitching, BringsAProductWithTheOldSecretUnderTheNewOne) {
  const ParamsPtr params = insecure_params(8, {50, 46, 46, 46, 46}, {50});
  const Ring& ring = params->ring();
  Bed bed(params);
  const EvaluationKeys::Galois* key = bed.evaluator.keys()->galois(galois_element_of_conjugation(ring.degree()));
  ASSERT_NE(key, nullptr);
  const NttPoly c = sample_uniform(ring, {5, false}, bed.stream);
  const WidePair switched = switch_key(*params, c, key->key, nullptr, nullptr);
  // b + a s - P c s' is small: the noise of the key times the digits.
  NttPoly rest = switched.a;
  NttPoly image = ring.make<Domain::kNtt>({5, true});
  for (std::size_t i = 0; i < rest.limb_count(); ++i) {
    const Modulus& m = ring.modulus({5, true}, i);
    ring.kernels().permute(image.limb(i).data(), bed.secret.expose().limb(i).data(), key->automorphism, false,
                           ring.degree(), m);
  }
  ring.multiply(rest, bed.secret.expose());
  ring.add(rest, switched.b);
  for (std::size_t i = 0; i < 5; ++i) {
    const Modulus& m = ring.modulus_at(i);
    std::uint64_t special = 1;
    for (const std::uint64_t p : params->p()) special = m.multiply(special, m.reduce_word(p));
    for (std::size_t k = 0; k < ring.degree(); ++k) {
      const std::uint64_t term = m.multiply(special, m.multiply(c.limb(i)[k], image.limb(i)[k]));
      rest.limb(i)[k] = m.subtract(rest.limb(i)[k], term);
    }
  }
  const CoeffPoly small = ring.to_coeff(std::move(rest));
  const Modulus& q0 = ring.modulus_at(0);
  const Modulus& q1 = ring.modulus_at(1);
  for (std::size_t k = 0; k < ring.degree(); ++k) {
    // Below 2^(digit bits + 12): visible in two limbs.
    const std::uint64_t x0 = small.limb(0)[k];
    const std::uint64_t step =
        q1.multiply(q1.subtract(small.limb(1)[k], q1.reduce_word(x0)), q1.inverse(q1.reduce_word(q0.q)));
    const i128 value = static_cast<i128>(x0) + static_cast<i128>(q0.q) * static_cast<i128>(step);
    const i128 product = static_cast<i128>(q0.q) * static_cast<i128>(q1.q);
    const i128 centred = value > product / 2 ? value - product : value;
    ASSERT_LT(centred < 0 ? -centred : centred, i128{1} << 62);
  }
}

TEST(KeySwitching, KeptDigitsGiveTheBitsOfThoseUsedOnce) {
  const ParamsPtr params = insecure_params(8, {50, 46, 46, 46, 46}, {50, 50});
  Bed bed(params);
  const NttPoly c = sample_uniform(params->ring(), {4, false}, bed.stream);
  const PreparedKey& key = *bed.evaluator.keys()->relin();
  const WidePair once = switch_key(*params, c, key, nullptr, nullptr);
  WidePair kept = make_wide_pair(*params, Level(4));
  const Decomposition decomposition(*params, c, nullptr);
  add_switched(*params, decomposition, key, nullptr, false, kept, nullptr);
  EXPECT_EQ(kept.b, once.b);
  EXPECT_EQ(kept.a, once.a);
  add_switched(*params, decomposition, key, nullptr, true, kept, nullptr);
  NttPoly twice = once.b;
  params->ring().add(twice, once.b);
  EXPECT_EQ(kept.b, twice);
}

}  // namespace
}  // namespace mc::fhe
