// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/mixed_radix.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace mc::fhe {
namespace {

std::vector<std::uint64_t> primes_of(std::initializer_list<int> bits, std::size_t degree) {
  std::vector<std::uint64_t> primes;
  for (const int b : bits) {
    std::uint64_t prime = (std::uint64_t{1} << b) - 2 * degree + 1;
    while (!is_prime(prime) || std::ranges::find(primes, prime) != primes.end()) prime -= 2 * degree;
    primes.push_back(prime);
  }
  return primes;
}

// Small integers with sign, through any group of primes, come out the same modulo any other prime.
TEST(MixedRadix, CarriesCentredIntegersToOtherPrimes) {
  constexpr std::size_t kDegree = 64;
  const auto q = primes_of({50, 46, 45, 46, 30}, kDegree), p = primes_of({47, 49}, kDegree);
  const RingPtr ring = Ring::create(LogN(6), q, p).value_or_stop();
  std::mt19937_64 random(1);
  for (const std::vector<std::size_t>& places :
       {std::vector<std::size_t>{0}, {1, 2}, {6, 5, 4}, {3, 0, 6, 1}, {4, 3, 2, 1, 0}}) {
    // Up to just below half of the group's product; what fits in 62 bits is tried at both ends.
    double product_bits = 0;
    for (const std::size_t place : places) product_bits += std::log2(static_cast<double>(ring->modulus_at(place).q));
    const int bits = std::min(61, static_cast<int>(product_bits) - 2);
    std::vector<std::int64_t> values(kDegree);
    for (std::size_t k = 0; k < kDegree; ++k) {
      const auto size = static_cast<std::int64_t>(random() >> (64 - bits));
      values[k] = k % 2 == 0 ? size : -size;
    }
    const NttPoly all = ring->to_ntt(ring->from_signed(values, {5, true}));
    const MixedRadix radix(*ring, places);
    std::vector<AlignedWords> rows(places.size(), AlignedWords(kDegree));
    std::vector<std::uint64_t*> writable;
    std::vector<const std::uint64_t*> digits;
    for (std::size_t k = 0; k < places.size(); ++k) {
      radix.to_coefficients(k, rows[k].data(), all.limb(places[k]).data());
      writable.push_back(rows[k].data());
      digits.push_back(rows[k].data());
    }
    AlignedWords scratch(kDegree);
    radix.to_digits(writable, scratch.data());
    for (std::size_t target = 0; target < 7; ++target) {
      if (std::ranges::find(places, target) != places.end()) continue;
      AlignedWords out(kDegree), lazy(kDegree);
      radix.begin_extend(out.data(), digits, target);
      radix.end_extend(out.data(), 0, target);
      radix.begin_extend(lazy.data(), digits, target);
      radix.end_extend_lazy(lazy.data(), 0, target);
      for (std::size_t k = 0; k < kDegree; ++k) {
        ASSERT_EQ(out[k], all.limb(target)[k]) << places.size() << " " << target;
        ASSERT_EQ(lazy[k] % ring->modulus_at(target).q, out[k]);
      }
      const Modulus& m = ring->modulus_at(target);
      std::uint64_t product = 1;
      for (const std::size_t place : places) product = m.multiply(product, m.reduce_word(ring->modulus_at(place).q));
      EXPECT_EQ(m.multiply(product, radix.inverse_of_product(target)), 1u);
    }
  }
}

// The representative is the one nearest zero, at both ends of its range.
TEST(MixedRadix, EndsOfTheRangeGoToTheNearerSide) {
  constexpr std::size_t kDegree = 16;
  const auto q = primes_of({20, 22, 30}, kDegree);
  const RingPtr ring = Ring::create(LogN(4), q, {}).value_or_stop();
  const auto product = static_cast<std::int64_t>(q[0] * q[1]);
  const std::vector<std::size_t> places{0, 1};
  std::vector<std::int64_t> values(kDegree, 0), expected(kDegree, 0);
  values[0] = product / 2, expected[0] = product / 2;
  values[1] = product / 2 + 1, expected[1] = product / 2 + 1 - product;
  values[2] = -product / 2, expected[2] = -product / 2;
  values[3] = -product / 2 - 1, expected[3] = product / 2;
  values[4] = product - 1, expected[4] = -1;
  const NttPoly all = ring->to_ntt(ring->from_signed(values, {3, false}));
  const NttPoly wanted = ring->to_ntt(ring->from_signed(expected, {3, false}));
  const MixedRadix radix(*ring, places);
  AlignedWords first(kDegree), second(kDegree), scratch(kDegree), out(kDegree);
  radix.to_coefficients(0, first.data(), all.limb(0).data());
  radix.to_coefficients(1, second.data(), all.limb(1).data());
  std::uint64_t* const rows[] = {first.data(), second.data()};
  radix.to_digits(rows, scratch.data());
  const std::uint64_t* const digits[] = {first.data(), second.data()};
  radix.begin_extend(out.data(), digits, 2);
  radix.end_extend(out.data(), 0, 2);
  for (std::size_t k = 0; k < kDegree; ++k) EXPECT_EQ(out[k], wanted.limb(2)[k]) << k;
}

}  // namespace
}  // namespace mc::fhe
