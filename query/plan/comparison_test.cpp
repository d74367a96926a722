// SPDX-License-Identifier: Apache-2.0
#include "query/plan/comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/packing/feature.hpp"
#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/testing/clinic_in_the_clear.hpp"
#include "query/testing/scores_in_the_clear.hpp"
#include "query/testing/sql_oracle.hpp"

namespace mc::query {
namespace {

using testing::clinic_with_steps;
using ::testing::HasSubstr;

Result<Plan> compiled_comparison(const std::string& sql, const data::Schema& schema = clinic_with_steps()) {
  return compile(sql, schema, "clinic", limb_budget("standard").value_or_stop());
}

std::string comparison_refusal(const std::string& sql, const data::Schema& schema = clinic_with_steps()) {
  const auto plan = compiled_comparison(sql, schema);
  return plan ? "" : plan.error().message;
}

TEST(Comparison, QueriesWithAnyThresholdAgreeWithSqlInTheClear) {
  const data::Schema schema = clinic_with_steps();
  std::mt19937_64 random(23);
  std::vector<testing::Patient> patients;
  for (int i = 0; i < 600; ++i) patients.push_back(testing::random_patient(schema, random));
  const testing::SqlOracle oracle(schema);
  std::size_t runs = 0;
  for (int i = 0; i < 200; ++i) {
    const auto number = [&] { return std::to_string(static_cast<int>(random() % 130)); };
    const auto eighths = [&] { return data::number_text(static_cast<double>(random() % 500) / 8); };
    const std::vector<std::string> comparisons{"<", "<=", ">", ">=", "=", "<>"};
    const auto compare = [&] { return " " + comparisons[random() % comparisons.size()] + " "; };
    std::string where = "age" + compare() + number();
    if (random() % 2 == 0) where += " AND bmi" + compare() + eighths();
    if (random() % 3 == 0) where = "NOT (" + where + ") OR sex = 'F' AND age BETWEEN " + number() + " AND " + number();
    if (random() % 3 == 0) where = "(" + where + ") AND \"Blood pressure\"" + compare() + eighths();
    const std::string sql = "SELECT count(*) FROM clinic WHERE " + where;
    const auto plan = compiled_comparison(sql, schema);
    if (!plan) {
      EXPECT_THAT(plan.error().message,
                  ::testing::AnyOf(HasSubstr("never true"), HasSubstr("products in sequence"), HasSubstr("thresholds")))
          << sql;
      continue;
    }
    if (plan->is_run()) ++runs;
    EXPECT_EQ(testing::table_difference(testing::run_in_the_clear(*plan, schema, patients),
                                        oracle.answer(sql, patients), 1e-9),
              "")
        << sql;
    EXPECT_EQ(read_plan(canonical_bytes(*plan)).value_or_stop(), *plan) << sql;
    EXPECT_TRUE(check_recompiles(*plan, schema, limb_budget("standard").value_or_stop())) << sql;
  }
  EXPECT_GE(runs, 100u);
}

TEST(Comparison, TheWindowLiesBetweenTheDeclaredEdgesNextToTheThreshold) {
  const Plan plan = compiled_comparison("SELECT count(*) FROM clinic WHERE age > 70 AND age <= 75").value_or_stop();
  ASSERT_EQ(plan.comparisons.size(), 2u);
  const PlanComparison& from = plan.comparisons[0];
  EXPECT_EQ(from.handle, "age/above/70.5");
  EXPECT_EQ(from.value, "age/value");
  // age > 61 is age >= 62, and the highest declared edge that is not above 70.
  EXPECT_EQ(from.window, (FeatureColumn{{-1, "age/ge/80"}, {1, "age/gt/61"}}));
  EXPECT_EQ(from.above, (FeatureColumn{{1, "age/ge/80"}}));
  EXPECT_DOUBLE_EQ(from.middle, 10.5 / 60);
  EXPECT_DOUBLE_EQ(from.reach, 9.5 / 60);
  EXPECT_DOUBLE_EQ(from.gap, 0.5 / 9.5);
  // A threshold of the same query is no declared edge.
  EXPECT_EQ(plan.comparisons[1].window, from.window);
}

TEST(Comparison, WithoutDeclaredEdgesTheWindowIsTheWholeColumn) {
  const Plan plan =
      compiled_comparison("SELECT count(*) FROM clinic WHERE \"Blood pressure\" >= 139.9").value_or_stop();
  ASSERT_EQ(plan.comparisons.size(), 1u);
  EXPECT_EQ(plan.comparisons[0].handle, "Blood pressure/above/139.9375");
  EXPECT_EQ(plan.comparisons[0].window, (FeatureColumn{{1, "Blood pressure/valid"}}));
  EXPECT_TRUE(plan.comparisons[0].above.empty());
  EXPECT_DOUBLE_EQ(plan.comparisons[0].gap, 0.0625 / 160.0625);
}

TEST(Comparison, WhatTheDictionaryDeclaresIsStillFree) {
  for (const char* where : {"age >= 60", "age > 59.5", "bmi > 25", "age >= 0", "age <= 120", "age BETWEEN 40 AND 60"}) {
    EXPECT_FALSE(
        compiled_comparison("SELECT count(*) FROM clinic WHERE " + std::string(where)).value_or_stop().is_run())
        << where;
  }
  // The next value above 25 kg/m2.
  EXPECT_FALSE(compiled_comparison("SELECT count(*) FROM clinic WHERE bmi >= 25.1").value_or_stop().is_run());
}

TEST(Comparison, WithoutAStepOnlyDeclaredEdgesAreOffered) {
  EXPECT_THAT(comparison_refusal("SELECT count(*) FROM clinic WHERE bmi > 27", testing::clinic_schema()),
              HasSubstr("bmi has no declared edge there; the declared edges are 18.5, 25, 30; other thresholds need a "
                        "step in the dictionary"));
  EXPECT_TRUE(compiled_comparison("SELECT count(*) FROM clinic WHERE age > 27", testing::clinic_schema())
                  .value_or_stop()
                  .is_run());
}

Result<Plan> proven(const std::string& sql, const data::Schema& schema = clinic_with_steps()) {
  LimbBudget budget = limb_budget("standard").value_or_stop();
  budget.proven_starts = true;
  return compile(sql, schema, "clinic", budget);
}

TEST(Comparison, WhereOwnersAreNotTrustedTheStartIsAsWideAsWhatProofsLeave) {
  const Plan plan = proven("SELECT count(*) FROM clinic WHERE age > 70 AND bmi <= 27.3").value_or_stop();
  ASSERT_EQ(plan.comparisons.size(), 2u);
  const PlanComparison& age = plan.comparisons[0];
  EXPECT_EQ(age.handle, "age/above/70.5");
  EXPECT_TRUE(age.window.empty());
  EXPECT_TRUE(age.above.empty());
  EXPECT_EQ(age.reach, kProvenReach);
  EXPECT_DOUBLE_EQ(age.middle, 10.5 / 60);
  EXPECT_DOUBLE_EQ(age.gap, 0.5 / 60 / kProvenReach);
  EXPECT_EQ(refresh_count(age), age.stages.size() + 1);
  EXPECT_EQ(plan.comparisons[1].window, (FeatureColumn{{1, "bmi/valid"}}));
  EXPECT_EQ(refresh_count(plan.comparisons[1]), plan.comparisons[1].stages.size() + 2);
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
  EXPECT_FALSE(check_recompiles(plan, clinic_with_steps(), limb_budget("standard").value_or_stop()));
  EXPECT_THAT(explain(plan, limb_budget("standard").value_or_stop()), HasSubstr("whatever an owner sealed"));
}

TEST(Comparison, AScoreThatIsASumOfColumnsStartsAsWideAsAllOfThem) {
  const Plan plan = proven(
                        "SELECT count(*) FROM clinic WHERE risk_score('m', '0.1 * age + 2 * sexM') > 7.05 AND "
                        "risk_score('n', '0.5 * nyha - 0.1 * bmi') > 0 AND risk_score('o', '0.5 * smokerformer + 0.7 * "
                        "smokercurrent + 0.1 * missing(smoker) + 0.01 * age') > 0.5")
                        .value_or_stop();
  ASSERT_EQ(plan.comparisons.size(), 3u);
  const auto of = [&](const std::string& model) -> const PlanComparison& {
    return *std::ranges::find_if(plan.comparisons, [&](const PlanComparison& one) {
      return one.value.find("'" + model + "'") != std::string::npos;
    });
  };
  EXPECT_GT(reach_of(of("o").score), 1.2) << "of categories an owner can seal all at once";
  for (const PlanComparison& comparison : plan.comparisons) {
    EXPECT_TRUE(comparison.is_proven());
    EXPECT_GE(comparison.score.size(), 2u);
    EXPECT_GE(comparison.reach, kProvenReach * std::max(1.0, reach_of(comparison.score)));
    EXPECT_GE(comparison.gap, kProvenGapMin);
    for (const WeightedFeature& feature : comparison.score) {
      EXPECT_TRUE(data::feature_from_handle(clinic_with_steps(), feature.handle)) << feature.handle;
    }
  }
  EXPECT_TRUE(of("m").window.empty());
  EXPECT_EQ(of("n").window.size(), 1u) << "who has both";
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
  // Narrower than what it reaches, it is none.
  Plan narrow = plan;
  narrow.comparisons[0].score[0].factor *= 4;
  EXPECT_FALSE(read_plan(canonical_bytes(narrow)));
  // One that multiplies columns has no such start.
  for (const char* equation : {"0.01 * age:sexM + 0.1 * age", "0.001 * I(age^2)"}) {
    const Plan score =
        proven(std::string("SELECT count(*) FROM clinic WHERE risk_score('m', '") + equation + "') > 0.05")
            .value_or_stop();
    EXPECT_FALSE(score.comparisons.at(0).is_proven()) << equation;
  }
}

TEST(Comparison, ProvenScoresAgreeWithTheEquationInTheClear) {
  const data::Schema schema = testing::clinic_with_steps();
  std::mt19937_64 random(31);
  std::vector<testing::Patient> patients;
  for (int i = 0; i < 400; ++i) patients.push_back(testing::random_patient(schema, random, 0.1));
  std::size_t compared = 0;
  for (const testing::KnownScore& known : testing::known_scores()) {
    const auto plan = proven(
        std::string("SELECT count(*) FROM clinic WHERE risk_score('m', '") + known.equation + "') > 0.05", schema);
    if (!plan || !plan->comparisons.at(0).is_proven()) continue;
    ++compared;
    const double rounding = plan->scores.at(0).rounding;
    EXPECT_LE(rounding, kProvenScoreRoundingMax);
    int least = 0, most = 0;
    for (const testing::Patient& patient : patients) {
      const std::optional<double> score = known.of(patient);
      if (!score) continue;
      least += *score > 0.05 + rounding + 1e-9 ? 1 : 0;
      most += *score > 0.05 - rounding - 1e-9 ? 1 : 0;
    }
    const std::int64_t n = testing::run_in_the_clear(*plan, schema, patients).n;
    EXPECT_GE(n, least) << known.equation;
    EXPECT_LE(n, most) << known.equation;
  }
  EXPECT_GE(compared, 4u);
}

TEST(Comparison, ProvenPlansAgreeWithSqlInTheClear) {
  const data::Schema schema = clinic_with_steps();
  std::mt19937_64 random(29);
  std::vector<testing::Patient> patients;
  for (int i = 0; i < 400; ++i) patients.push_back(testing::random_patient(schema, random));
  const testing::SqlOracle oracle(schema);
  for (const char* where : {"age > 57.3", "NOT bmi <= 27.3", "bmi = 24.125 OR age IN (13, 77)",
                            "bmi BETWEEN 21.125 AND 33.375 AND \"Blood pressure\" > 99.99 AND age < 77"}) {
    const std::string sql = std::string("SELECT count(*), avg(age) FROM clinic WHERE ") + where;
    const Plan plan = proven(sql).value_or_stop();
    EXPECT_EQ(testing::table_difference(testing::run_in_the_clear(plan, schema, patients), oracle.answer(sql, patients),
                                        1e-9),
              "")
        << sql;
  }
}

TEST(Comparison, StepsThatNoiseHidesAreRefusedWithTheFinestThatItDoesNot) {
  data::Schema schema = clinic_with_steps();
  for (data::Column& column : schema.columns) {
    if (column.name == "bmi") column.step = 1e-6;
  }
  EXPECT_TRUE(compiled_comparison("SELECT count(*) FROM clinic WHERE bmi > 27.3", schema));
  const auto refused = proven("SELECT count(*) FROM clinic WHERE bmi > 27.3", schema);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kLimit);
  EXPECT_THAT(refused.error().message, HasSubstr("values of bmi are multiples of 1e-06"));
  EXPECT_THAT(refused.error().message, HasSubstr("multiples of 0.00019"));
  for (data::Column& column : schema.columns) {
    if (column.name == "bmi") column.step = 0.001;
  }
  EXPECT_TRUE(proven("SELECT count(*) FROM clinic WHERE bmi > 27.3", schema));
}

TEST(Comparison, ThereIsALimitToWhatOneQueryComparesWith) {
  EXPECT_THAT(comparison_refusal("SELECT count(*) FROM clinic WHERE age IN (1, 3, 5, 7, 9, 11, 13, 15, 17)"),
              HasSubstr("compares with 18 thresholds that are no declared edges, at most 16"));
}

TEST(Comparison, ThresholdsThatTurnOutNotToMatterAreNotComputed) {
  const Plan plan =
      compiled_comparison(
          "SELECT count(*) FROM clinic WHERE age > 70 OR age > 65 OR (sex = 'F' AND sex = 'M' AND bmi > 27)")
          .value_or_stop();
  ASSERT_EQ(plan.comparisons.size(), 1u);
  EXPECT_EQ(plan.comparisons[0].handle, "age/above/65.5");
}

TEST(Comparison, BinsAreCutWhereTheQuestionSays) {
  const data::Schema schema = clinic_with_steps();
  std::mt19937_64 random(29);
  std::vector<testing::Patient> patients;
  for (int i = 0; i < 600; ++i) patients.push_back(testing::random_patient(schema, random));
  const testing::SqlOracle oracle(schema);
  for (const char* sql :
       {"SELECT histogram(age, 30, 65, 80) FROM clinic", "SELECT histogram(\"Blood pressure\", 139.9) FROM clinic",
        "SELECT median(age, 62, 63, 64, 65, 66, 67, 68, 69) FROM clinic WHERE sex = 'F'",
        "SELECT quantile(age, 0.4, 50, 55) AS q, median(bmi) FROM clinic",
        "SELECT sex, histogram(age, 45) FROM clinic WHERE age > 33 GROUP BY sex"}) {
    const Plan plan = compiled_comparison(sql, schema).value_or_stop();
    EXPECT_TRUE(plan.is_run()) << sql;
    EXPECT_EQ(testing::table_difference(testing::run_in_the_clear(plan, schema, patients), oracle.answer(sql, patients),
                                        1e-9),
              "")
        << sql;
    EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan) << sql;
  }
  const Plan histogram = compiled_comparison("SELECT histogram(age, 30, 65) FROM clinic").value_or_stop();
  EXPECT_EQ(histogram.items[0].breaks, (std::vector<double>{0, 30, 65, 120}));
  const Plan median = compiled_comparison("SELECT median(age, 65) FROM clinic").value_or_stop();
  EXPECT_EQ(median.items[0].breaks, (std::vector<double>{0, 40, 60, 61, 65, 80, 120}));
  EXPECT_FALSE(compiled_comparison("SELECT histogram(age, 40, 80) FROM clinic").value_or_stop().is_run());
  // R's breaks begin and end where the range does, and were refused for it.
  const Plan ends =
      compiled_comparison("SELECT histogram(age, 0, 30, 65, 120), median(age, 0, 65) FROM clinic").value_or_stop();
  EXPECT_EQ(ends.items[0].breaks, histogram.items[0].breaks);
  EXPECT_EQ(ends.items[1].breaks, median.items[0].breaks);
  EXPECT_THAT(comparison_refusal("SELECT histogram(age, 120) FROM clinic"),
              HasSubstr("not inside the range of age, 0 to 120"));
  EXPECT_THAT(comparison_refusal("SELECT histogram(age, 500) FROM clinic"),
              HasSubstr("not inside the range of age, 0 to 120"));
  EXPECT_THAT(comparison_refusal("SELECT histogram(age, 30.2, 30.7) FROM clinic"),
              HasSubstr("no value of age lies between"));
  EXPECT_THAT(comparison_refusal("SELECT histogram(bmi, 27) FROM clinic", testing::clinic_schema()),
              HasSubstr("other thresholds need a step"));
}

TEST(Comparison, ATrainedModelMayAskForPersonsBeyondAnyThreshold) {
  const Plan plan =
      compiled_comparison("SELECT logistic_regression('death ~ bmi') FROM clinic WHERE age > 70").value_or_stop();
  ASSERT_TRUE(plan.training);
  ASSERT_EQ(plan.comparisons.size(), 1u);
  EXPECT_EQ(plan.training->where, (std::vector<FeatureColumn>{{{1, "age/above/70.5"}}}));
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
}

TEST(Comparison, APlanWithOtherComparisonsThanItReadsIsRefused) {
  const Plan plan = compiled_comparison("SELECT count(*) FROM clinic WHERE age > 70").value_or_stop();
  Plan none = plan;
  none.comparisons.clear();
  EXPECT_FALSE(read_plan(canonical_bytes(none)));
  Plan twice = plan;
  twice.comparisons.push_back(plan.comparisons[0]);
  EXPECT_FALSE(read_plan(canonical_bytes(twice)));
  Plan nested = plan;
  nested.comparisons[0].window = {{1, "age/above/3.5"}};
  EXPECT_FALSE(read_plan(canonical_bytes(nested)));
  const std::vector<std::string> sealed = sealed_features_of(plan);
  EXPECT_THAT(sealed, ::testing::ElementsAre("age/value", "age/ge/80", "age/gt/61"));
}

TEST(Comparison, ExplainSaysWhatIsComparedAndWhatItCosts) {
  const Plan plan = compiled_comparison("SELECT avg(bmi) FROM clinic WHERE age > 70").value_or_stop();
  const std::string text = explain(plan, limb_budget("standard").value_or_stop());
  for (const char* part :
       {"age/above/70.5 = age/ge/80 + (-1 age/ge/80 + age/gt/61) * (age/value > 0.175)", "nearest value 2^-4.3",
        "stages of two products", "refreshes: ", "two of the study's releases", "guarantee: argument S"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace mc::query
