// SPDX-License-Identifier: Apache-2.0
#include "query/plan/outcome_plan.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "query/testing/plan_part.hpp"

namespace mc::query {
namespace {

PlanOutcomes sample() {
  PlanOutcomes outcomes;
  outcomes.formula = "d ~ g + offset(o)";
  outcomes.intercept = true;
  outcomes.ridge = 0.5;
  outcomes.strata = {"g=0, o=1", "g=1, o=1"};
  outcomes.terms = {"(Intercept)", "g"};
  outcomes.covariates = {{1, 0.5}, {1, 1}};
  outcomes.offsets = {1, 1};
  outcomes.margins = {{"g=1", {1}}, {"g=0", {0}}};
  return outcomes;
}

Bytes written(const PlanOutcomes& outcomes) {
  return testing::written<write_outcomes>(outcomes);
}
constexpr auto reread = testing::reread<read_outcomes>;

TEST(PlanOutcomes, ReadBackAsTheyWereWritten) {
  EXPECT_EQ(reread(written(sample())).value_or_stop(), sample());
  PlanOutcomes without = sample();
  without.offsets = {};
  EXPECT_EQ(reread(written(without)).value_or_stop(), without);
}

TEST(PlanOutcomes, CutOffOrDamagedTheyAreRefusedOrOthers) {
  testing::expect_truncations_refused<read_outcomes>(written(sample()));
  PlanOutcomes without = sample();
  without.offsets = {};
  for (const PlanOutcomes& outcomes : {sample(), without}) {
    testing::expect_damage_refused_or_kept<read_outcomes, write_outcomes>(written(outcomes));
  }
}

TEST(PlanOutcomes, WhatCannotBeMeantIsRefused) {
  const std::function<void(PlanOutcomes&)> changes[] = {
      [](PlanOutcomes& o) { o.ridge = -1; },
      [](PlanOutcomes& o) { o.ridge = std::numeric_limits<double>::quiet_NaN(); },
      [](PlanOutcomes& o) { o.covariates[1][0] = 0; },
      [](PlanOutcomes& o) { o.offsets[0] = std::numeric_limits<double>::infinity(); },
      [](PlanOutcomes& o) { o.margins = {}; },
      [](PlanOutcomes& o) { o.margins[0].strata = {}; },
      [](PlanOutcomes& o) { o.margins[0].strata = {2}; },
      [](PlanOutcomes& o) {
        o.margins[0].strata = {1, 0};
      },
      [](PlanOutcomes& o) {
        o.margins[0].strata = {0, 0};
      },
  };
  for (const auto& change : changes) {
    PlanOutcomes outcomes = sample();
    change(outcomes);
    EXPECT_FALSE(reread(written(outcomes)));
  }
}

}  // namespace
}  // namespace mc::query
