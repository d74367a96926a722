// SPDX-License-Identifier: Apache-2.0
#include "query/release/hidden_in_column.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "query/plan/compile.hpp"
#include "query/testing/scores_in_the_clear.hpp"

namespace mc::query {
namespace {

constexpr Hidden kSealed{0.5, 8, 1};

Plan plan_of(std::string_view sql) {
  return compile(sql, testing::clinic_with_steps(), "clinic", limb_budget("standard").value_or_stop()).value_or_stop();
}

std::uint32_t most_factors(std::string_view sql) {
  const Plan plan = plan_of(sql);
  std::uint32_t most = 0;
  for (const NodeId id : plan.moments) most = std::max(most, hidden_in_nodes(plan, kSealed)[id.value].factors);
  return most;
}

TEST(HiddenInColumn, AProductMultipliesErrorsByTheOthersValues) {
  const Hidden product = Hidden{0.5, 8, 1} * Hidden{0.25, 4, 2};
  EXPECT_EQ(product.error, 0.5 * 4 + 8 * 0.25 + 0.5 * 0.25);
  EXPECT_EQ(product.message, 32);
  EXPECT_EQ(product.factors, 3u);
  Hidden sum = product;
  add(sum, -2, kSealed);
  EXPECT_EQ(sum.error, product.error + 1);
  EXPECT_EQ(sum.message, 48);
  EXPECT_EQ(sum.factors, 3u);
}

TEST(HiddenInColumn, FactorsAreSealedColumnsThatASumMultiplies) {
  EXPECT_EQ(most_factors("SELECT count(*) FROM clinic"), 1u);
  EXPECT_EQ(most_factors("SELECT sum(age) FROM clinic WHERE death"), 2u);
  EXPECT_EQ(most_factors("SELECT sum(age) FROM clinic WHERE death AND sex = 'F'"), 3u);
  EXPECT_EQ(most_factors("SELECT stddev_samp(age) FROM clinic WHERE death AND sex = 'F'"), 4u);
  EXPECT_EQ(most_factors("SELECT sum($w * age) FROM clinic WHERE death"), 2u) << "what the committee forced is none";
}

// A refresh keeps errors, and what multiplied them: as one column of an owner's they would look like less.
TEST(HiddenInColumn, ColumnsThatAreComputedFirstCountWithAllThatTheyAreMadeOf) {
  EXPECT_EQ(
      most_factors("SELECT sum(age) FROM clinic WHERE death AND sex = 'F' AND diabetes AND nyha = 1 AND bmi >= 25"),
      6u);
  EXPECT_GE(most_factors("SELECT avg(risk_score('m', '0.1 * bmi + 0.2 * age:diabetes')) FROM clinic"), 3u)
      << "age, diabetes, and who has a score";
  EXPECT_EQ(most_factors("SELECT count(*) FROM clinic WHERE bmi > 24.37"), kFactorsUnbounded);
}

// One of a pair may stand behind the other one's product.
TEST(HiddenInColumn, WhatGoesBesideAColumnCountsWithIt) {
  const Plan plan = plan_of("SELECT chisq_test(sex, smoker) FROM clinic");
  const std::vector<Hidden> hidden = hidden_in_nodes(plan, kSealed);
  double most = 0;
  for (const NodeId id : plan.moments) most = std::max(most, hidden[id.value].message);
  EXPECT_EQ(most, 8.0 * 16) << "two categories beside each other, times a third column";
}

}  // namespace
}  // namespace mc::query
