// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/scaled_integer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "fhe/ckks/encoder.hpp"
#include "fhe/ckks/fixed_point.hpp"

namespace mc::fhe {
namespace {

class ScaledIntegerTest : public ::testing::Test {
 protected:
  /// Of numbers below 2^125.
  i128 integer(double value, const Scale& scale) {
    const ScaledInteger result = scaled_integer(value, scale, *params_).value_or_stop();
    EXPECT_EQ(result.shift, 0u);
    return result.mantissa;
  }
  ParamsPtr params_ = Params::named("test_insecure", true).value_or_stop();
};

TEST_F(ScaledIntegerTest, IsTheEncodersConstantWhereThatExists) {
  const Encoder encoder(params_);
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; ++i) {
    const double value = std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())), -63 - i % 7);
    for (const Scale& scale : {Scale::power_of_two(92), Scale::of_top_primes(8, 2), Scale::power_of_two(40),
                               Scale::power_of_two(30) * Scale::of_top_primes(3, 1)}) {
      const Plaintext constant = encoder.encode_constant(value, Level(8), scale).value_or_stop();
      const ScaledInteger mine = scaled_integer(value, scale, *params_).value_or_stop();
      for (std::uint32_t limb = 0; limb < 8; ++limb) {
        ASSERT_EQ(constant.poly.limb(limb)[0], mine.residue(params_->ring().modulus({8, false}, limb)))
            << value << " " << scale.text();
      }
    }
  }
}

TEST_F(ScaledIntegerTest, RoundsHalvesAwayFromZero) {
  EXPECT_TRUE(integer(0.5, Scale{}) == 1 && integer(-0.5, Scale{}) == -1 && integer(0.49, Scale{}) == 0);
  EXPECT_TRUE(integer(2.5, Scale{}) == 3 && integer(-3.5, Scale{}) == -4 && integer(0, Scale{}) == 0);
  EXPECT_TRUE(integer(3, Scale::power_of_two(-1)) == 2 && integer(1, Scale::power_of_two(-2)) == 0);
}

// n = round(v * 2^a / q): q n is within q/2 of v * 2^a, checked in integers.
TEST_F(ScaledIntegerTest, DividesByPrimesToTheNearestInteger) {
  std::mt19937_64 random(2);
  const auto q = static_cast<i128>(params_->q()[7]);
  for (int i = 0; i < 200; ++i) {
    const auto value = static_cast<std::int64_t>(random() >> 20);
    const i128 n = integer(static_cast<double>(value), Scale::power_of_two(60) / Scale::of_top_primes(8, 1));
    const i128 remainder = (static_cast<i128>(value) << 60) - n * q;
    ASSERT_TRUE(2 * remainder < q && 2 * remainder > -q);
  }
}

TEST_F(ScaledIntegerTest, CancelsHugePowersOfThePrimes) {
  // (2^46 / q_7)^60 * (q_7 / 2^46)^60 reordered: 2^2760 q_7^-60, then the same in the other direction.
  Scale up = Scale::power_of_two(46 * 60 + 100);
  up.exponents[7] = -60;
  long double expected = 1;
  for (int k = 0; k < 60; ++k) expected *= 0x1p46L / static_cast<long double>(params_->q()[7]);
  EXPECT_NEAR(static_cast<double>(static_cast<long double>(integer(1, up)) / 0x1p100L / expected), 1, 1e-15);
  Scale down = Scale::power_of_two(100 - 46 * 60);
  down.exponents[7] = 60;
  EXPECT_NEAR(static_cast<double>(static_cast<long double>(integer(-1, down)) / 0x1p100L * expected), -1, 1e-15);
  Scale both = Scale::power_of_two(-4096);
  for (int k = 0; k < 8; ++k) both.exponents[k] = k % 2 == 0 ? 127 : -127;
  EXPECT_TRUE(integer(1, both) == 0);
}

TEST_F(ScaledIntegerTest, LargeNumbersKeepTheir125HighestBits) {
  const auto large = scaled_integer(-3, Scale::power_of_two(184), *params_).value_or_stop();
  EXPECT_EQ(large, (ScaledInteger{-(i128{3} << 123), 61}));
  const Modulus& m = params_->ring().modulus({8, false}, 7);
  EXPECT_EQ(large.residue(m), m.negate(m.multiply(3, m.power(2, 184))));
  EXPECT_EQ(scaled_integer(1, Scale::power_of_two(124), *params_).value_or_stop().shift, 0u);
  EXPECT_EQ(scaled_integer(1, Scale::power_of_two(125), *params_).value_or_stop().shift, 1u);
}

TEST_F(ScaledIntegerTest, RatiosAndLogarithmsNeedNoLibrary) {
  EXPECT_EQ(scale_ratio(Scale::power_of_two(92), Scale::power_of_two(95), *params_), 0.125);
  EXPECT_NEAR(scale_ratio(Scale::of_top_primes(8, 2), Scale::power_of_two(92), *params_), 1, 1e-6);
  EXPECT_EQ(scale_ratio(Scale::power_of_two(2000), Scale{}, *params_), std::numeric_limits<double>::max());
  EXPECT_EQ(scale_ratio(Scale{}, Scale::power_of_two(2000), *params_), 0);
  EXPECT_EQ(floor_log2(Scale::power_of_two(-7), *params_), -7);
  EXPECT_EQ(floor_log2(Scale::of_top_primes(8, 1), *params_), 45);  // the prime is below 2^46
  EXPECT_EQ(floor_log2(Scale{} / Scale::of_top_primes(8, 1), *params_), -46);
}

TEST_F(ScaledIntegerTest, RefusesWhatIsNoNumberOrNoScale) {
  EXPECT_EQ(scaled_integer(std::nan(""), Scale{}, *params_).error().code, Code::kInvalidArgument);
  Scale foreign;
  foreign.exponents[8] = 1;
  EXPECT_EQ(scaled_integer(1, foreign, *params_).error().message,
            "scaled integer: the scale 2^0*q8 names a prime that the chain lacks");
}

}  // namespace
}  // namespace mc::fhe
