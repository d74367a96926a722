// SPDX-License-Identifier: Apache-2.0
#include "query/release/hidden_in_column.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

#include "query/plan/compile.hpp"
#include "query/testing/scores_in_the_clear.hpp"

namespace mc::query {
namespace {

constexpr Hidden kSealed{0.5, 8, 1};

Plan hiding_plan(std::string_view sql) {
  return compile(sql, testing::clinic_with_steps(), "clinic", limb_budget("standard").value_or_stop()).value_or_stop();
}

std::uint32_t most_factors(std::string_view sql) {
  const Plan plan = hiding_plan(sql);
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

Plan proven_plan_of(std::string_view sql) {
  LimbBudget budget = limb_budget("standard").value_or_stop();
  budget.proven_starts = true;
  return compile(sql, testing::clinic_with_steps(), "clinic", budget).value_or_stop();
}

TEST(HiddenInColumn, AProvenComparisonIsAtMostOneAndHidesAboutWhatTwoColumnsDo) {
  const Hidden sealed{1, std::exp2(18.67), 1};
  const auto of = [&](std::string_view sql) {
    const Plan plan = proven_plan_of(sql);
    return hidden_in_columns(plan, sealed).at(plan.comparisons.at(0).handle);
  };
  const Hidden age = of("SELECT count(*) FROM clinic WHERE age > 57.3");
  EXPECT_EQ(age.message, 1);
  EXPECT_EQ(age.factors, 2u);
  EXPECT_GT(age.error, 2 * sealed.message) << "more than two columns";
  EXPECT_LT(age.error * sealed.message, 0x1p10 * 3 * std::pow(sealed.message, 2))
      << "with one more, not much above three";
  data::Schema fine = testing::clinic_with_steps();
  fine.columns[1].step = 0.0005;
  LimbBudget budget = limb_budget("standard").value_or_stop();
  budget.proven_starts = true;
  const Plan finest = compile("SELECT count(*) FROM clinic WHERE bmi > 27.4", fine, "clinic", budget).value_or_stop();
  const Hidden narrow = hidden_in_columns(finest, sealed).at(finest.comparisons.at(0).handle);
  EXPECT_EQ(narrow.factors, 4u) << "three, and who has one";
  EXPECT_LT(narrow.error, 1.1 * 3 * std::pow(sealed.message, 3)) << "as three sealed ones at most, times who has one";
  const Hidden bmi = of("SELECT count(*) FROM clinic WHERE bmi > 27.4");
  EXPECT_EQ(bmi.message, sealed.message) << "times who has one";
  EXPECT_EQ(bmi.factors, 3u);
}

// A distance between two values is multiplied by no more than `steepness` says, wherever stages fold.
TEST(HiddenInColumn, NoDistanceGrowsByMoreThanTheSteepnessOfStages) {
  std::mt19937_64 random(3);
  const PlanComparison comparison = proven_plan_of("SELECT count(*) FROM clinic WHERE age > 57.3").comparisons.at(0);
  const double most = std::log2(steepness(comparison));
  double steepest = 0;
  for (int i = 0; i < 200'000; ++i) {
    // At random, and so that after some stages the value is 1 or near it, from where it folds back to the threshold.
    long double x = std::exp2(-std::uniform_real_distribution<double>(0, 46)(random));
    if (i % 2 == 0) {
      x = 1 - x;
      const std::size_t folds = static_cast<std::size_t>(i) / 2 % comparison.stages.size();
      for (std::size_t k = folds; k-- > 0;) {  // the small preimage, by Newton
        const CubicStage& stage = comparison.stages[k];
        long double y = 0;
        for (int n = 0; n < 60; ++n) {
          y -= (y * (stage.linear - stage.cubic * y * y) - x) / (stage.linear - 3 * stage.cubic * y * y + 1e-12L);
        }
        x = y;
      }
    }
    double log2 = 0;
    for (const CubicStage& stage : comparison.stages) {
      log2 += std::log2(static_cast<double>(std::fabs(stage.linear - 3 * stage.cubic * x * x)));
      x = x * (stage.linear - stage.cubic * x * x);
    }
    steepest = std::max(steepest, log2);
  }
  std::printf("steepest 2^%.1f, counted 2^%.1f\n", steepest, most);
  EXPECT_LE(steepest, most);
  EXPECT_GT(steepest, most - 3);
}

// One of a pair may stand behind the other one's product.
TEST(HiddenInColumn, WhatGoesBesideAColumnCountsWithIt) {
  const Plan plan = hiding_plan("SELECT chisq_test(sex, smoker) FROM clinic");
  const std::vector<Hidden> hidden = hidden_in_nodes(plan, kSealed);
  double most = 0;
  for (const NodeId id : plan.moments) most = std::max(most, hidden[id.value].message);
  EXPECT_EQ(most, 8.0 * 16) << "two categories beside each other, times a third column";
}

}  // namespace
}  // namespace mc::query
