// SPDX-License-Identifier: Apache-2.0
#include "query/plan/outcome_plan.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "query/testing/plan_part.hpp"

namespace mc::query {
namespace {

PlanOutcomes sample_outcomes() {
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

Bytes written_outcomes(const PlanOutcomes& outcomes) {
  return testing::written<write_outcomes>(outcomes);
}
constexpr auto reread_outcomes = testing::reread<read_outcomes>;

TEST(PlanOutcomes, ReadBackAsTheyWereWritten) {
  EXPECT_EQ(reread_outcomes(written_outcomes(sample_outcomes())).value_or_stop(), sample_outcomes());
  PlanOutcomes without = sample_outcomes();
  without.offsets = {};
  EXPECT_EQ(reread_outcomes(written_outcomes(without)).value_or_stop(), without);
}

TEST(PlanOutcomes, CutOffOrDamagedTheyAreRefusedOrOthers) {
  testing::expect_truncations_refused<read_outcomes>(written_outcomes(sample_outcomes()));
  PlanOutcomes without = sample_outcomes();
  without.offsets = {};
  for (const PlanOutcomes& outcomes : {sample_outcomes(), without}) {
    testing::expect_damage_refused_or_kept<read_outcomes, write_outcomes>(written_outcomes(outcomes));
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
    PlanOutcomes outcomes = sample_outcomes();
    change(outcomes);
    EXPECT_FALSE(reread_outcomes(written_outcomes(outcomes)));
  }
}

}  // namespace
}  // namespace mc::query
