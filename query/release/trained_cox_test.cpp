// SPDX-License-Identifier: Apache-2.0
#include "query/release/trained_cox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/release/logistic_model.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/reading.hpp"
#include "query/testing/trial.hpp"

namespace mc::query {
namespace {

using ::testing::HasSubstr;
using testing::kTrainingReading;
using ::testing::Not;

Plan cox_plan(const std::string& item) {
  return testing::trial_plan("SELECT " + item + " FROM trial");
}

/// What a run would release whose columns are in the units of the plan and that ends, after a step of `step`, at these
/// coefficients and variances in the basis that is trained.
std::vector<double> cox_values(const Plan& plan, const std::vector<double>& beta, const std::vector<double>& variances,
                               double step, double placed = 151, double events = 151) {
  const std::size_t d = beta.size();
  std::vector<double> values = beta;
  for (double& value : values) value -= step;
  for (std::size_t i = 0; i < d; ++i) values.push_back(step / variances[i]);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = i; j < d; ++j) values.push_back(i == j ? 1 / variances[i] : 0.0);
  }
  values.insert(values.end(), d, 1.0);
  for (const double sum : {213.0, 228.0, events}) values.push_back(sum);
  if (plan.training->efron) values.push_back(placed);
  const std::vector<double> units = training_units(*plan.training, kTrainingReading.slot_count);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] /= units[i];
  return values;
}

ModelCell cox_cell(const Plan& plan, const std::vector<double>& means) {
  return std::get<ModelCell>(finish_training(plan, means, kTrainingReading).value_or_stop().rows.at(0).at(0));
}

TEST(TrainedCox, HazardRatiosComeBackInTheRecordsUnits) {
  const Plan plan = cox_plan("cox('Surv(days, dead) ~ age + arm', ties => 'breslow', conf_int => 0.9)");
  ASSERT_TRUE(plan.training && plan.training->is_cox());
  const double half_width = plan.items[0].model->columns[0].front().coefficient;
  const ModelCell cell = cox_cell(plan, cox_values(plan, {0.5, -0.4}, {0.04, 0.09}, 1e-6));
  const auto model = nlohmann::json::parse(cell->json);
  EXPECT_EQ(model["model"], "cox");
  EXPECT_EQ(model["n"], 213);
  EXPECT_EQ(model["n_missing"], 15);
  EXPECT_EQ(model["events"], 151);
  EXPECT_EQ(model["converged"], true);
  EXPECT_EQ(model["ties"], "breslow");
  const auto& age = model["coefficients"][0];
  EXPECT_EQ(age["term"], "age");
  EXPECT_NEAR(age["estimate"].get<double>(), 0.5 / half_width, 1e-12);
  EXPECT_NEAR(age["std_error"].get<double>(), 0.2 / half_width, 1e-12);
  EXPECT_NEAR(age["z"].get<double>(), 2.5, 1e-9);
  EXPECT_NEAR(age["ci_high"].get<double>(), std::exp((0.5 + 1.6448536269514722 * 0.2) / half_width), 1e-9);
  EXPECT_NEAR(model["coefficients"][1]["hazard_ratio"].get<double>(), std::exp(-0.4), 1e-9);
  EXPECT_NEAR(model["wald"]["chisq"].get<double>(), 0.25 / 0.04 + 0.16 / 0.09, 1e-9);
  EXPECT_EQ(model["wald"]["df"], 2);
  EXPECT_THAT(cell->text, HasSubstr("exp(coef)"));
  EXPECT_THAT(cell->picture, HasSubstr("<svg"));
}

// Coefficients, scores and information of columns that were multiplied by 4 and by 1/2.
TEST(TrainedCox, UnitsOfTheirOwnAreTakenAway) {
  const Plan plan = cox_plan("cox('Surv(days, dead) ~ age + arm', ties => 'breslow')");
  const std::vector<double> plain = cox_values(plan, {0.5, -0.4}, {0.04, 0.09}, 0);
  std::vector<double> means = plain;
  constexpr std::array kFactors{4.0, 0.5};
  for (std::size_t j = 0; j < 2; ++j) {
    means[j] /= kFactors[j];
    means[2 + j] *= kFactors[j];
    means[7 + j] = kFactors[j];
  }
  means[4] *= 16;
  means[6] *= 0.25;
  const auto wanted = nlohmann::json::parse(cox_cell(plan, plain)->json);
  const auto found = nlohmann::json::parse(cox_cell(plan, means)->json);
  for (const std::size_t j : {0u, 1u}) {
    for (const char* const what : {"estimate", "std_error", "z"}) {
      EXPECT_NEAR(found["coefficients"][j][what].get<double>(), wanted["coefficients"][j][what].get<double>(), 1e-9);
    }
  }
  EXPECT_NEAR(found["wald"]["chisq"].get<double>(), wanted["wald"]["chisq"].get<double>(), 1e-9);
}

TEST(TrainedCox, NearlyCollinearTermsAreNamed) {
  const Plan plan = cox_plan("cox('Surv(days, dead) ~ age + arm', ties => 'breslow')");
  std::vector<double> means = cox_values(plan, {0.5, -0.4}, {0.04, 0.04}, 0);
  EXPECT_FALSE(nlohmann::json::parse(cox_cell(plan, means)->json).contains("collinear"));
  means[5] = 0.9999 * means[4];
  const ModelCell cell = cox_cell(plan, means);
  const auto collinear = nlohmann::json::parse(cell->json)["collinear"];
  ASSERT_EQ(collinear.size(), 1u);
  EXPECT_EQ(collinear[0]["term"], "armB");
  EXPECT_EQ(collinear[0]["with"], "age");
  EXPECT_NEAR(collinear[0]["correlation"].get<double>(), 0.9999, 1e-6);
  EXPECT_THAT(cell->text, HasSubstr("armB is nearly collinear (with age: correlation 0.9999"));
}

TEST(TrainedCox, TiesAreEfronsUnlessBreslowsAreAskedFor) {
  const Plan plan = cox_plan("cox('Surv(days, dead) ~ age')");
  ASSERT_TRUE(plan.training->efron);
  EXPECT_EQ(plan.answer_count(), 2 * 1u + 1 + 1 + kCoxSums + 1);
  const ModelCell cell = cox_cell(plan, cox_values(plan, {0.5}, {0.04}, 1e-6));
  const auto model = nlohmann::json::parse(cell->json);
  EXPECT_EQ(model["ties"], "efron");
  EXPECT_EQ(model["ties_max"], tied_events_max(plan.training->times(), kTrainingReading.slot_count));
  EXPECT_EQ(model["ties_beyond"], 0);
  EXPECT_EQ(model["events"], 151);
  EXPECT_THAT(cell->text, HasSubstr("ties by efron"));
  EXPECT_THAT(cell->text, Not(HasSubstr("at one time")));
  EXPECT_FALSE(cox_plan("cox('Surv(days, dead) ~ age', ties => 'breslow')").training->efron);
}

TEST(TrainedCox, SaysWhenATimeHasMoreEventsThanAreToldApart) {
  const Plan plan = cox_plan("cox('Surv(days, dead) ~ age')");
  const ModelCell cell = cox_cell(plan, cox_values(plan, {0.5}, {0.04}, 1e-6, 139.0001));
  EXPECT_EQ(nlohmann::json::parse(cell->json)["ties_beyond"], 12);
  EXPECT_THAT(cell->text, HasSubstr("(12 events beyond "));
  EXPECT_THAT(cell->text, HasSubstr(" at one time: "));
}

TEST(TrainedCox, AStepOfATenthOfAStandardErrorIsNoConvergence) {
  const Plan plan = cox_plan("cox('Surv(days, dead) ~ age', ties => 'breslow')");
  const ModelCell cell = cox_cell(plan, cox_values(plan, {0.5}, {0.04}, 0.02));
  EXPECT_EQ(nlohmann::json::parse(cell->json)["converged"], false);
  EXPECT_THAT(cell->text, HasSubstr("NOT converged"));
}

// Of two events a standard error was off by 4.5e-3 of itself, which a step of 6.5e-3 was taken to have arrived with.
TEST(TrainedCox, OfFewEventsTheLastStepHasToBeSmaller) {
  const Plan plan = cox_plan("cox('Surv(days, dead) ~ age', ties => 'breslow')");
  const auto has_converged = [&](double step, double events) {
    const ModelCell cell = cox_cell(plan, cox_values(plan, {0.5}, {0.04}, step * 0.2, 151, events));
    return nlohmann::json::parse(cell->json)["converged"].get<bool>();
  };
  EXPECT_TRUE(has_converged(4e-3, 151));
  EXPECT_FALSE(has_converged(6e-3, 151));
  EXPECT_FALSE(has_converged(4e-3, 4));
  EXPECT_TRUE(has_converged(1.5e-3, 4));
  EXPECT_TRUE(has_converged(0.9e-3, 1));
}

TEST(TrainedCox, AGroupWithoutEventsRunsToInfinityAndIsNotCalledSingular) {
  const Plan plan = cox_plan("cox('Surv(days, dead) ~ age + arm', ties => 'breslow')");
  const ModelCell cell = cox_cell(plan, cox_values(plan, {0.5, -9}, {0.04, 1e7}, 0));
  const auto model = nlohmann::json::parse(cell->json);
  EXPECT_EQ(model["separated"], nlohmann::json({"armB"}));
  EXPECT_EQ(model["aliased"].size(), 0u);
  EXPECT_EQ(model["converged"], false);
  EXPECT_THAT(cell->text, HasSubstr("run to infinity (armB)"));
  const ModelCell away = cox_cell(plan, cox_values(plan, {1e9, -9}, {0.04, 0.01}, 0));
  EXPECT_TRUE(nlohmann::json::parse(away->json)["coefficients"][0]["estimate"].is_null());
  EXPECT_THAT(away->text, HasSubstr("NOT converged"));
}

// Of a column in which the time itself stood z was -16.8 and p 4e-63 after ten iterations, with a last step of four
// standard errors.
TEST(TrainedCox, APredictorThatTellsWhenEventsComeHadPValues) {
  const Plan plan = cox_plan("cox('Surv(days, dead) ~ age + arm', ties => 'breslow')");
  const ModelCell cell = cox_cell(plan, cox_values(plan, {-12, 0.4}, {0.25, 0.04}, -2));
  const auto model = nlohmann::json::parse(cell->json);
  EXPECT_EQ(model["separated"], nlohmann::json({"age"}));
  EXPECT_EQ(model["converged"], false);
  for (const auto& one : model["coefficients"]) EXPECT_TRUE(one["estimate"].is_null() && one["p"].is_null());
  EXPECT_TRUE(model["wald"]["chisq"].is_null() && model["wald"]["p"].is_null());
  EXPECT_EQ(model["digits"], 0);
  EXPECT_THAT(cell->text, HasSubstr("tell in which order events come, or nearly (age)"));
}

// It had converged, to fifteen digits of nothing.
TEST(TrainedCox, WithoutAnyEventNothingConverges) {
  const Plan plan = cox_plan("cox('Surv(days, dead) ~ age', ties => 'breslow')");
  const ModelCell cell = cox_cell(plan, cox_values(plan, {0}, {1e9}, 0, 0, 0));
  const auto model = nlohmann::json::parse(cell->json);
  EXPECT_EQ(model["events"], 0);
  EXPECT_EQ(model["converged"], false);
  EXPECT_EQ(model["digits"], 0);
  EXPECT_THAT(cell->text, HasSubstr("NOT converged: nobody who counts has the event"));
}

TEST(TrainedCox, ItsPlanReadsBackAndSaysWhoIsAtRiskWhen) {
  for (const std::string item : {"cox('Surv(days, dead) ~ age * arm')", "cox('Surv(days, dead) ~ age')"}) {
    const Plan efron = cox_plan(item);
    EXPECT_EQ(read_plan(canonical_bytes(efron)).value_or_stop(), efron);
    EXPECT_THAT(explain(efron, limb_budget("standard").value_or_stop()), HasSubstr("Cox's model with Efron's ties"));
  }
  const Plan plan = cox_plan("cox('Surv(days, dead) ~ age * arm', ties => 'breslow')");
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
  EXPECT_EQ(plan.answer_count(), 2 * 3u + 6 + 3 + kCoxSums);
  const std::vector<data::Column> columns = testing::trial_schema().columns;
  const auto days = std::ranges::find(columns, "days", &data::Column::name);
  ASSERT_NE(days, columns.end());
  EXPECT_EQ(plan.training->at_risk.size(), days->times.size() + (plan.training->beyond ? 1 : 0));
  EXPECT_THAT(explain(plan, limb_budget("standard").value_or_stop()), HasSubstr("Cox's model with Breslow's ties"));
}

}  // namespace
}  // namespace mc::query
