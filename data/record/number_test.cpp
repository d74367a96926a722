// SPDX-License-Identifier: Apache-2.0
#include "data/record/number.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

namespace mc::data {
namespace {

TEST(Number, DecimalTextIsReadCorrectlyRounded) {
  EXPECT_EQ(parse_number("63"), 63.0);
  EXPECT_EQ(parse_number("-0.1"), -0.1);
  EXPECT_EQ(parse_number("+2.50"), 2.5);
  EXPECT_EQ(parse_number(".7"), 0.7);
  EXPECT_EQ(parse_number("1."), 1.0);
  EXPECT_EQ(parse_number("1e3"), 1000.0);
  EXPECT_EQ(parse_number("2.5E-2"), 0.025);
  EXPECT_FALSE(std::signbit(*parse_number("-0")));
}

TEST(Number, AnythingElseIsNotANumber) {
  for (const char* text : {"", "+", "-", "+-1", "--1", "1,5", "1 ", " 1", "0x10", "inf", "-inf", "nan", "NaN", "1e",
                           "1e999", "12a", ".", "e5", "1_000"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

TEST(Number, TextReadsBackToTheSameDouble) {
  std::mt19937_64 random(20240517);
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value) || std::abs(value) < 1e-300) continue;
    EXPECT_EQ(parse_number(number_text(value)), value);
  }
  EXPECT_EQ(number_text(60), "60");
  EXPECT_EQ(number_text(-0.0), "0");
  EXPECT_EQ(number_text(18.5), "18.5");
}

TEST(Number, IntegersAreExactUpToTwoToThe53) {
  EXPECT_TRUE(is_exact_integer(9007199254740992.0));
  EXPECT_FALSE(is_exact_integer(18014398509481984.0));
  EXPECT_FALSE(is_exact_integer(0.5));
  EXPECT_TRUE(is_exact_integer(-3));
}

}  // namespace
}  // namespace mc::data
