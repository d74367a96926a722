// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/key_switching.hpp"

#include <gtest/gtest.h>

#include "fhe/ckks/testing/bed.hpp"

namespace mc::fhe {
namespace {

using testing::Bed;
using testing::insecure_params;

TEST(KeySwitching, BringsAProductWithTheOldSecretUnderTheNewOne) {
  const ParamsPtr params = insecure_params(8, {50, 46, 46, 46, 46}, {50});
  const Ring& ring = params->ring();
  Bed bed(params);
  const EvaluationKeys::Galois* key = bed.evaluator.keys()->galois(galois_element_of_conjugation(ring.degree()));
  ASSERT_NE(key, nullptr);
  const NttPoly c = sample_uniform(ring, {5, false}, bed.stream);
  const WidePair switched = switch_key(*params, c, key->key, nullptr);
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

TEST(KeySwitching, ImagesFromOneDecompositionAreThoseOfTheImages) {
  for (const auto& p_bits : {std::vector<std::uint8_t>{50}, std::vector<std::uint8_t>{50, 50}}) {
    const ParamsPtr params = insecure_params(8, {50, 46, 46, 46, 46}, p_bits);
    const Ring& ring = params->ring();
    Bed bed(params, std::vector<std::int64_t>{1, 3});
    const NttPoly c = sample_uniform(ring, {4, false}, bed.stream);
    std::vector<Automorphism> automorphisms;
    std::vector<WidePair> each, expected;
    for (const std::int64_t steps : {1, 3}) {
      automorphisms.push_back(bed.evaluator.keys()->galois(galois_element_of_rotation(steps, ring.degree())));
      ASSERT_NE(automorphisms.back(), nullptr);
      NttPoly image = c;
      for (std::size_t i = 0; i < 4; ++i) {
        ring.kernels().permute(image.limb(i).data(), c.limb(i).data(), automorphisms.back()->automorphism, false,
                               ring.degree(), ring.modulus_at(i));
      }
      expected.push_back(switch_key(*params, image, automorphisms.back()->key, nullptr));
      each.push_back(make_wide_pair(*params, Level(4)));
    }
    switch_key_under(*params, c, automorphisms, each, nullptr);
    for (std::size_t r = 0; r < 2; ++r) {
      EXPECT_EQ(each[r].b, expected[r].b) << r;
      EXPECT_EQ(each[r].a, expected[r].a) << r;
    }
    std::vector<WidePair> sum;
    sum.push_back(make_wide_pair(*params, Level(4)));
    switch_key_under(*params, c, automorphisms, sum, nullptr);
    ring.add(expected[0].b, expected[1].b);
    ring.add(expected[0].a, expected[1].a);
    EXPECT_EQ(sum[0].b, expected[0].b);
    EXPECT_EQ(sum[0].a, expected[0].a);
  }
}

}  // namespace
}  // namespace mc::fhe
