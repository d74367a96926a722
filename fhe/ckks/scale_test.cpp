// SPDX-License-Identifier: Apache-2.0
#include "fhe/ckks/scale.hpp"

#include <gtest/gtest.h>

#include "fhe/ckks/params.hpp"

namespace mc::fhe {
namespace {

TEST(Scale, AMaskAtTheTopPrimesIsRescaledAwayExactly) {
  const Scale data = Scale::power_of_two(92);
  const Scale mask = Scale::of_top_primes(8, 2);
  EXPECT_EQ(data * mask / Scale::of_top_primes(8, 2), data);
  EXPECT_EQ((data * data / mask).text(), "2^184*q6^-1*q7^-1");
  EXPECT_EQ(mask.text(), "2^0*q6*q7");
}

TEST(Scale, BitsFollowThePrimes) {
  const ParamsPtr params = Params::named("test_insecure", true).value_or_stop();
  EXPECT_NEAR(Scale::of_top_primes(8, 2).bits(*params), 92, 1e-6);
  EXPECT_NEAR((Scale::power_of_two(100) / Scale::of_top_primes(2, 1)).bits(*params), 50, 1e-6);
}

TEST(Scale, ProductsBeyondTheRangeOfExponentsAreKnownBeforehand) {
  Scale low = Scale::power_of_two(0) / Scale::of_top_primes(8, 2), high = Scale::of_top_primes(8, 2);
  for (int i = 0; i < 6; ++i) {
    low = low * low;
    high = high * high;
  }
  EXPECT_TRUE(product_is_scale(low, low));     // -128
  EXPECT_FALSE(product_is_scale(high, high));  // 128
  EXPECT_TRUE(product_is_scale(low, high));
  EXPECT_TRUE(product_is_scale(Scale::power_of_two(1 << 19), Scale::power_of_two(1 << 19)));
  EXPECT_FALSE(product_is_scale(Scale::power_of_two(1 << 19), Scale::power_of_two((1 << 19) + 1)));
}

TEST(Scale, WritesAndReadsBack) {
  for (const Scale& scale : {Scale::power_of_two(92), Scale::of_top_primes(8, 3), Scale::power_of_two(-3),
                             Scale::power_of_two(184) / Scale::of_top_primes(8, 2)}) {
    Writer writer;
    write_scale(writer, scale);
    Reader reader(writer.bytes(), "scale");
    EXPECT_EQ(read_scale(reader).value_or_stop(), scale);
    EXPECT_TRUE(reader.finish().has_value());
  }
}

TEST(Scale, OtherSpellingsOfAScaleAreRefused) {
  const auto refused = [](const Bytes& bytes) {
    Reader reader(bytes, "scale");
    return !read_scale(reader).has_value();
  };
  EXPECT_FALSE(refused({92, 0, 0, 0, 2, 1, 1, 3, 1}));
  EXPECT_TRUE(refused({92, 0, 0, 0, 2, 3, 1, 1, 1}));  // out of order
  EXPECT_TRUE(refused({92, 0, 0, 0, 2, 1, 1, 1, 1}));  // twice
  EXPECT_TRUE(refused({92, 0, 0, 0, 1, 1, 0}));        // zero exponent
  EXPECT_TRUE(refused({92, 0, 0, 0, 1, 40, 1}));       // beyond the chain
  EXPECT_TRUE(refused({92, 0, 0, 0, 1, 1, 100}));      // beyond any computation
  EXPECT_TRUE(refused({0, 0, 0, 0x7f, 0}));            // 2^2130706432
  EXPECT_TRUE(refused({92, 0, 0, 0, 2, 1, 1}));        // truncated
}

}  // namespace
}  // namespace mc::fhe
