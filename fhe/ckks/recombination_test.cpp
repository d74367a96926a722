// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/recombination.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace mc::fhe {
namespace {

constexpr std::uint64_t kThreePrimes[] = {97, 193, 257};  // 1 modulo 32

RingPtr ring_of_three_primes() {
  return Ring::create(LogN(4), kThreePrimes, {}).value_or_stop();
}

std::vector<std::uint64_t> combine(const Recombination& recombination, i128 value, std::size_t primes) {
  std::vector<std::uint64_t> residues, words(recombination.word_count());
  for (std::size_t i = 0; i < primes; ++i) {
    const i128 q = kThreePrimes[i];
    residues.push_back(static_cast<std::uint64_t>((value % q + q) % q));
  }
  recombination.combine(residues, words);
  return words;
}

TEST(Recombination, FindsEveryIntegerBetweenMinusAndPlusHalfQ) {
  const Recombination recombination(*ring_of_three_primes(), 3);
  const std::int64_t half = 97 * 193 * 257 / 2;
  for (std::int64_t value = -half; value <= half; value += value < 1 - half || value > half - 2 ? 1 : 997) {
    ASSERT_TRUE(shift_right(combine(recombination, value, 3), 0) == value) << value;
  }
}

TEST(Recombination, CombinesAPolynomialAsItCombinesItsCoefficients) {
  for (const char* kernels : {"scalar", ""}) {
    setenv("MEDCOMMONS_KERNELS", kernels, 1);
    std::vector<std::uint64_t> primes;
    for (std::uint64_t q = (std::uint64_t{1} << 50) - 255; primes.size() < 17; q -= 256) {
      if (is_prime(q)) primes.push_back(q);
    }
    const RingPtr large = Ring::create(LogN(7), primes, {}).value_or_stop();
    std::mt19937_64 random(2);
    for (const std::uint32_t level : {1, 2, 5, 17}) {
      CoeffPoly poly = large->make<Domain::kCoeff>({level, false});
      for (std::uint32_t i = 0; i < level; ++i) {
        for (std::uint64_t& x : poly.limb(i)) x = random() % primes[i];
        poly.limb(i)[0] = 0;
        poly.limb(i)[1] = primes[i] - 1;
        poly.limb(i)[2] = primes[i] / 2;
        poly.limb(i)[3] = primes[i] / 2 + 1;
      }
      const Recombination recombination(*large, level);
      const std::size_t count = recombination.word_count();
      std::vector<std::uint64_t> expected(128 * count), actual(128 * count), residues(level);
      for (std::size_t k = 0; k < 128; ++k) {
        for (std::uint32_t i = 0; i < level; ++i) residues[i] = poly.limb(i)[k];
        recombination.combine(residues, std::span(expected).subspan(k * count, count));
        for (std::uint32_t i = 0; i < level; ++i) {  // the integer has these residues
          const Modulus& m = large->modulus({level, false}, i);
          std::uint64_t residue = 0;
          for (std::size_t word = count; word-- > 0;) {
            residue = m.reduce(u128{residue} << 64 | expected[k * count + word]);
          }
          if (expected[(k + 1) * count - 1] >> 63 != 0) {
            residue = m.subtract(residue, m.power(m.reduce(u128{1} << 64), count));  // two's complement
          }
          ASSERT_EQ(residue, residues[i]) << k << " " << level;
        }
      }
      recombination.combine_all(std::move(poly), actual);
      EXPECT_EQ(actual, expected) << level;
    }
  }
  unsetenv("MEDCOMMONS_KERNELS");
}

TEST(SignedWords, AreMeasuredAndShiftedLikeIntegers) {
  const std::vector<std::uint64_t> minus_one{~0ull, ~0ull, ~0ull}, zero{0, 0, 0}, power{0, 0, 1},
      minus_power{0, 0, ~0ull};
  EXPECT_EQ(bit_length(zero), 0u);
  EXPECT_EQ(bit_length(minus_one), 1u);
  EXPECT_EQ(bit_length(power), 129u);
  EXPECT_GE(bit_length(minus_power), 128u);
  EXPECT_TRUE(shift_right(power, 100) == i128{1} << 28);
  EXPECT_TRUE(shift_right(minus_power, 100) == -(i128{1} << 28));
  EXPECT_TRUE(shift_right(power, 128) == 1);
  EXPECT_TRUE(shift_right(minus_one, 150) == -1);
  EXPECT_TRUE(shift_right(zero, 1000) == 0);
}

}  // namespace
}  // namespace mc::fhe
