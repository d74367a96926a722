// SPDX-License-Identifier: Apache-2.0
#include "query/plan/survival_plan.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/trial.hpp"

namespace mc::query {
namespace {

using testing::trial_plan;

PlanSurvival sample_survival() {
  PlanSurvival survival;
  survival.formula = "Surv(t, d) ~ g";
  survival.options = {ConfidenceType::kLogLog, 0.9, Ties::kBreslow};
  survival.times = {1, 2.5, 7};
  survival.beyond = true;
  survival.strata = {"g=0", "g=1"};
  survival.terms = {"g"};
  survival.covariates = {{0}, {1}};
  return survival;
}

Bytes written_survival(const PlanSurvival& survival) {
  Writer writer;
  write_survival(writer, survival);
  return std::move(writer).bytes();
}

std::string survival_refusal(const PlanSurvival& survival) {
  const Bytes bytes = written_survival(survival);
  Reader reader(bytes, "plan");
  const auto read = read_survival(reader);
  return read ? "" : read.error().message.substr(0, read.error().message.find(" at byte"));
}

TEST(PlanSurvival, ReadsBackAsItWasWritten) {
  const Bytes bytes = written_survival(sample_survival());
  Reader reader(bytes, "plan");
  EXPECT_EQ(read_survival(reader).value_or_stop(), sample_survival());
  EXPECT_TRUE(reader.finish());
}

TEST(PlanSurvival, EveryTruncationIsRefused) {
  const Bytes bytes = written_survival(sample_survival());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Reader reader(ByteView(bytes).first(size), "plan");
    EXPECT_FALSE(read_survival(reader)) << size;
  }
}

TEST(PlanSurvival, WhatCannotBeMeantIsRefused) {
  const std::function<void(PlanSurvival&)> changes[] = {
      [](PlanSurvival& s) { s.times = {}; },
      [](PlanSurvival& s) {
        s.times = {1, 1};
      },
      [](PlanSurvival& s) { s.times = {std::numeric_limits<double>::infinity()}; },
      [](PlanSurvival& s) { s.strata = {}, s.covariates = {}; },
      [](PlanSurvival& s) { s.options.conf_int = 1; },
      [](PlanSurvival& s) { s.options.conf_int = std::numeric_limits<double>::quiet_NaN(); },
      [](PlanSurvival& s) { s.options.ties = static_cast<Ties>(2); },
      [](PlanSurvival& s) { s.options.conf_type = static_cast<ConfidenceType>(3); },
      [](PlanSurvival& s) { s.covariates[1] = {std::numeric_limits<double>::quiet_NaN()}; },
      [](PlanSurvival& s) { s.terms.push_back("h"); },
  };
  for (const auto& change : changes) {
    PlanSurvival survival = sample_survival();
    change(survival);
    EXPECT_NE(survival_refusal(survival), "");
  }
  EXPECT_EQ(survival_refusal(sample_survival()), "");
}

TEST(SurvivalPlan, StrataAndEventAreMultipliedOncePerBlockAndEachTimeCostsOneProductMore) {
  const Plan plan = trial_plan("SELECT kaplan_meier('Surv(days, dead) ~ arm') FROM trial");
  const PlanCost cost = cost_of(plan);
  EXPECT_EQ(plan.depth, 2u);
  EXPECT_EQ(cost.features, 2u + 1 + 1 + 5);        // two arms, event, everybody for n, five times
  EXPECT_EQ(cost.relinearisations_per_block, 4u);  // of each arm, with and without an event
  // Everybody; the persons of each arm; per time and arm, events and censorings.
  EXPECT_EQ(plan.moments.size(), 1u + 2 + 2 * 2 * 5);
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
  EXPECT_TRUE(check_recompiles(plan, testing::trial_schema(), limb_budget("standard").value_or_stop()));
}

TEST(SurvivalPlan, NobodyIsBeyondATimeAtTheEndOfTheRange) {
  data::Schema schema = testing::trial_schema();
  schema.columns[0].times.push_back(60);
  const Plan plan = compile("SELECT kaplan_meier('Surv(days, dead) ~ 1') FROM trial", schema, "trial",
                            limb_budget("standard").value_or_stop())
                        .value_or_stop();
  EXPECT_FALSE(plan.items[0].survival->beyond);
  EXPECT_EQ(plan.items[0].sums, 1u + 2 * 6);
}

TEST(SurvivalPlan, ExplainSaysWhatIsReleased) {
  const std::string text = explain(trial_plan("SELECT kaplan_meier('Surv(days, dead) ~ 1') AS km FROM trial"),
                                   limb_budget("standard").value_or_stop());
  EXPECT_NE(
      text.find("km = Kaplan and Meier's table of Surv(days, dead) ~ 1 at 5 times from 10 to 50, from each "
                "stratum's persons, and the events and censorings after the time before each: S0 to S10, of all\n"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("  S3 = sum of (dead/value * (days/after/10 - days/after/20))\n"), std::string::npos) << text;
}

// Too many factors for the counts, or too many counts: sex and hormones and two grades of something are a usual
// question.
TEST(SurvivalPlan, CoxOfMoreCategoriesThanCanBeCountedIsTrained) {
  const Plan counted = trial_plan("SELECT cox('Surv(days, dead) ~ arm + grade') FROM trial");
  EXPECT_FALSE(counted.training);
  // More factors than two products in sequence take are refreshed, and counted still.
  const Plan deep = trial_plan("SELECT cox('Surv(days, dead) ~ arm + grade + status') FROM trial");
  EXPECT_FALSE(deep.training);
  EXPECT_FALSE(deep.computed.empty());
  EXPECT_TRUE(check_recompiles(deep, testing::trial_schema(), limb_budget("standard").value_or_stop()));
  data::Schema schema = testing::trial_schema();
  schema.columns[0].maximum = 1000;
  schema.columns[0].times.clear();
  for (int i = 1; i <= 700; ++i) schema.columns[0].times.push_back(i);
  const auto many = compile("SELECT cox('Surv(days, dead) ~ factor(grade)') FROM trial", schema, "trial",
                            limb_budget("standard").value_or_stop());
  ASSERT_TRUE(many) << many.error().message;
  ASSERT_TRUE(many->training && many->training->is_cox());
  EXPECT_EQ(many->items[0].model->terms, (std::vector<std::string>{"factor(grade)2", "factor(grade)3"}));
  EXPECT_TRUE(check_recompiles(*many, schema, limb_budget("standard").value_or_stop()));
  // Several answers in one question are what counts alone can give, and the refusal stays.
  EXPECT_FALSE(compile("SELECT count(*), cox('Surv(days, dead) ~ factor(grade)') FROM trial", schema, "trial",
                       limb_budget("standard").value_or_stop()));
}

TEST(SurvivalPlan, MoreSumsThanOneReleaseHoldsSayWhatWouldFit) {
  data::Schema schema = testing::trial_schema();
  schema.columns[0].maximum = 1000;
  schema.columns[0].times.clear();
  for (int i = 1; i <= 700; ++i) schema.columns[0].times.push_back(i);
  const auto plan = compile("SELECT kaplan_meier('Surv(days, dead) ~ factor(grade)') FROM trial", schema, "trial",
                            limb_budget("standard").value_or_stop());
  ASSERT_FALSE(plan);
  EXPECT_EQ(
      plan.error().message,
      "1:8: kaplan_meier tells apart 3 groups at 700 times, two sums each, and at most 4096 sums are released by one "
      "query; ask for fewer groups, or declare a coarser grid of times in the dictionary");
}

}  // namespace
}  // namespace mc::query
