// SPDX-License-Identifier: Apache-2.0
#include "query/plan/sealed_terms.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "query/plan/compile.hpp"
#include "query/plan/partial_plan.hpp"
#include "query/release/guarded.hpp"
#include "query/testing/clinic_in_the_clear.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/scores_in_the_clear.hpp"

namespace mc::query {
namespace {

using testing::clinic_plan;
using testing::compiled_clinic;
using testing::number_in;
using testing::Patient;
using testing::random_patients;

TEST(SealedTerms, AWeightedSumIsOfPersonsWhoHaveAllOfItsColumns) {
  const Plan plan =
      clinic_plan("SELECT sum($a * age + $b * bmi), avg($a * bmi + $c * death) FROM clinic WHERE age >= 40");
  const double a = 0.75, b = -0.5, c = 1;
  double sum = 0, score = 0, persons = 0;
  const std::vector<Patient> patients = random_patients(testing::clinic_schema(), 400, 1);
  for (const Patient& patient : patients) {
    const auto age = number_in(patient, 0), bmi = number_in(patient, 1), death = number_in(patient, 6);
    if (!bmi || *age < 40) continue;
    sum += a * *age + b * *bmi;
    score += a * *bmi + c * *death;
    persons += 1;
  }
  const ResultTable table = testing::run_in_the_clear(plan, testing::clinic_schema(), patients, {a, b, c});
  EXPECT_NEAR(std::get<double>(table.rows[0][0]), sum, 1e-6);
  EXPECT_NEAR(std::get<double>(table.rows[0][1]), score / persons, 1e-6);
}

TEST(SealedTerms, AListChoosesThePersonsAndTheCohortDoesNotSay) {
  const Plan plan = clinic_plan("SELECT count(*), avg(age) FROM clinic WHERE smoker IN $c AND death");
  const std::vector<Patient> patients = random_patients(testing::clinic_schema(), 400, 2);
  std::int64_t count = 0, cohort = 0;
  double ages = 0;
  for (const Patient& patient : patients) {
    if (*number_in(patient, 6) == 0) continue;
    ++cohort;
    const auto* smoker = std::get_if<std::string>(&patient[3]);
    if (smoker == nullptr || *smoker == "former") continue;
    ++count;
    ages += *number_in(patient, 0);
  }
  const ResultTable table = testing::run_in_the_clear(plan, testing::clinic_schema(), patients, {1, 0, 1});
  EXPECT_EQ(table.rows[0][0], Value(count));
  EXPECT_NEAR(std::get<double>(table.rows[0][1]), ages / static_cast<double>(count), 1e-6);
  EXPECT_EQ(table.n, cohort);
  EXPECT_EQ(testing::run_in_the_clear(plan, testing::clinic_schema(), patients, {0, 0, 0}).n, cohort);
}

TEST(SealedTerms, AThresholdChoosesByBinsAndTheCohortDoesNotSay) {
  const Plan plan = clinic_plan("SELECT count(*), avg(age) FROM clinic WHERE bmi >= $t AND death");
  ASSERT_EQ(plan.parameters.bit_count(), 4u);
  EXPECT_EQ(plan.groups[0].guards.size(), 4u);
  const std::vector<Patient> patients = random_patients(testing::clinic_schema(), 400, 3);
  std::int64_t count = 0, cohort = 0;
  double ages = 0;
  for (const Patient& patient : patients) {
    if (*number_in(patient, 6) == 0) continue;
    ++cohort;
    const auto bmi = number_in(patient, 1);
    if (!bmi || *bmi < 25) continue;
    ++count;
    ages += *number_in(patient, 0);
  }
  const ResultTable table = testing::run_in_the_clear(plan, testing::clinic_schema(), patients, {0, 0, 1, 1});
  EXPECT_EQ(table.rows[0][0], Value(count));
  EXPECT_NEAR(std::get<double>(table.rows[0][1]), ages / static_cast<double>(count), 1e-6);
  EXPECT_EQ(table.n, cohort);
  const std::vector<Interval> ranges = message_ranges(plan);
  for (const NodeId id : plan.moments) EXPECT_LE(ranges[id.value].magnitude(), 1.001) << node_text(plan, id);
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
}

bool reads_parameter(const Plan& plan, NodeId id) {
  const Node& node = plan.node(id);
  if (node.kind == NodeKind::kFeature) return plan.parameters.find(node.handle) != nullptr;
  if (node.kind == NodeKind::kAlign) return reads_parameter(plan, node.left);
  if (node.kind == NodeKind::kProduct) return reads_parameter(plan, node.left) || reads_parameter(plan, node.right);
  return std::ranges::any_of(node.terms, [&](const Term& term) { return reads_parameter(plan, term.node); });
}

// R23: no guard relies on a parameter's value.
TEST(SealedTerms, NoCountThatTheRulesGoByDependsOnAParameter) {
  for (const char* sql : {"SELECT count(*), count(bmi), avg(age) FROM clinic WHERE smoker IN $c AND death",
                          "SELECT avg($w * age + $v * bmi), var_samp(bmi) FROM clinic GROUP BY sex",
                          "SELECT sex, sum(age) FROM clinic WHERE smoker IN $c GROUP BY sex",
                          "SELECT avg(risk_score('m', '4 * [$ + $ * age + $ * bmi]')) FROM clinic WHERE death",
                          "SELECT sex, count(*), avg(age) FROM clinic WHERE bmi BETWEEN $t AND $u GROUP BY sex"}) {
    const Plan plan = clinic_plan(sql);
    const std::vector<MomentId> counts = count_moments(plan);
    for (const MomentId id : counts) EXPECT_FALSE(reads_parameter(plan, plan.moments[id.value])) << sql;
    EXPECT_FALSE(counts.empty());
    const std::vector<MomentId> shown = released_by(plan, all_groups(plan));
    for (const PlanGroup& group : plan.groups) {
      for (const MomentId guard : group.guards) {
        EXPECT_NE(std::ranges::find(counts, guard), counts.end()) << sql;
        EXPECT_EQ(std::ranges::find(shown, guard), shown.end()) << sql << ": guards are the custodians'";
      }
    }
  }
}

// A list that names one rare category would count its few persons: every category has to be large, whichever is meant.
TEST(SealedTerms, ARareCategoryRefusesTheQuestionWhateverIsSealed) {
  const Plan plan = clinic_plan("SELECT count(*) FROM clinic WHERE smoker IN $c");
  const DisclosureRules rules{.cohort_min = 5, .cell_min = 5};
  const std::vector<MomentId> ids = count_moments(plan);
  ASSERT_EQ(ids.size(), 4u);
  std::vector<NoisyCount> counts(4, NoisyCount{100, 0.1});
  EXPECT_FALSE(judge_groups(plan, counts, {rules}).refused);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] != plan.groups[0].guards[1]) continue;
    counts[i].value = 3;
  }
  EXPECT_TRUE(judge_groups(plan, counts, {rules}).refused);
}

TEST(SealedTerms, AWeightedSumAndAChoiceAreNoLargerThanTheirReach) {
  const Plan plan = clinic_plan("SELECT sum($a * age + $b * death), count(*) FROM clinic WHERE smoker IN $c");
  const std::vector<Interval> ranges = message_ranges(plan);
  for (const NodeId id : plan.moments) EXPECT_LE(ranges[id.value].magnitude(), 1.001) << node_text(plan, id);
  EXPECT_EQ(plan.items[0].x.half_width, 120 + 1);
}

TEST(SealedTerms, AParameterIsOneFactorOfTheFour) {
  EXPECT_TRUE(compiled_clinic("SELECT sum($a * age) FROM clinic WHERE sex = 'F' AND death"));
  const auto deep =
      compiled_clinic("SELECT sum($a * age + $b * bmi) FROM clinic WHERE sex = 'F' AND death AND smoker = 'never'");
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, Code::kRefused);
}

}  // namespace
}  // namespace mc::query
