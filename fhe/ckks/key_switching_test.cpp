// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/key_switching.hpp"

#include <gtest/gtest.h>

#include "fhe/ckks/testing/bed.hpp"
#include "fhe/ring/division.hpp"

namespace mc::fhe {
namespace {

using testing::Bed;
using testing::insecure_params;

/// What is wanted, over Q_level P, without addends and division.
std::vector<WidePair> wide_of(const Params& params, const NttPoly& c, std::span<const Switched> wanted) {
  std::vector<WidePair> out;
  for (std::size_t r = 0; r < wanted.size(); ++r) out.push_back(make_wide_pair(params, Level(c.basis().q_limbs)));
  switch_key_limbs(params, c, nullptr, [&](std::size_t limb, const ProductOfDigits& product) {
    for (std::size_t r = 0; r < wanted.size(); ++r) {
      bool accumulate = false;
      for (const SwitchedTerm& term : wanted[r].terms) {
        product(term, accumulate, out[r].b.limb(limb).data(), out[r].a.limb(limb).data());
        accumulate = true;
      }
    }
  });
  return out;
}

TEST(KeySwitching, BringsAProductWithTheOldSecretUnderTheNewOne) {
  const ParamsPtr params = insecure_params(8, {50, 46, 46, 46, 46}, {50});
  const Ring& ring = params->ring();
  Bed bed(params);
  const EvaluationKeys::Galois* key = bed.evaluator.keys()->galois(galois_element_of_conjugation(ring.degree()));
  ASSERT_NE(key, nullptr);
  const NttPoly c = sample_uniform(ring, {5, false}, bed.stream);
  const Switched wanted{{{&key->key, nullptr}}, {}};
  const WidePair switched = std::move(wide_of(*params, c, {&wanted, 1})[0]);
  // b + a s - P c s' is small: the noise of the key times the digits.
  NttPoly rest = switched.a;
  NttPoly image = ring.make<Domain::kNtt>({5, true});
  for (std::size_t i = 0; i < rest.limb_count(); ++i) {
    const Modulus& m = ring.modulus({5, true}, i);
    ring.kernels().permute(image.limb(i).data(), bed.secret.expose().limb(i).data(), key->automorphism, false,
                           {0, ring.degree()}, m);
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
    std::vector<Switched> each;
    Switched sum;
    std::vector<WidePair> expected;
    for (const std::int64_t steps : {1, 3}) {
      const EvaluationKeys::Galois* const galois =
          bed.evaluator.keys()->galois(galois_element_of_rotation(steps, ring.degree()));
      ASSERT_NE(galois, nullptr);
      NttPoly image = c;
      for (std::size_t i = 0; i < 4; ++i) {
        ring.kernels().permute(image.limb(i).data(), c.limb(i).data(), galois->automorphism, false, {0, ring.degree()},
                               ring.modulus_at(i));
      }
      const Switched of_image{{{&galois->key, nullptr}}, {}};
      expected.push_back(std::move(wide_of(*params, image, {&of_image, 1})[0]));
      each.push_back({{{&galois->key, &galois->automorphism}}, {}});
      sum.terms.push_back(each.back().terms[0]);
    }
    const std::vector<WidePair> images = wide_of(*params, c, each);
    for (std::size_t r = 0; r < 2; ++r) {
      EXPECT_EQ(images[r].b, expected[r].b) << r;
      EXPECT_EQ(images[r].a, expected[r].a) << r;
    }
    const std::vector<WidePair> sums = wide_of(*params, c, {&sum, 1});
    ring.add(expected[0].b, expected[1].b);
    ring.add(expected[0].a, expected[1].a);
    EXPECT_EQ(sums[0].b, expected[0].b);
    EXPECT_EQ(sums[0].a, expected[0].a);
  }
}

// The division on the way is the division afterwards: of the sum plus P times the addend, by P and by the last primes.
TEST(KeySwitching, DividesTheSumsAndTheAddendAtOnce) {
  for (const auto& p_bits : {std::vector<std::uint8_t>{50}, std::vector<std::uint8_t>{50, 50, 50}}) {
    const ParamsPtr params = insecure_params(8, {50, 46, 46, 46, 46}, p_bits);
    const Ring& ring = params->ring();
    Bed bed(params);
    const NttPoly c = sample_uniform(ring, {5, false}, bed.stream);
    const NttPoly addend = sample_uniform(ring, {5, false}, bed.stream);
    const Switched wanted{{{bed.evaluator.keys()->relin(), nullptr}},
                          [&](std::size_t part, std::size_t limb, Residues which, std::uint64_t*) {
                            return part == 0 ? addend.limb(limb).data() + which.first : nullptr;
                          }};
    WidePair wide = std::move(wide_of(*params, c, {&wanted, 1})[0]);
    NttPoly raised = ring.make<Domain::kNtt>({5, true});
    std::vector<std::uint64_t> special(raised.limb_count());
    for (std::size_t i = 0; i < 5; ++i) {
      special[i] = 1;
      for (const std::uint64_t p : params->p()) {
        special[i] = ring.modulus_at(i).multiply(special[i], ring.modulus_at(i).reduce_word(p));
      }
      std::ranges::copy(addend.limb(i), raised.limb(i).begin());
    }
    ring.multiply_scalar(raised, special);
    ring.add(wide.b, raised);
    for (const std::uint32_t rescaled : {0u, 1u, 2u}) {
      const auto results = switch_key(*params, c, {&wanted, 1}, rescaled, nullptr);
      for (std::size_t part = 0; part < 2; ++part) {
        NttPoly expected = part == 0 ? wide.b : wide.a;
        divide_by_last_primes(ring, {&expected, 1}, ring.p_count());
        divide_by_last_primes(ring, {&expected, 1}, rescaled);
        EXPECT_EQ(results[0][part], expected) << rescaled << " " << part;
      }
    }
  }
}

// From 4096 coefficients on, transforms end part by part: what is done so must not differ from what is done at once.
TEST(KeySwitching, DividesSumsOfRotationsPartByPart) {
  for (const auto& p_bits : {std::vector<std::uint8_t>{50}, std::vector<std::uint8_t>{50, 46, 46}}) {
    const ParamsPtr params = insecure_params(13, {50, 46, 46, 46, 46}, p_bits);
    const Ring& ring = params->ring();
    Bed bed(params);
    const EvaluationKeys::Galois* key = bed.evaluator.keys()->galois(galois_element_of_conjugation(ring.degree()));
    ASSERT_NE(key, nullptr);
    const NttPoly c = sample_uniform(ring, {5, false}, bed.stream);
    const auto none = [](std::size_t, std::size_t, Residues, std::uint64_t*) -> const std::uint64_t* {
      return nullptr;
    };
    const SwitchedTerm relin{bed.evaluator.keys()->relin(), nullptr};
    const SwitchedTerm moved{&key->key, &key->automorphism};
    const std::vector<Switched> wanted{{{moved}, none}, {{relin, moved}, none}, {{relin}, none}};
    std::vector<WidePair> wide = wide_of(*params, c, wanted);
    const auto results = switch_key(*params, c, wanted, 1, nullptr);
    for (std::size_t r = 0; r < wanted.size(); ++r) {
      for (std::size_t part = 0; part < 2; ++part) {
        NttPoly expected = part == 0 ? wide[r].b : wide[r].a;
        divide_by_last_primes(ring, {&expected, 1}, ring.p_count());
        divide_by_last_primes(ring, {&expected, 1}, 1);
        EXPECT_EQ(results[r][part], expected) << r << " " << part;
      }
    }
  }
}

// Threads share some limbs; who comes early makes its sums before there are remainders; and where there are more
// threads than dropped limbs, some wait for the others.
TEST(KeySwitching, AnswersHaveTheSameBitsForAnyNumberOfThreads) {
  for (const auto& p_bits : {std::vector<std::uint8_t>{50}, std::vector<std::uint8_t>{50, 46, 46}}) {
    const ParamsPtr params = insecure_params(13, {50, 46, 46, 46, 46}, p_bits);
    Bed bed(params);
    const EvaluationKeys::Galois* key =
        bed.evaluator.keys()->galois(galois_element_of_conjugation(params->ring().degree()));
    ASSERT_NE(key, nullptr);
    const NttPoly c = sample_uniform(params->ring(), {5, false}, bed.stream);
    const NttPoly added = sample_uniform(params->ring(), {5, false}, bed.stream);
    const auto addend = [&](std::size_t, std::size_t limb, Residues which, std::uint64_t*) {
      return added.limb(limb).data() + which.first;
    };
    const SwitchedTerm relin{bed.evaluator.keys()->relin(), nullptr};
    const SwitchedTerm moved{&key->key, &key->automorphism};
    const Switched one{{moved}, addend};
    const Switched sum{{relin, moved}, addend};
    for (const std::vector<Switched>& wanted : {std::vector{one}, std::vector{sum}, std::vector{one, sum, one}}) {
      for (const std::uint32_t rescaled : {0u, 1u, 4u}) {
        const auto results = switch_key(*params, c, wanted, rescaled, nullptr);
        for (const std::size_t threads : {2, 3, 7}) {
          const Workers workers(threads);
          for (int i = 0; i < 5; ++i) {
            EXPECT_EQ(switch_key(*params, c, wanted, rescaled, &workers), results) << rescaled << " " << threads;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace mc::fhe
