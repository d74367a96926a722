// SPDX-License-Identifier: Apache-2.0
#include "query/release/flooded_numbers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "query/release/matrix.hpp"
#include "query/release/model_answer.hpp"

namespace mc::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Two columns with a correlation of 0.999: what noise in the information does to variances is what is foreseen.
TEST(FloodedNumbers, NoiseInAVarianceIsThatOfDrawnInformation) {
  Matrix information(3, 3);
  const double entries[3][3] = {{12, 3, 3}, {3, 9, 8.991}, {3, 8.991, 9}};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) information(i, j) = entries[i][j];
  }
  const Matrix covariance = inverse_of_positive(information);
  constexpr double kDeviation = 1e-5;
  std::mt19937_64 random(54);
  std::normal_distribution<double> draw(0, kDeviation);
  double squares[3] = {0, 0, 0};
  constexpr int kDraws = 4000;
  for (int t = 0; t < kDraws; ++t) {
    Matrix noisy = information;
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = i; j < 3; ++j) noisy(j, i) = noisy(i, j) = information(i, j) + draw(random);
    }
    const Matrix drawn = inverse_of_positive(noisy);
    for (std::size_t j = 0; j < 3; ++j) squares[j] += std::pow(drawn(j, j) - covariance(j, j), 2);
  }
  for (std::size_t j = 0; j < 3; ++j) {
    const double row[] = {covariance(j, 0), covariance(j, 1), covariance(j, 2)};
    EXPECT_NEAR(std::sqrt(squares[j] / kDraws) / noise_in_variance(row, kDeviation), 1, 0.05) << j;
  }
}

TEST(FloodedNumbers, TheLargestAreToldAndByNameWhereTheyAreFelt) {
  FloodedNumbers flooded;
  nlohmann::ordered_json object;
  add_flooded(object, flooded);
  EXPECT_FALSE(object.contains("flooding_sd")) << "of a model without numbers there is nothing to tell";
  flooded.take("age", 1e-5, 2e-5);
  EXPECT_EQ(flooded_text(flooded), "");
  flooded.take("CW", 1e-5, 3e-3);
  flooded.take("CL", 4e-5, 1e-3);
  add_flooded(object, flooded);
  EXPECT_EQ(object["flooding_sd"]["estimate"], 4e-5);
  EXPECT_EQ(object["flooding_sd"]["std_error"], 3e-3);
  EXPECT_THAT(flooded_text(flooded), HasSubstr("standard errors within 0.6 % of themselves (CW)"));
  EXPECT_THAT(flooded_text(flooded), Not(HasSubstr("estimates")));
  flooded.take("ward", std::nan(""), 0);
  EXPECT_THAT(flooded_text(flooded), HasSubstr("(ward), standard errors"));
}

}  // namespace
}  // namespace mc::query
