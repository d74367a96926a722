// SPDX-License-Identifier: Apache-2.0
#include "query/release/odds_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

namespace mc::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<OddsCoefficient> two(double noise_sd) {
  OddsCoefficient intercept{"(Intercept)"}, slope{"armB"};
  intercept.estimate = -1.23456;
  intercept.std_error = 0.1;
  intercept.low = -1.43;
  intercept.high = -1.04;
  slope.estimate = std::log(2.0);
  slope.std_error = 0.2;
  slope.z = slope.estimate / 0.2;
  slope.p_value = 5e-4;
  slope.low = slope.estimate - 0.392;
  slope.high = slope.estimate + 0.392;
  slope.noise_sd = intercept.noise_sd = noise_sd;
  return {intercept, slope};
}

TEST(OddsTable, SaysTheNoiseOfEveryEstimateBesideIt) {
  EXPECT_THAT(odds_text(two(0), true, 5), HasSubstr("-1.2346"));
  EXPECT_THAT(odds_text(two(0), true, 5), Not(HasSubstr("noise")));
  const std::string noisy = odds_text(two(0.05), true, 5);
  EXPECT_THAT(noisy, HasSubstr("noise"));
  EXPECT_THAT(noisy, HasSubstr("0.05 "));
  EXPECT_THAT(noisy, HasSubstr("-1.23 ")) << "down to the first digit that the noise reaches";
  EXPECT_THAT(noisy, HasSubstr("|----"));
  EXPECT_EQ(odds_json(two(0.05))[1]["noise_sd"], 0.05);
  EXPECT_FALSE(odds_json(two(0))[1].contains("noise_sd"));
  EXPECT_NEAR(odds_json(two(0))[1]["odds_ratio"].get<double>(), 2, 1e-12);
}

TEST(OddsTable, WhatHasNoNumbersIsNullAndNA) {
  std::vector<OddsCoefficient> coefficients = two(0.05);
  coefficients[1].aliased = true;
  EXPECT_TRUE(odds_json(coefficients)[1]["estimate"].is_null());
  EXPECT_TRUE(odds_json(coefficients)[1]["ci_low"].is_null());
  EXPECT_THAT(odds_text(coefficients, true, 5), HasSubstr("NA"));
}

}  // namespace
}  // namespace mc::query
