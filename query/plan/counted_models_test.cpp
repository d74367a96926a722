// SPDX-License-Identifier: Apache-2.0
#include "query/plan/counted_models.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/plan/partial_plan.hpp"
#include "query/release/guarded.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/trial.hpp"

namespace mc::query {
namespace {

using testing::counting_budget;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Plan> counted_model(const std::string& item, const std::string& rest = "") {
  return compile("SELECT " + item + " FROM trial" + rest, testing::trial_schema(), "trial", counting_budget());
}

std::string counted_refusal(const std::string& item) {
  const auto plan = counted_model(item);
  return plan ? "" : plan.error().message;
}

TEST(CountedModels, ALogisticRegressionIsCountedInEveryCombinationWhereNothingIsTrained) {
  const Plan plan = counted_model("logistic_regression('dead ~ arm * factor(grade)')").value_or_stop();
  ASSERT_TRUE(plan.items[0].outcomes);
  const PlanOutcomes& outcomes = *plan.items[0].outcomes;
  EXPECT_FALSE(plan.training);
  EXPECT_FALSE(plan.has_run());
  EXPECT_THAT(outcomes.strata, ElementsAre("arm=A, grade=1", "arm=A, grade=2", "arm=A, grade=3", "arm=B, grade=1",
                                           "arm=B, grade=2", "arm=B, grade=3"));
  EXPECT_THAT(outcomes.terms, ElementsAre("(Intercept)", "armB", "factor(grade)2", "factor(grade)3",
                                          "armB:factor(grade)2", "armB:factor(grade)3"));
  EXPECT_THAT(outcomes.covariates[4], ElementsAre(1, 1, 1, 0, 1, 0));
  EXPECT_EQ(plan.moments.size(), 13u) << "twelve counts, and who matches WHERE";
  EXPECT_THAT(explain(plan, counting_budget()), HasSubstr("in 6 combinations of categories: S1 to S12"));
  // The custodians see all of it first, and recompile it.
  EXPECT_EQ(count_moments(plan).size(), 13u);
  EXPECT_TRUE(
      check_recompiles(read_plan(canonical_bytes(plan)).value_or_stop(), testing::trial_schema(), counting_budget()));
  EXPECT_TRUE(check_guarded(plan));
}

TEST(CountedModels, AComparisonIsCountedOnBothSides) {
  const Plan plan = counted_model("logistic_regression('dead ~ I(age >= 50) + I(age > 70)')").value_or_stop();
  const PlanOutcomes& outcomes = *plan.items[0].outcomes;
  EXPECT_THAT(outcomes.strata, ElementsAre("age=[20,50)", "age=[50,70]", "age=(70,90]"));
  EXPECT_THAT(outcomes.covariates[1], ElementsAre(1, 1, 0));
  EXPECT_THAT(outcomes.covariates[2], ElementsAre(1, 1, 1));
  std::vector<std::string> judged;
  for (const PlanMargin& margin : outcomes.margins) judged.push_back(margin.name);
  EXPECT_THAT(judged, ElementsAre("age=[50,90]", "age=(70,90]", "age=[50,70]", "age=[20,50)"));
  EXPECT_TRUE(check_guarded(plan));
  // An offset needs the numbers themselves.
  EXPECT_THAT(counted_model("logistic_regression('dead ~ I(grade == 2) + offset(grade)')")
                  .value_or_stop()
                  .items[0]
                  .outcomes->strata,
              ElementsAre("grade=1", "grade=2", "grade=3"));
}

TEST(CountedModels, AThresholdThatNoDictionaryDeclaresIsComparedAsInWhere) {
  LimbBudget guarded = counting_budget();
  guarded.proven_starts = true;
  for (const std::string item :
       {"logistic_regression('dead ~ I(days > 17)')", "linear_regression('weight ~ I(days > 17)')",
        "cox('Surv(days, dead) ~ arm + I(weight == 80)')"}) {
    data::Schema schema = testing::trial_schema();
    schema.columns[6].step = 1;
    const auto plan = compile("SELECT " + item + " FROM trial", schema, "trial", guarded);
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_FALSE(plan->training);
    EXPECT_EQ(plan->comparisons.size(), item.starts_with("cox") ? 2u : 1u) << item;
    EXPECT_TRUE(check_guarded(*plan)) << item;
  }
  const Plan plan = counted_model("logistic_regression('dead ~ I(days > 17)')").value_or_stop();
  EXPECT_THAT(plan.items[0].outcomes->strata, ElementsAre("days=[0,18)", "days=[18,60]"));
  EXPECT_FALSE(check_guarded(plan)) << "its start is not proven";
}

TEST(CountedModels, AreTrainedWhereModelsAre) {
  const Plan plan = compile("SELECT logistic_regression('dead ~ arm') FROM trial", testing::trial_schema(), "trial",
                            limb_budget("standard").value_or_stop())
                        .value_or_stop();
  EXPECT_TRUE(plan.training);
  EXPECT_FALSE(check_recompiles(plan, testing::trial_schema(), counting_budget())) << "a custodian of another kind";
}

TEST(CountedModels, JudgedAreTheCategoriesThatACoefficientNamesAndTheReferences) {
  const Plan plan = counted_model("logistic_regression('dead ~ arm + factor(grade)')").value_or_stop();
  const std::vector<PlanMargin>& margins = plan.items[0].outcomes->margins;
  ASSERT_EQ(margins.size(), 5u);
  EXPECT_EQ(margins[0].name, "arm=B");
  EXPECT_THAT(margins[0].strata, ElementsAre(3, 4, 5));
  EXPECT_EQ(margins[1].name, "grade=2");
  EXPECT_THAT(margins[1].strata, ElementsAre(1, 4));
  EXPECT_EQ(margins[4].name, "grade=1");
  const Plan everybody = counted_model("logistic_regression('dead ~ 1')").value_or_stop();
  EXPECT_EQ(everybody.items[0].outcomes->margins, (std::vector<PlanMargin>{{"all", {0}}}));
}

TEST(CountedModels, NumbersOfCategoriesAreCovariatesAndOffsetsByTheirValue) {
  const Plan plan = counted_model("logistic_regression('dead ~ grade + I(grade^2) + offset(status)')").value_or_stop();
  const PlanOutcomes& outcomes = *plan.items[0].outcomes;
  EXPECT_EQ(outcomes.strata.size(), 6u);
  EXPECT_EQ(outcomes.strata[5], "grade=3, status=2");
  EXPECT_THAT(outcomes.covariates[5], ElementsAre(1, 3, 9));
  EXPECT_THAT(outcomes.offsets, ElementsAre(1, 2, 1, 2, 1, 2));
}

TEST(CountedModels, AMeasurementIsCutByFactor) {
  const Plan plan = counted_model("logistic_regression('dead ~ factor(age)')").value_or_stop();
  EXPECT_THAT(plan.items[0].outcomes->terms, ElementsAre("(Intercept)", "factor(age)[50,70)", "factor(age)[70,90]"));
  EXPECT_EQ(plan.items[0].outcomes->strata.size(), 3u);
}

TEST(CountedModels, WhoLacksAValueIsACombinationOfHerOwnWhereSheStays) {
  const PlanOutcomes outcomes = *counted_model("logistic_regression('dead ~ factor(grade)', missing => 'indicator')")
                                     .value_or_stop()
                                     .items[0]
                                     .outcomes;
  EXPECT_THAT(outcomes.strata, ElementsAre("grade=1", "grade=2", "grade=3", "grade=missing"));
  EXPECT_THAT(outcomes.terms, ElementsAre("(Intercept)", "factor(grade)2", "factor(grade)3", "missing(grade)"));
  EXPECT_THAT(outcomes.covariates[3], ElementsAre(1, 0, 0, 1));
  // Of a number the middle of its range counts.
  const PlanOutcomes numbers =
      *counted_model("logistic_regression('dead ~ grade', missing => 'indicator')").value_or_stop().items[0].outcomes;
  EXPECT_THAT(numbers.covariates[3], ElementsAre(1, 2, 1));
}

TEST(CountedModels, GroupsAndOtherItemsGoIntoOneQuestion) {
  const Plan plan =
      counted_model("arm, count(*), logistic_regression('dead ~ factor(grade)')", " GROUP BY arm").value_or_stop();
  EXPECT_EQ(plan.groups.size(), 2u);
  EXPECT_EQ(plan.moments.size(), 14u);
}

TEST(CountedModels, WhatCannotBeCountedIsRefusedWithWhatToDo) {
  EXPECT_THAT(counted_refusal("logistic_regression('dead ~ age + arm')"),
              HasSubstr("1:8: this commons trains no models, and counts logistic_regression in every combination of "
                        "categories; age is a measurement: factor(age) cuts it at its declared edges"));
  EXPECT_THAT(counted_refusal("logistic_regression('dead ~ weight')"),
              HasSubstr("weight is a measurement; leave it out"));
  EXPECT_THAT(counted_refusal("logistic_regression('dead ~ arm', weights => grade)"),
              HasSubstr("weights are not offered"));
  EXPECT_THAT(counted_refusal("logistic_regression('dead ~ arm + offset(age)')"),
              HasSubstr("age is a measurement; leave it"));
}

TEST(CountedModels, TooManyCombinationsAreRefusedWithHowManyThereAre) {
  data::Schema schema = testing::trial_schema();
  std::string formula = "dead ~ 1";
  for (int i = 0; i < 6; ++i) {
    const std::string name = "c" + std::to_string(i);
    schema.columns.push_back(testing::text(name, true, {"a", "b", "c", "d"}));
    formula += " + " + name;
  }
  const auto refused = [&](const std::string& of) {
    const auto plan =
        compile("SELECT logistic_regression('" + of + "') FROM trial", schema, "trial", counting_budget());
    return plan ? "" : plan.error().message;
  };
  EXPECT_THAT(refused(formula), HasSubstr("these have 4096, and at most 4096 sums are released by one query"));
  EXPECT_EQ(refused("dead ~ c0 + c1 + c2 + c3 + c4"), "");
}

}  // namespace
}  // namespace mc::query
