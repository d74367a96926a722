// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/fixed_point.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mc::fhe {
namespace {

// cos(pi/2) = 0 and cos^2(x/2) = (1 + cos x)/2 determine every entry: no other table is needed to check this one.
TEST(CosineTable, SatisfiesTheHalfAngleIdentityToTheLastBits) {
  for (const std::size_t n : {16, 1024, 65536}) {
    const std::vector<u128> table = cosine_table(n);
    const u128 one = u128{1} << 127;
    ASSERT_EQ(table[0], one);
    for (std::size_t i = 1; i < table.size(); ++i) {
      const u128 square = shift_round(multiply_wide(table[i], table[i]), 127);
      const std::size_t twice = 2 * i;  // cos of twice the angle is negative past pi/2
      const u128 cosine = twice < n / 2 ? table[twice] : twice == n / 2 ? 0 : table[n - twice];
      const u128 expected = twice <= n / 2 ? one / 2 + cosine / 2 : one / 2 - cosine / 2;
      EXPECT_LE(magnitude(static_cast<i128>(square - expected)), u128{3}) << n << " " << i;
    }
  }
}

TEST(MultiplyWide, AgreesWithTheSchoolbook) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const u128 a = u128{random()} << 64 | random(), b = u128{random()} << 64 | random();
    const U256 product = multiply_wide(a, b);
    EXPECT_EQ(product.low, a * b);  // modulo 2^128
    // Modulo 2^61 - 1 the whole product is a * b.
    const u128 p = (u128{1} << 61) - 1;
    const u128 power = (u128{1} << 6) % p;  // 2^128 = 2^(2*61+6)
    EXPECT_EQ((product.high % p * power + product.low % p) % p, (a % p) * (b % p) % p);
  }
}

}  // namespace
}  // namespace mc::fhe
