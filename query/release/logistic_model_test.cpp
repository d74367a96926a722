// SPDX-License-Identifier: Apache-2.0
#include "query/release/logistic_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/reading.hpp"

namespace mc::query {
namespace {

using ::testing::HasSubstr;
using testing::kTrainingReading;

Plan logistic_plan(const std::string& formula) {
  return testing::clinic_plan("SELECT logistic_regression('" + formula + "') FROM clinic");
}

// 800 cases of 850 asked, 200 events, deviance 2 (380 - 0): the sum of residuals follows from the score.
const std::vector<double> kOrdinarySums = {800.0, 850.0, 800.0, -200.0, 380.0, -30.0};

// What a run would release that ends, after a step of `step`, at these coefficients and covariances in the basis that
// is trained.
std::vector<double> logistic_values(const Plan& plan, const std::vector<double>& beta,
                                    const std::vector<double>& variances, double step,
                                    const std::vector<double>& sums = kOrdinarySums) {
  const std::size_t d = beta.size();
  const std::vector<double> units = training_units(*plan.training, kTrainingReading.slot_count);
  std::vector<double> values = beta;
  for (double& value : values) value -= step;
  for (std::size_t i = 0; i < d; ++i) values.push_back(step / variances[i]);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = i; j < d; ++j) values.push_back(i == j ? 1 / variances[i] : 0.0);
  }
  values.insert(values.end(), sums.begin(), sums.end());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] /= units[i];
  return values;
}

nlohmann::json logistic_json(const Plan& plan, const std::vector<double>& means) {
  const ResultTable table = finish_training(plan, means, kTrainingReading).value_or_stop();
  return nlohmann::json::parse(std::get<ModelCell>(table.rows.at(0).at(0))->json);
}

TEST(LogisticModel, CoefficientsComeBackInTheRecordsUnits) {
  const Plan plan = logistic_plan("death ~ age");
  // z = 0.3 + 1.2 x' with x' = (age - 60) / 60.
  const auto model = logistic_json(plan, logistic_values(plan, {0.3, 1.2}, {0.04, 0.09}, 1e-6));
  EXPECT_EQ(model["model"], "logistic_regression");
  EXPECT_EQ(model["n"], 800);
  EXPECT_EQ(model["n_missing"], 50);
  EXPECT_EQ(model["events"], 200);
  EXPECT_EQ(model["converged"], true);
  EXPECT_NEAR(model["deviance"].get<double>(), 760 - 2 * (0.3e-6 / 0.04 + 1.2e-6 / 0.09), 1e-8);
  EXPECT_NEAR(model["null_deviance"].get<double>(), -2 * (200 * std::log(0.25) + 600 * std::log(0.75)), 1e-6);
  const auto& intercept = model["coefficients"][0];
  const auto& age = model["coefficients"][1];
  EXPECT_EQ(age["term"], "age");
  EXPECT_NEAR(age["estimate"].get<double>(), 0.02, 1e-12);
  EXPECT_NEAR(age["std_error"].get<double>(), 0.3 / 60, 1e-12);
  EXPECT_NEAR(age["z"].get<double>(), 4, 1e-9);
  EXPECT_NEAR(age["p"].get<double>(), 6.334248366623973e-05, 1e-15);
  EXPECT_NEAR(age["odds_ratio"].get<double>(), std::exp(0.02), 1e-12);
  EXPECT_NEAR(age["ci_low"].get<double>(), std::exp(0.02 - 1.959963984540054 * 0.005), 1e-12);
  EXPECT_NEAR(intercept["estimate"].get<double>(), 0.3 - 1.2, 1e-12);
  EXPECT_NEAR(intercept["std_error"].get<double>(), std::sqrt(0.04 + 0.09), 1e-12);
}

// It was that without the offset, which glm's is not: glm fits the intercept to the offset once more.
TEST(LogisticModel, TheNullDevianceOfAModelWithAnOffsetIsASecondModels) {
  const auto two = logistic_plan("death ~ age + offset(bmi)");
  EXPECT_TRUE(logistic_json(two, logistic_values(two, {0.3, 1.2}, {0.04, 0.09}, 1e-6))["null_deviance"].is_null());
  const auto one = logistic_plan("death ~ 1 + offset(bmi)");
  const auto model = logistic_json(one, logistic_values(one, {0.3}, {0.04}, 1e-6));
  EXPECT_EQ(model["null_deviance"], model["deviance"]);
}

TEST(LogisticModel, AStepOfATenthOfAStandardErrorIsNoConvergence) {
  const Plan plan = logistic_plan("death ~ age");
  const auto means = logistic_values(plan, {0.3, 1.2}, {0.04, 0.09}, 0.03);
  EXPECT_EQ(logistic_json(plan, means)["converged"], false);
  const ResultTable table = finish_training(plan, means, kTrainingReading).value_or_stop();
  EXPECT_THAT(std::get<ModelCell>(table.rows[0][0])->text, HasSubstr("NOT converged"));
}

TEST(LogisticModel, AColumnThatFollowsFromEarlierOnesIsNAAndTheOthersTakeItsEffect) {
  const Plan plan = logistic_plan("death ~ age + sex + diabetes");
  // Column 2 = 1 - column 1 in everything that the information says: x2 = x0 - x1.
  std::vector<double> means = logistic_values(plan, {0.3, 1.2, 0.5, -0.2}, {0.01, 0.02, 0.02, 0.05}, 0);
  const std::vector<double> units = training_units(*plan.training, kTrainingReading.slot_count);
  const double h00 = 100, h01 = 30, h11 = 40, h33 = 20;
  const double information[] = {h00, h01, h00 - h01, 0, h11, h01 - h11, 0, h00 - 2 * h01 + h11, 0, h33};
  for (std::size_t i = 0; i < 10; ++i) means[8 + i] = information[i] / units[8 + i];
  const auto model = logistic_json(plan, means);
  EXPECT_EQ(model["aliased"].size(), 1u);
  EXPECT_TRUE(model["coefficients"][2]["estimate"].is_null());
  // In the basis: beta0 + beta2, beta1 - beta2; age' is (age - 60) / 60.
  EXPECT_NEAR(model["coefficients"][1]["estimate"].get<double>(), (1.2 - 0.5) / 60, 1e-9);
  EXPECT_NEAR(model["coefficients"][0]["estimate"].get<double>(), 0.8 - 0.7, 1e-9);
  EXPECT_NEAR(model["coefficients"][3]["estimate"].get<double>(), -0.2, 1e-9);
  EXPECT_EQ(model["converged"], true);
}

// Standard errors of two columns with a correlation of 0.9999 were off by 3.6e-3 of themselves, and nothing said so.
TEST(LogisticModel, WhatFloodingDoesToNearlyEqualColumnsIsTold) {
  const Plan plan = logistic_plan("death ~ age + sex");
  std::vector<double> means = logistic_values(plan, {0.3, 0.5, 0.4}, {0.04, 0.1, 0.1}, 0);
  const auto apart = logistic_json(plan, means);
  EXPECT_GE(apart["digits"], 3);
  EXPECT_LT(apart["flooding_sd"]["std_error"], 1e-5);
  means[10] = 0.9999 * means[9] / training_units(*plan.training, 8192)[10] * training_units(*plan.training, 8192)[9];
  const auto near = logistic_json(plan, means);
  EXPECT_EQ(near["converged"], true);
  EXPECT_EQ(near["collinear"][0]["term"], "sexM");
  EXPECT_LE(near["digits"], 1) << "of standard errors too";
  EXPECT_GT(near["flooding_sd"]["std_error"], 1e-3);
  EXPECT_LT(near["flooding_sd"]["std_error"], 1e-1);
  const ResultTable table = finish_training(plan, means, kTrainingReading).value_or_stop();
  EXPECT_THAT(std::get<ModelCell>(table.rows[0][0])->text, HasSubstr("standard errors within"));
}

// As after eight iterations on data in which everybody of one category has the outcome: next to no variance is left of
// that category, and its coefficient is far out. A category that nobody has is left where it began.
TEST(LogisticModel, ACategoryThatSeparatesTheOutcomeIsNotCalledSingularNorConverged) {
  const Plan plan = logistic_plan("death ~ age + sex + diabetes");
  std::vector<double> means = logistic_values(plan, {0.3, 1.2, 11, 0.01}, {0.04, 0.09, 1e4, 1e6}, 0);
  const auto model = logistic_json(plan, means);
  EXPECT_EQ(model["separated"], nlohmann::json({model["coefficients"][2]["term"]}));
  EXPECT_EQ(model["aliased"], nlohmann::json({model["coefficients"][3]["term"]}));
  EXPECT_TRUE(model["coefficients"][2]["estimate"].is_null());
  EXPECT_EQ(model["converged"], false);
  EXPECT_THAT(model["not_converged"].get<std::string>(), HasSubstr("separation: coefficients run to infinity"));
  const ResultTable table = finish_training(plan, means, kTrainingReading).value_or_stop();
  EXPECT_THAT(std::get<ModelCell>(table.rows[0][0])->text, HasSubstr("run to infinity"));
}

// As after twelve iterations on such data: there are numbers, which say how far it came. glm prints -18 with a standard
// error of thousands and warns of probabilities of 0 or 1.
TEST(LogisticModel, WhatStillRunsIsNamedAlthoughItHasNumbers) {
  const Plan plan = logistic_plan("death ~ age + sex");
  const auto text_of = [&](double coefficient, double step) {
    std::vector<double> means = logistic_values(plan, {0.3, 1.2, coefficient}, {0.04, 0.09, 900}, 0);
    const double unit = training_units(*plan.training, kTrainingReading.slot_count)[5];
    means[5] = step / 900 / unit;
    const ResultTable table = finish_training(plan, means, kTrainingReading).value_or_stop();
    const auto& cell = std::get<ModelCell>(table.rows[0][0]);
    const auto model = nlohmann::json::parse(cell->json);
    EXPECT_FALSE(model["coefficients"][2]["estimate"].is_null());
    const bool is_named = model.contains("separated");
    EXPECT_EQ(is_named, !model["converged"].get<bool>());
    if (is_named) {
      EXPECT_EQ(model["separated"], nlohmann::json({model["coefficients"][2]["term"]}));
    }
    return cell->text;
  };
  // A step of 1 is a thirtieth of a standard error; one of a tenth is what an end looks like.
  EXPECT_THAT(text_of(-11, -1), HasSubstr("run to infinity (sex"));
  EXPECT_THAT(text_of(11, 1), HasSubstr("run to infinity (sex"));
  EXPECT_THAT(text_of(-11, -0.1), HasSubstr("converged: the last"));
  EXPECT_THAT(text_of(-2, -0.1), HasSubstr("converged: the last"));
}

// Of R's iris every coefficient of `Species == "setosa"` runs, the intercept with them, which nobody can leave out.
TEST(LogisticModel, TheInterceptIsNotNamedAmongWhatSeparates) {
  const Plan plan = logistic_plan("death ~ age + sex");
  std::vector<double> means = logistic_values(plan, {-11, 1.2, 11}, {900, 0.09, 900}, 0);
  const std::vector<double> units = training_units(*plan.training, kTrainingReading.slot_count);
  means[3] = -1.0 / 900 / units[3];
  means[5] = 1.0 / 900 / units[5];
  EXPECT_EQ(logistic_json(plan, means)["separated"], nlohmann::json({"sexM"}));
  means[2] = 0;
  means[5] = 0;
  EXPECT_EQ(logistic_json(plan, means)["separated"], nlohmann::json({"(Intercept)"})) << "nobody has the outcome";
}

// A variance of which a little is left, but more than the flooding of one number: not a combination of other columns.
TEST(LogisticModel, AColumnOfWhichALittleIsLeftIsSeparatedAtAnyCoefficient) {
  const Plan plan = logistic_plan("death ~ age + sex");
  const auto model = logistic_json(plan, logistic_values(plan, {0.3, 1.2, 0.5}, {0.04, 0.09, 1e4}, 0));
  EXPECT_EQ(model["separated"], nlohmann::json({"sexM"}));
  EXPECT_EQ(model["aliased"].size(), 0u);
}

TEST(LogisticModel, WhatRanAwayIsNoModelAndHasNoNumbers) {
  const Plan plan = logistic_plan("death ~ age + sex");
  for (const bool by_variance : {false, true}) {
    std::vector<double> means = by_variance ? logistic_values(plan, {9, -9, 5}, {0.04, -1e-9, 0.01}, 0)
                                            : logistic_values(plan, {9e15, -5e15, 2}, {0.04, 0.09, 0.01}, 0);
    const ResultTable table = finish_training(plan, means, kTrainingReading).value_or_stop();
    const auto model = nlohmann::json::parse(std::get<ModelCell>(table.rows[0][0])->json);
    EXPECT_EQ(model["converged"], false);
    for (const auto& one : model["coefficients"]) EXPECT_TRUE(one["estimate"].is_null() && one["p"].is_null());
    EXPECT_TRUE(model["deviance"].is_null() && model["aic"].is_null());
    EXPECT_EQ(model["aliased"].size(), 0u);
    EXPECT_EQ(table.digits_min, 0);
    EXPECT_THAT(std::get<ModelCell>(table.rows[0][0])->text, HasSubstr("separate the outcome, or nearly; leave out"));
  }
}

// `low ~ bwt` of MASS's birthwt, where low is bwt < 2500: after eight iterations the slope had z = -19.7, p = 2e-86 and
// the deviance was -348. Of a category that tells everybody's outcome p was 0.056.
TEST(LogisticModel, PredictorsThatTellEverybodysOutcomeHadPValuesAndANegativeDeviance) {
  const Plan plan = logistic_plan("death ~ age + sex");
  const auto numbers_and_why = [&](std::vector<double> means, const std::string& why) {
    const auto model = logistic_json(plan, means);
    EXPECT_EQ(model["converged"], false);
    for (const auto& one : model["coefficients"]) EXPECT_TRUE(one["estimate"].is_null() && one["p"].is_null());
    EXPECT_TRUE(model["deviance"].is_null() && model["aic"].is_null());
    EXPECT_EQ(model["digits"], 0);
    EXPECT_FALSE(model.contains("flooding_sd"));
    EXPECT_THAT(model["not_converged"].get<std::string>(), HasSubstr(why));
    return model;
  };
  // Steps of two standard errors, as on continuous columns.
  const auto far = logistic_values(plan, {-20, 1.2, 50}, {10, 0.09, 9}, 6);
  EXPECT_EQ(numbers_and_why(far, "tell everybody's outcome, or nearly (sexM)")["separated"], nlohmann::json({"sexM"}));
  // Small ones, and nothing of the deviance is left.
  std::vector<double> told = logistic_values(plan, {-11, 1.2, 11}, {900, 0.09, 900}, 0, {800, 850, 800, -200, 0.1, 0});
  const std::vector<double> units = training_units(*plan.training, kTrainingReading.slot_count);
  told[3] = -1.0 / 900 / units[3];
  told[5] = 1.0 / 900 / units[5];
  numbers_and_why(told, "tell everybody's outcome, or nearly (sexM)");
  // A likelihood above 1.
  numbers_and_why(logistic_values(plan, {0.3, 1.2, 0.7}, {0.04, 0.09, 0.01}, 0, {800, 850, 800, -200, -100, 0}),
                  "beyond the 42 that are computed with");
  // The sums of one person are not exact.
  const auto near = logistic_json(
      plan, logistic_values(plan, {0.3, 1.2, 0.7}, {0.04, 0.09, 0.01}, 0, {800, 850, 800, -200, -0.3, 0}));
  EXPECT_EQ(near["converged"], true);
}

// It said that a coefficient, the intercept's, runs to infinity, and to leave out or join categories.
TEST(LogisticModel, AnOutcomeThatEverybodyHasIsNoSeparation) {
  const Plan plan = logistic_plan("death ~ age");
  const auto why = [&](double centred) {
    const auto model =
        logistic_json(plan, logistic_values(plan, {9, 0}, {400, 700}, 0.1, {800, 850, 800, centred, 0.01, 0}));
    EXPECT_EQ(model["converged"], false);
    EXPECT_EQ(model["coefficients"][0]["estimate"].is_null(), centred != -399);
    return model["not_converged"].get<std::string>();
  };
  EXPECT_THAT(why(400), HasSubstr("everybody who counts has the outcome"));
  EXPECT_THAT(why(-400), HasSubstr("nobody who counts has the outcome"));
  EXPECT_THAT(why(-399), ::testing::Not(HasSubstr("who counts")));
}

// `hf_5y ~ … + smoking + htn` of the demo's records, of whom none has all nine values: "everybody has the outcome".
TEST(LogisticModel, OfNobodySaysThatNobodyIsComplete) {
  const Plan plan = logistic_plan("death ~ age");
  const auto model = logistic_json(plan, logistic_values(plan, {0, 0}, {400, 700}, 0, {0, 850, 0, 0, 0, 0}));
  EXPECT_EQ(model["n_missing"], 850);
  EXPECT_TRUE(model["coefficients"][0]["estimate"].is_null());
  EXPECT_THAT(model["not_converged"].get<std::string>(), HasSubstr("nobody has values of all its variables"));
  const auto nobody = logistic_json(plan, logistic_values(plan, {0, 0}, {400, 700}, 0, {0, 0, 0, 0, 0, 0}));
  EXPECT_THAT(nobody["not_converged"].get<std::string>(), HasSubstr("nobody is asked about"));
}

TEST(LogisticModel, TheTextDrawsEveryInterval) {
  const Plan plan = logistic_plan("death ~ age + sex");
  const ResultTable table =
      finish_training(plan, logistic_values(plan, {0.3, 1.2, 0.7}, {0.04, 0.09, 0.01}, 1e-6), kTrainingReading)
          .value_or_stop();
  const std::string& text = std::get<ModelCell>(table.rows[0][0])->text;
  EXPECT_THAT(text, HasSubstr("Pr(>|z|)"));
  EXPECT_THAT(text, ::testing::ContainsRegex("sexM .*[|]-*o-*[|]"));
  EXPECT_THAT(text, HasSubstr("50 observations deleted due to missingness"));
}

TEST(LogisticModel, AnotherNumberOfAnswersIsRefused) {
  const Plan plan = logistic_plan("death ~ age");
  std::vector<double> means = logistic_values(plan, {0.3, 1.2}, {0.04, 0.09}, 1e-6);
  means.pop_back();
  EXPECT_EQ(finish_training(plan, means, kTrainingReading).error().code, Code::kInvalidArgument);
  means.push_back(std::nan(""));
  EXPECT_EQ(finish_training(plan, means, kTrainingReading).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace mc::query
