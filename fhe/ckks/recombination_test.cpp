// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/recombination.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mc::fhe {
namespace {

constexpr std::uint64_t kPrimes[] = {97, 193, 257};  // 1 modulo 32

RingPtr ring() {
  return Ring::create(LogN(4), kPrimes, {}).value_or_stop();
}

std::vector<std::uint64_t> combine(const Recombination& recombination, i128 value, std::size_t primes) {
  std::vector<std::uint64_t> residues, words(recombination.word_count());
  for (std::size_t i = 0; i < primes; ++i) {
    const i128 q = kPrimes[i];
    residues.push_back(static_cast<std::uint64_t>((value % q + q) % q));
  }
  recombination.combine(residues, words);
  return words;
}

TEST(Recombination, FindsEveryIntegerBetweenMinusAndPlusHalfQ) {
  const Recombination recombination(*ring(), 3);
  const std::int64_t half = 97 * 193 * 257 / 2;
  for (std::int64_t value = -half; value <= half; value += value < 1 - half || value > half - 2 ? 1 : 997) {
    ASSERT_TRUE(shift_right(combine(recombination, value, 3), 0) == value) << value;
  }
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
