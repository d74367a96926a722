// SPDX-License-Identifier: Apache-2.0
#include "data/schema/step.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mc::data {
namespace {

TEST(Step, DecimalsAreMultiplesExactly) {
  for (int tenths = -3000; tenths <= 3000; ++tenths) {
    const std::string text =
        (tenths < 0 ? "-" : "") + std::to_string(std::abs(tenths) / 10) + "." + std::to_string(std::abs(tenths) % 10);
    const double value = *parse_number(text);
    EXPECT_TRUE(is_multiple_of_step(0.1, value)) << text;
    EXPECT_EQ(multiple_of_step(0.1, tenths), value) << text;
    EXPECT_FALSE(is_multiple_of_step(0.1, value + 0.05)) << text;
    EXPECT_FALSE(is_multiple_of_step(0.1, std::nextafter(value, 1e9))) << text;
  }
  EXPECT_TRUE(is_multiple_of_step(5, 120));
  EXPECT_FALSE(is_multiple_of_step(5, 121));
  EXPECT_TRUE(is_multiple_of_step(0.25, 18.75));
}

TEST(Step, TheFirstMultipleIsTheNearestOnTheRightSide) {
  std::mt19937_64 random(3);
  for (const double step : {0.001, 0.01, 0.1, 0.125, 0.5, 1.0, 5.0, 1000.0}) {
    for (int i = 0; i < 2000; ++i) {
      const double exact = multiple_of_step(step, std::floor(std::uniform_real_distribution<>(-500, 500)(random)));
      const double value = i % 2 == 0 ? exact : exact + step * std::uniform_real_distribution<>(0, 1)(random);
      for (const bool above : {false, true}) {
        const double k = first_multiple(step, value, above);
        EXPECT_TRUE(above ? multiple_of_step(step, k) > value : multiple_of_step(step, k) >= value);
        EXPECT_TRUE(above ? multiple_of_step(step, k - 1) <= value : multiple_of_step(step, k - 1) < value);
        EXPECT_LT(multiple_of_step(step, k - 1), middle_below(step, k));
        EXPECT_LT(middle_below(step, k), multiple_of_step(step, k));
      }
    }
  }
  EXPECT_EQ(number_text(middle_below(0.1, 614)), "61.35");
  EXPECT_EQ(number_text(middle_below(1, 62)), "61.5");
  EXPECT_EQ(number_text(middle_below(5, 13)), "62.5");
}

TEST(Step, ADecimalSaysItsOwnStep) {
  EXPECT_EQ(decimal_step_of(61), 1);
  EXPECT_EQ(decimal_step_of(-61.3), 0.1);
  EXPECT_EQ(decimal_step_of(0.000125), 0.000001 * 1 == 0.000001 ? 0.000001 : 0);
  EXPECT_EQ(decimal_step_of(5.1e-9), 0) << "more than nine";
  EXPECT_EQ(decimal_step_of(0.000000051), 1e-9);
  EXPECT_EQ(decimal_step_of(22.690939482158665), 0);
  EXPECT_EQ(decimal_step_of(1e90), 0);
}

TEST(Step, AStepThatCannotBeMeantIsNamed) {
  EXPECT_EQ(complaint_about_step(0.1, 0, 300), "");
  EXPECT_EQ(complaint_about_step(5, 0, 300), "");
  EXPECT_EQ(complaint_about_step(0.3, 0, 300), "the step 0.3 is neither an integer nor one over an integer");
  EXPECT_EQ(complaint_about_step(2.5, 0, 300), "the step 2.5 is neither an integer nor one over an integer");
  EXPECT_EQ(complaint_about_step(-1, 0, 300), "the step -1 is not above 0");
  EXPECT_EQ(complaint_about_step(1e-9, 0, 300), "the step 1e-09 is too small for the range 0 to 300");
  EXPECT_EQ(complaint_about_step(500, 0, 300), "the step 500 is larger than the range 0 to 300");
}

}  // namespace
}  // namespace mc::data
