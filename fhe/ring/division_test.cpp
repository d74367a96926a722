// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/division.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "fhe/ring/testing/small_ring.hpp"

namespace mc::fhe {
namespace {

using testing::random_poly;
using testing::small_ring;

TEST(Division, RoundsToNearestAndAgreesWithIntegerArithmetic) {
  const RingPtr ring = small_ring();
  std::mt19937_64 random(10);
  const auto q3 = static_cast<std::int64_t>(ring->modulus({4, false}, 3).q);
  std::vector<std::int64_t> values(16), expected(16);
  for (std::size_t k = 0; k < 16; ++k) {
    values[k] = static_cast<std::int64_t>(random() >> 2) - (std::int64_t{1} << 61);
    if (k < 4) values[k] = q3 / 2 + static_cast<std::int64_t>(k) - 1;  // around the tie, which an odd prime never meets
    const std::int64_t floor = values[k] / q3 - (values[k] % q3 < 0);
    const std::int64_t rest = values[k] - floor * q3;
    expected[k] = floor + (rest > q3 / 2);
  }
  NttPoly poly = ring->to_ntt(ring->from_signed(values, {4, false}));
  divide_by_last_primes(*ring, {&poly, 1}, 1);
  EXPECT_EQ(ring->to_coeff(std::move(poly)), ring->from_signed(expected, {3, false}));
}

TEST(Division, BySeveralPrimesEqualsOneAfterAnother) {
  const RingPtr ring = small_ring(6);
  std::mt19937_64 random(11);
  const NttPoly poly = random_poly(*ring, {4, false}, random);
  for (std::uint32_t count = 0; count < 4; ++count) {
    NttPoly at_once = poly, one_by_one = poly;
    divide_by_last_primes(*ring, {&at_once, 1}, count);
    for (std::uint32_t i = 0; i < count; ++i) divide_by_last_primes(*ring, {&one_by_one, 1}, 1);
    EXPECT_EQ(at_once, one_by_one) << count;
  }
}

TEST(Division, OfAMultipleOfTheSpecialPrimesIsExact) {
  const RingPtr ring = small_ring(6);
  std::mt19937_64 random(12);
  const NttPoly poly = random_poly(*ring, {3, false}, random);
  NttPoly raised = ring->make<Domain::kNtt>({3, true});
  for (std::size_t i = 0; i < 3; ++i) std::ranges::copy(poly.limb(i), raised.limb(i).begin());
  std::vector<std::uint64_t> special(5);  // P times it: zero modulo the special primes
  for (std::size_t i = 0; i < 3; ++i) {
    const Modulus& m = ring->modulus({3, false}, i);
    special[i] = m.multiply(m.reduce_word(ring->modulus({3, true}, 3).q), m.reduce_word(ring->modulus({3, true}, 4).q));
  }
  ring->multiply_scalar(raised, special);
  divide_by_last_primes(*ring, {&raised, 1}, 2);
  EXPECT_EQ(raised, poly);
}

}  // namespace
}  // namespace mc::fhe
