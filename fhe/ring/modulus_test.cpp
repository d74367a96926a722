// SPDX-License-Identifier: Apache-2.0
#include "fhe/ring/modulus.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mc::fhe {
namespace {

constexpr std::uint64_t kPrimesOfEverySize[] = {
    3, 97, 12289, 1073479681, (std::uint64_t{1} << 50) - 27, 1125899906826241};

TEST(Modulus, ReductionOfAny128BitIntegerIsTheRemainder) {
  std::mt19937_64 random(1);
  for (const std::uint64_t q : kPrimesOfEverySize) {
    const Modulus m = Modulus::of(q);
    for (int i = 0; i < 20000; ++i) {
      const u128 value = (u128{random()} << 64 | random()) >> (random() % 128);
      ASSERT_EQ(m.reduce(value), static_cast<std::uint64_t>(value % q)) << q;
      ASSERT_EQ(m.reduce_word(static_cast<std::uint64_t>(value)), static_cast<std::uint64_t>(value) % q) << q;
    }
    for (const u128 value : {u128{0}, u128{q - 1}, u128{q}, ~u128{0}, ~u128{0} / q * q, ~u128{0} / q * q - 1}) {
      EXPECT_EQ(m.reduce(value), static_cast<std::uint64_t>(value % q)) << q;
    }
  }
}

TEST(Modulus, ArithmeticObeysTheFieldLaws) {
  std::mt19937_64 random(2);
  for (const std::uint64_t q : kPrimesOfEverySize) {
    if (!is_prime(q)) continue;
    const Modulus m = Modulus::of(q);
    for (int i = 0; i < 2000; ++i) {
      const std::uint64_t a = random() % q, b = random() % q, c = random() % q;
      EXPECT_EQ(m.multiply(a, m.add(b, c)), m.add(m.multiply(a, b), m.multiply(a, c)));
      EXPECT_EQ(m.subtract(a, b), m.add(a, m.negate(b)));
      EXPECT_EQ(m.add(a, m.negate(a)), 0u);
      if (a != 0) {
        EXPECT_EQ(m.multiply(a, m.inverse(a)), 1u);
      }
    }
  }
}

TEST(Primes, AreToldFromStrongPseudoprimes) {
  for (const std::uint64_t prime : {2ull, 3ull, 61ull, 1125899906826241ull, 18446744073709551557ull})
    EXPECT_TRUE(is_prime(prime));
  // Pseudoprimes to base 2 and to the first bases, a Carmichael number, a square of a prime.
  for (const std::uint64_t composite : {0ull, 1ull, 2047ull, 1373653ull, 25326001ull, 3215031751ull, 3474749660383ull,
                                        341550071728321ull, 561ull, 1369ull}) {
    EXPECT_FALSE(is_prime(composite)) << composite;
  }
}

TEST(Primes, TheMinimalRootIsPrimitiveAndSmallest) {
  for (const std::uint64_t q : {97ull, 193ull, 12289ull}) {
    const Modulus m = Modulus::of(q);
    const std::uint64_t root = minimal_primitive_root(m, 32);
    EXPECT_EQ(m.power(root, 16), q - 1);
    for (std::uint64_t smaller = 1; smaller < root; ++smaller) EXPECT_NE(m.power(smaller, 16), q - 1) << q;
  }
}

}  // namespace
}  // namespace mc::fhe
