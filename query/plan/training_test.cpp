// SPDX-License-Identifier: Apache-2.0
#include "query/plan/training.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/plans.hpp"

namespace mc::query {
namespace {

using testing::compiled_clinic;
using ::testing::HasSubstr;

std::string training_error(const std::string& sql) {
  return compiled_clinic(sql).error().message;
}

TEST(Training, MonomialsAreTrainedWhereTheySpanTheDesign) {
  const Plan plan = compiled_clinic("SELECT logistic_regression('death ~ age * sex') FROM clinic").value_or_stop();
  ASSERT_TRUE(plan.training);
  const LogisticPlan& training = *plan.training;
  EXPECT_TRUE(training.intercept);
  ASSERT_EQ(training.columns.size(), 3u);
  EXPECT_EQ(training.columns[0], (TrainingColumn{{{1, "age/value"}}}));
  EXPECT_EQ(training.columns[1], (TrainingColumn{{{1, "sex/is/M"}}}));
  EXPECT_EQ(training.columns[2].size(), 2u);
  EXPECT_TRUE(training.where.empty());
  EXPECT_TRUE(training.complete.empty()) << "age, sex and death are required";
  EXPECT_EQ(plan.items[0].model->basis, 4u);
  EXPECT_TRUE(plan.moments.empty());
  EXPECT_EQ(plan.answer_count(), 2 * 4u + 10 + kTrainingSums);
}

TEST(Training, ColumnsThemselvesAreTrainedWhereAMainEffectIsMissing) {
  const Plan plan = compiled_clinic("SELECT logistic_regression('death ~ age:sex') FROM clinic").value_or_stop();
  ASSERT_TRUE(plan.training);
  // Divided by the largest age that the dictionary allows, 120.
  for (std::size_t j = 1; j < plan.items[0].model->columns.size(); ++j) {
    EXPECT_EQ(plan.items[0].model->columns[j], (Expansion{{static_cast<std::uint32_t>(j), 120}}));
  }
  EXPECT_EQ(plan.training->columns[0][0], (FeatureColumn{{0.5, "present"}, {0.5, "age/value"}}));
}

TEST(Training, OnlyColumnsThatCanBeMissingAreAskedForCompleteness) {
  const Plan plan =
      compiled_clinic("SELECT logistic_regression('death ~ age + bmi + smoker') FROM clinic WHERE diabetes")
          .value_or_stop();
  EXPECT_EQ(plan.training->complete.size(), 2u);
  EXPECT_EQ(plan.training->where.size(), 1u);
}

TEST(Training, AResponseIsTheIndicatorOfItsCategory) {
  const std::pair<const char*, FeatureColumn> cases[] = {
      {"sex", {{1, "sex/is/M"}}},
      {"smoker == \"former\"", {{1, "smoker/is/former"}}},
      {"death == 0", {{1, "present"}, {-1, "death/value"}}},
  };
  for (const auto& [response, expected] : cases) {
    const auto plan = compiled_clinic("SELECT logistic_regression('" + std::string(response) + " ~ age') FROM clinic");
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->training->response, expected) << response << ": " << column_text(plan->training->response);
  }
}

TEST(Training, AComparisonIsAColumnThatIsComputedFirst) {
  const Plan plan =
      compiled_clinic("SELECT logistic_regression('death ~ age + I(age > 50) + I(bmi >= 25)') FROM clinic")
          .value_or_stop();
  EXPECT_EQ(plan.training->columns[1], (TrainingColumn{{{1, "age/above/50.5"}}}));
  EXPECT_EQ(plan.training->columns[2], (TrainingColumn{{{1, "bmi/ge/25"}}})) << "declared, and costs nothing";
  ASSERT_EQ(plan.comparisons.size(), 1u);
  EXPECT_EQ(plan.comparisons[0].handle, "age/above/50.5");
  EXPECT_EQ(plan.training->complete.size(), 1u) << "whoever lacks a bmi is left out";
  EXPECT_EQ(plan.items[0].model->terms[2], "I(age > 50)TRUE");
  EXPECT_THAT(explain(plan, limb_budget("standard").value_or_stop()),
              ::testing::AllOf(HasSubstr("I(age > 50)TRUE"), HasSubstr("  age/above/50.5 = ")));
}

TEST(Training, PlansReadBackAsTheyWereWritten) {
  for (const char* sql : {"SELECT logistic_regression('death ~ age * sex + bmi') FROM clinic WHERE age >= 60",
                          "SELECT logistic_regression('diabetes ~ nyha + offset(bmi) - 1', weights => age) FROM clinic",
                          "SELECT logistic_regression('death ~ age * I(age > 50 & age <= 70)') FROM clinic"}) {
    const Plan plan = compiled_clinic(sql).value_or_stop();
    const Bytes bytes = canonical_bytes(plan);
    EXPECT_EQ(read_plan(bytes).value_or_stop(), plan) << sql;
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_FALSE(read_plan(ByteView(bytes).first(size))) << size;
  }
}

TEST(Training, AnOffsetThatNoFirstStepCouldHoldIsRefused) {
  const auto schema = [] {
    data::Schema wide = testing::clinic_schema();
    for (data::Column& column : wide.columns) {
      if (column.name == "bmi") column.maximum = 5000;
    }
    return wide;
  }();
  const auto refused = compile("SELECT logistic_regression('death ~ age + offset(bmi)') FROM clinic", schema, "clinic",
                               limb_budget("standard").value_or_stop());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("1:8: the offset may reach 5000"));
}

// The penalty is on the slopes in the records' units, whatever the units in which they are trained.
TEST(Training, APenaltyIsOnTheSlopesOfTheRecords) {
  const Plan plan =
      compiled_clinic("SELECT logistic_regression('death ~ age + sex', ridge => 3, weights => age) FROM clinic")
          .value_or_stop();
  ASSERT_EQ(plan.training->ridge.size(), 3u);
  const double largest = plan.items[0].model->columns[1].front().coefficient;
  EXPECT_GT(largest, 1) << "age is trained over its largest value";
  EXPECT_EQ(plan.training->ridge[0], 0) << "not on the intercept";
  EXPECT_DOUBLE_EQ(plan.training->ridge[1], 3 / (largest * largest * largest)) << "weights are over their largest, too";
  EXPECT_DOUBLE_EQ(plan.training->ridge[2], 3 / largest);
  EXPECT_TRUE(compiled_clinic("SELECT logistic_regression('death ~ age + sex') FROM clinic")
                  .value_or_stop()
                  .training->ridge.empty());
}

TEST(Training, AlternativesOfDifferentColumnsLeaveOutWhoIsInNone) {
  const auto unless = [](const std::string& condition) {
    const Plan plan =
        compiled_clinic("SELECT logistic_regression('death ~ age') FROM clinic WHERE " + condition).value_or_stop();
    EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
    return plan.training->unless;
  };
  EXPECT_TRUE(unless("sex = 'F' AND diabetes").empty());
  const auto either = unless("sex = 'F' OR diabetes");
  ASSERT_EQ(either.size(), 1u);
  EXPECT_EQ(either[0].size(), 2u) << "neither the one nor the other";
  // (a AND b) OR c: (a OR c) AND (b OR c)
  EXPECT_EQ(unless("sex = 'F' AND nyha = 2 OR diabetes").size(), 2u);
  // Beside another condition, which stays a factor of its own.
  EXPECT_EQ(unless("death AND (sex = 'F' OR diabetes)").size(), 1u);
  // Of one column it is a set, not an alternative.
  EXPECT_TRUE(unless("sex = 'F' OR sex = 'M'").empty());
}

TEST(Training, WhatCannotBeTrainedIsSaidBeforeAnythingRuns) {
  EXPECT_THAT(training_error("SELECT logistic_regression('bmi ~ age') FROM clinic"), HasSubstr("0/1"));
  EXPECT_THAT(training_error("SELECT logistic_regression('death ~ age'), count(*) FROM clinic"),
              HasSubstr("asked for alone"));
  EXPECT_THAT(training_error("SELECT logistic_regression('death ~ age') FROM clinic GROUP BY sex"),
              HasSubstr("WHERE sex = 'F'; SELECT "));
  EXPECT_THAT(training_error("SELECT logistic_regression('death ~ age') FROM clinic WHERE sex = 'F' OR age > 60 OR "
                             "nyha = 2 OR diabetes OR smoker = 'never'"),
              HasSubstr("too many alternatives"));
  EXPECT_THAT(training_error("SELECT logistic_regression('death ~ age') FROM clinic WHERE sex = 'F' AND sex = 'M'"),
              HasSubstr("never true"));
}

TEST(Training, ExplainSaysWhatIsTrainedAndReleased) {
  const Plan plan =
      compiled_clinic("SELECT logistic_regression('death ~ age + bmi') FROM clinic WHERE sex = 'F'").value_or_stop();
  const std::string text = explain(plan, limb_budget("standard").value_or_stop());
  for (const char* part : {"Newton's method, 8 iterations", "sex/is/F", "x1 = age/value",
                           "released to the requester: 18 numbers", "argument H", "age = + 0.016666666666666666 x1"}) {
    if (std::string(part).starts_with("age =")) continue;
    EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace mc::query
