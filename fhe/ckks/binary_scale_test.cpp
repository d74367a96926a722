// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/binary_scale.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "fhe/ckks/fixed_point.hpp"

namespace mc::fhe {
namespace {

ParamsPtr params() {
  return Params::create({.name = "binary scale",
                         .log_n = LogN(10),
                         .q_bits = {50, 49, 46, 45},
                         .p_bits = {50},
                         .insecure_for_tests = true})
      .value_or_stop();
}

Scale primes(std::initializer_list<int> exponents, int log2 = 0) {
  Scale scale = Scale::power_of_two(log2);
  std::size_t i = 0;
  for (const int exponent : exponents) scale.exponents[i++] = static_cast<std::int8_t>(exponent);
  return scale;
}

BinaryScale binary(const Scale& scale) {
  return binary_scale(scale, *params(), "test").value_or_stop();
}

TEST(BinaryScale, PowersOfTwoAndProductsBelow2To127AreExact) {
  for (const int log2 : {-300, -1, 0, 1, 92, 4096}) {
    EXPECT_EQ(binary(Scale::power_of_two(log2)), (BinaryScale{u128{1} << 127, log2}));
  }
  const ParamsPtr set = params();
  const auto q = set->q();
  EXPECT_EQ(binary(primes({1})), (BinaryScale{u128{q[0]} << 77, 50}));
  EXPECT_EQ(binary(primes({0, 1, 0, 1}, -20)), (BinaryScale{u128{q[1]} * q[3] << 33, 74}));
  EXPECT_EQ(binary(primes({1, -1, 0, 0}) * primes({0, 1, 0, 0})), binary(primes({1})));
}

// |factor * d - n * 2^places| <= d / 2 says that the factor is the quotient n / d to the nearest unit.
TEST(BinaryScale, QuotientsOfPrimesAreRoundedToTheNearestUnit) {
  const ParamsPtr set = params();
  const auto q = set->q();
  for (std::size_t above = 0; above < 4; ++above) {
    for (std::size_t below = 0; below < 4; ++below) {
      if (above == below) continue;
      Scale scale = Scale::power_of_two(-17);
      scale.exponents[above] = 1;
      scale.exponents[below] = -1;
      const BinaryScale number = binary(scale);
      EXPECT_GT(number.factor, u128{1} << 126);
      EXPECT_LE(number.factor, u128{1} << 127);
      const U256 product = multiply_wide(number.factor, q[below]);
      const U256 exact = multiply_wide(u128{q[above]} << 70, u128{1} << (127 - 17 - number.bits - 70));
      const u128 distance = std::min(product.low - exact.low, exact.low - product.low);
      EXPECT_LE(distance, u128{q[below] / 2}) << above << " " << below;
      EXPECT_LE(std::max(product.high, exact.high) - std::min(product.high, exact.high), u128{1});
    }
  }
}

TEST(BinaryScale, AgreesWithQuadruplePrecisionForLongProducts) {
  const ParamsPtr set = params();
  const auto q = set->q();
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i) {
    Scale scale = Scale::power_of_two(static_cast<int>(random() % 200) - 100);
    __float128 expected = 1;
    for (std::size_t k = 0; k < 4; ++k) {
      const int exponent = static_cast<int>(random() % 17) - 8;
      scale.exponents[k] = static_cast<std::int8_t>(exponent);
      for (int e = 0; e < exponent; ++e) expected *= q[k];
      for (int e = 0; e > exponent; --e) expected /= q[k];
    }
    const BinaryScale number = binary(scale), inverse = binary_inverse(scale, *params(), "test").value_or_stop();
    for (const auto& [actual, wanted, log2] :
         {std::tuple{number, expected, scale.log2}, std::tuple{inverse, 1 / expected, -scale.log2}}) {
      __float128 value = static_cast<__float128>(actual.factor);
      for (int e = 0; e < std::abs(actual.bits - 127 - log2); ++e) value *= actual.bits - 127 < log2 ? 0.5 : 2;
      const __float128 error = value / wanted - 1;
      EXPECT_LT(std::fabs(static_cast<double>(error)), 0x1p-106) << scale.text();  // some 32 roundings of 2^-113
    }
  }
}

TEST(BinaryScale, PrimesTheChainLacksAreNamed) {
  EXPECT_EQ(binary_scale(primes({0, 0, 0, 0, 1}), *params(), "encode").error().message,
            "encode: the scale 2^0*q4 names a prime that the chain lacks");
  EXPECT_EQ(binary_inverse(primes({0, 0, 0, 0, -1}), *params(), "decode").error().message,
            "decode: the scale 2^0*q4^-1 names a prime that the chain lacks");
}

TEST(NearestDouble, RoundsLikeTheConversionOfIntegers) {
  std::mt19937_64 random(2);
  const BinaryScale one;
  EXPECT_EQ(nearest_double(0, one, 5), 0.0);
  EXPECT_EQ(nearest_double(-1, one, 5), -32.0);
  EXPECT_EQ(nearest_double((i128{1} << 53) + 1, one, 0), 0x1p53);  // ties to even
  EXPECT_EQ(nearest_double((i128{1} << 53) + 3, one, 0), 0x1p53 + 4);
  EXPECT_EQ(nearest_double((i128{1} << 100) + (i128{1} << 47), one, -100), 1.0);
  EXPECT_EQ(nearest_double((i128{1} << 100) + (i128{1} << 47) + 1, one, -100), 1 + 0x1p-52);
  for (int i = 0; i < 10000; ++i) {
    const i128 value = static_cast<i128>(u128{random()} << 64 | random()) >> (1 + random() % 126);
    ASSERT_EQ(nearest_double(value, one, 0), static_cast<double>(value));
    ASSERT_EQ(nearest_double(value, one, -90), std::ldexp(static_cast<double>(value), -90));
  }
}

TEST(NearestDouble, DividesByAScale) {
  std::mt19937_64 random(3);
  const std::uint64_t prime = params()->q()[1];
  const BinaryScale inverse = binary_inverse(primes({0, 1, 0, 0}), *params(), "test").value_or_stop();
  for (int i = 0; i < 10000; ++i) {
    const i128 value = static_cast<i128>(u128{random()} << 64 | random()) >> (16 + random() % 100);
    const double expected = static_cast<double>(static_cast<__float128>(value) / prime);
    ASSERT_EQ(nearest_double(value, inverse, 0), expected);
    if (i > 200) continue;
    ASSERT_EQ(nearest_double(value, inverse, -300), std::ldexp(expected, -300));
  }
}

}  // namespace
}  // namespace mc::fhe
