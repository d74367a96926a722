// SPDX-License-Identifier: Apache-2.0
#include "query/release/left_out.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "query/plan/compile.hpp"
#include "query/release/finish.hpp"
#include "query/release/guarded.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/rules.hpp"
#include "query/testing/slots.hpp"
#include "query/testing/trial.hpp"

namespace mc::query {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kFive;
using testing::kSlots;
using ::testing::Not;
using testing::Patient;

enum TrialColumn : std::size_t { kDays, kDead, kArm, kAge, kGrade };

Plan left_out_plan(const std::string& question) {
  return testing::counting_trial_plan("SELECT " + question);
}

double number_or_nan_in(const Patient& patient, std::size_t column) {
  const auto* number = std::get_if<double>(&patient[column]);
  return number == nullptr ? std::nan("") : *number;
}

/// Of grade 3, and of 70 years and more, there are three each.
std::vector<Patient> few_of_some(std::size_t count, std::uint64_t seed) {
  std::vector<Patient> patients = testing::trial_patients(count, seed);
  std::size_t of_grade = 0, of_age = 0;
  std::erase_if(patients, [&](const Patient& patient) {
    const bool grade = number_or_nan_in(patient, kGrade) == 3, age = number_or_nan_in(patient, kAge) >= 70;
    if (grade && age) return true;
    return (grade && ++of_grade > 3) || (age && ++of_age > 3);
  });
  return patients;
}

GuardedVerdict judged_leaving_out(const Plan& plan, const std::vector<Patient>& patients, double sigma = 0,
                                  std::vector<double>* with_noise = nullptr, std::mt19937_64* random = nullptr) {
  std::vector<double> means = testing::trial_means(plan, patients, kSlots);
  std::normal_distribution<double> normal;
  if (random != nullptr) {
    for (double& mean : means) mean += sigma / kSlots * normal(*random);
  }
  std::vector<NoisyCount> counts;
  for (const MomentId id : count_moments(plan)) counts.push_back({means[id.value] * kSlots, sigma});
  if (with_noise != nullptr) *with_noise = means;
  return judge_groups(plan, counts, {kFive});
}

PlanPart part_of(const GuardedVerdict& verdict) {
  return {PlanPart::Kind::kGroups, verdict.shown, verdict.steps, verdict.left_out};
}

ResultTable told_part(const Plan& plan, const PlanPart& part, const std::vector<double>& means, double sigma = 0) {
  const PartialPlan released = groups_of(plan, part);
  std::vector<double> of_part;
  for (const MomentId id : released.whole) of_part.push_back(means[id.value]);
  const std::vector<double> sigmas(sigma > 0 ? of_part.size() : 0, sigma / kSlots);
  return finish(released.plan, of_part, std::vector<double>(of_part.size(), 2 * sigma), 8192, {sigmas, 1})
      .value_or_stop();
}

struct LeftOutQuestion {
  std::string sql, where;  // and what leaves the rare ones out
  std::string told;
};

std::vector<LeftOutQuestion> questions() {
  return {
      {"chisq_test(grade, arm) FROM trial", "grade < 3", "chisq_test(grade, arm) is told without 3"},
      {"histogram(age) FROM trial", "age < 70", "histogram(age) is told without [70,90]"},
      {"kaplan_meier('Surv(days, dead) ~ factor(grade)') FROM trial", "grade < 3", "grade=3"},
      {"cox('Surv(days, dead) ~ arm + factor(grade)') FROM trial", "grade < 3", "grade=3"},
      {"logistic_regression('dead ~ arm + factor(grade)') FROM trial", "grade < 3", "grade=3"},
  };
}

TEST(LeftOut, TheRestOfATableOrAModelIsTold) {
  const std::vector<Patient> patients = few_of_some(2000, 5);
  for (const LeftOutQuestion& question : questions()) {
    const Plan plan = left_out_plan(question.sql);
    const GuardedVerdict verdict = judged_leaving_out(plan, patients);
    ASSERT_FALSE(verdict.refused) << question.sql << ": " << verdict.sentence;
    EXPECT_THAT(verdict.left_out, Not(IsEmpty())) << question.sql;
    const std::vector<std::string> texts = left_out_texts(plan, part_of(verdict));
    ASSERT_EQ(texts.size(), 1u) << question.sql;
    EXPECT_THAT(texts[0], HasSubstr(question.told));
    EXPECT_TRUE(check_part(plan, part_of(verdict))) << question.sql;
  }
}

// The attack: the number of everybody less all that is shown is what was left out. Nothing that is released may count
// anybody of those, whatever it is added to or taken from.
TEST(LeftOut, NoSumThatIsReleasedCountsThem) {
  const std::vector<Patient> patients = few_of_some(2000, 6);
  const data::Schema schema = testing::trial_schema();
  for (const LeftOutQuestion& question : questions()) {
    const Plan plan = left_out_plan(question.sql);
    const Plan without_them = left_out_plan(question.sql + " WHERE " + question.where);
    const GuardedVerdict verdict = judged_leaving_out(plan, patients);
    const PartialPlan released = groups_of(plan, part_of(verdict));
    ASSERT_FALSE(released.plan.moments.empty());
    const bool of_age = question.where.starts_with("age");
    std::size_t rare = 0;
    for (const Patient& patient : patients) {
      const bool is_it = of_age ? number_or_nan_in(patient, kAge) >= 70 : number_or_nan_in(patient, kGrade) == 3;
      if (!is_it) continue;
      ++rare;
      const std::vector<double> values = testing::node_values(released.plan, [&](const Node& node) {
        return testing::feature_value(schema, data::feature_from_handle(schema, node.handle).value_or_stop(), patient);
      });
      for (const NodeId id : released.plan.moments) EXPECT_EQ(values[id.value], 0) << question.sql;
    }
    EXPECT_EQ(rare, 3u);
  }
}

/// Numbers of an answer by their names; of a model those of its object.
std::map<std::string, double> numbers_of(const ResultTable& table) {
  std::map<std::string, double> numbers;
  const std::function<void(const std::string&, const json&)> add = [&](const std::string& name, const json& value) {
    if (value.is_number()) numbers[name] = value.get<double>();
    if (!value.is_structured()) return;
    for (const auto& [key, inner] : value.items()) {
      const std::string part = inner.is_object() && inner.contains("term") ? inner["term"].get<std::string>() : key;
      add(name + "." + part, inner);
    }
  };
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Value& value = table.rows.at(0).at(i);
    if (const auto* real = std::get_if<double>(&value)) numbers[table.columns[i]] = *real;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) numbers[table.columns[i]] = static_cast<double>(*whole);
    if (const auto* model = std::get_if<ModelCell>(&value)) add(table.columns[i], json::parse((*model)->json));
  }
  return numbers;
}

TEST(LeftOut, WhatIsToldIsTheAnswerToTheQuestionWithoutThem) {
  const std::vector<Patient> patients = few_of_some(2000, 7);
  for (const LeftOutQuestion& question : questions()) {
    const Plan plan = left_out_plan(question.sql), other = left_out_plan(question.sql + " WHERE " + question.where);
    std::vector<double> means;
    const GuardedVerdict verdict = judged_leaving_out(plan, patients, 0, &means);
    const ResultTable ours = told_part(plan, part_of(verdict), means);
    std::vector<double> other_means;
    const GuardedVerdict whole = judged_leaving_out(other, patients, 0, &other_means);
    EXPECT_THAT(whole.left_out, IsEmpty()) << question.sql;
    const ResultTable theirs = told_part(other, part_of(whole), other_means);
    EXPECT_EQ(ours.n, theirs.n) << question.sql;
    const std::map<std::string, double> mine = numbers_of(ours), expected = numbers_of(theirs);
    std::size_t compared = 0;
    for (const auto& [name, value] : mine) {
      const auto found = expected.find(name);
      if (found == expected.end()) continue;
      ++compared;
      EXPECT_NEAR(value, found->second, 1e-6 * (1 + std::fabs(value))) << question.sql << ": " << name;
    }
    EXPECT_GE(compared, 2u) << question.sql;
  }
}

TEST(LeftOut, WhatIsLeftOutIsNullAndNotNobody) {
  const std::vector<Patient> patients = few_of_some(2000, 8);
  std::vector<double> means;
  const Plan bins = left_out_plan("histogram(age) FROM trial");
  const GuardedVerdict of_bins = judged_leaving_out(bins, patients, 0, &means);
  const ResultTable histogram = told_part(bins, part_of(of_bins), means);
  EXPECT_FALSE(std::holds_alternative<std::monostate>(histogram.rows[0][0]));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(histogram.rows[0][2]));
  const Plan table = left_out_plan("chisq_test(grade, arm) FROM trial");
  const GuardedVerdict of_table = judged_leaving_out(table, patients, 0, &means);
  const ResultTable test = told_part(table, part_of(of_table), means);
  EXPECT_EQ(std::get<double>(test.rows[0][1]), 1) << "degrees of freedom of what stands, 2 x 2";
  EXPECT_FALSE(std::holds_alternative<std::monostate>(test.rows[0][3]));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(test.rows[0][7])) << "expected[3,A]";
}

// Without a second count that adds up, and the count of everybody, there is nothing to take away from.
TEST(LeftOut, BesideOtherItemsNothingIsLeftOut) {
  const std::vector<Patient> patients = few_of_some(2000, 9);
  for (const char* sql :
       {"count(*), chisq_test(grade, arm) FROM trial", "chisq_test(grade, arm), chisq_test(dead, arm) FROM trial",
        "histogram(age), avg(weight) FROM trial",
        "ttest(weight, dead), kaplan_meier('Surv(days, dead) ~ factor(grade)') FROM trial"}) {
    const GuardedVerdict verdict = judged_leaving_out(left_out_plan(sql), patients);
    EXPECT_TRUE(verdict.refused) << sql;
    EXPECT_THAT(verdict.left_out, IsEmpty()) << sql;
  }
}

TEST(LeftOut, OfWhatWouldLeaveNoTableNothingIsTold) {
  const std::vector<Patient> patients = few_of_some(2000, 9);
  // Two by two, of which one row is rare; and a model of nothing but the rare ones and one category.
  for (const char* sql :
       {"chisq_test(grade, arm) FROM trial WHERE grade IN (2, 3)",
        "logistic_regression('dead ~ factor(grade)') FROM trial WHERE grade >= 2",
        "cox('Surv(days, dead) ~ factor(grade)') FROM trial WHERE grade >= 2",
        "histogram(age) FROM trial WHERE age >= 70", "odds_ratio(grade, arm) FROM trial WHERE grade >= 2",
        "median(age) FROM trial", "linear_regression('weight ~ factor(grade)') FROM trial"}) {
    const GuardedVerdict verdict = judged_leaving_out(left_out_plan(sql), patients);
    EXPECT_TRUE(verdict.refused) << sql;
    EXPECT_THAT(verdict.sentence, HasSubstr("fewer than 5")) << sql;
  }
}

TEST(LeftOut, OneGroupIsToldWithoutItAndAnotherWhole) {
  std::vector<Patient> patients = testing::trial_patients(3000, 12);
  std::size_t of_arm = 0;
  std::erase_if(patients, [&](const Patient& patient) {
    return std::get<std::string>(patient[kArm]) == "B" && number_or_nan_in(patient, kGrade) == 3 && ++of_arm > 2;
  });
  const Plan plan = left_out_plan("arm, chisq_test(grade, dead) FROM trial GROUP BY arm");
  std::vector<double> means;
  const GuardedVerdict verdict = judged_leaving_out(plan, patients, 0, &means);
  EXPECT_THAT(verdict.shown, ElementsAre(1, 1));
  EXPECT_THAT(left_out_texts(plan, part_of(verdict)),
              ElementsAre("arm = 'B': chisq_test(grade, dead) is told without 3"));
  const ResultTable table = told_part(plan, part_of(verdict), means);
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(std::get<double>(table.rows[0][2]), 2);
  EXPECT_EQ(std::get<double>(table.rows[1][2]), 1);
}

TEST(LeftOut, APartThatLeavesOutWhatThePlanHasNotIsNone) {
  const Plan plan = left_out_plan("chisq_test(grade, arm) FROM trial");
  PlanPart part = all_groups(plan);
  part.left_out = {plan.groups[0].n};
  EXPECT_TRUE(check_part(plan, part));
  part.left_out = {MomentId(1), MomentId(1)};
  EXPECT_FALSE(check_part(plan, part)) << "twice";
  part.left_out = {MomentId(2), MomentId(1)};
  EXPECT_FALSE(check_part(plan, part)) << "not ascending";
  part.left_out = {MomentId(static_cast<std::uint32_t>(plan.moments.size()))};
  EXPECT_FALSE(check_part(plan, part));
  part.left_out.clear();
  for (std::uint32_t i = 0; i < plan.moments.size(); ++i) part.left_out.emplace_back(i);
  EXPECT_FALSE(check_part(plan, part)) << "everything";
  PlanPart counts{PlanPart::Kind::kCounts};
  counts.left_out = {MomentId(0)};
  EXPECT_FALSE(check_part(plan, counts));
}

// survival::nwtco: the smallest stratum is followed on beyond the first time, at which nobody has an event yet, and no
// further. It ended the times of all there, and all eight strata were refused for their events.
TEST(LeftOut, AStratumThatIsNotFollowedForLongDoesNotEndTheTimesOfAllBeforeAnEvent) {
  std::vector<Patient> patients = testing::trial_patients(3000, 21);
  std::size_t of_grade = 0;
  for (Patient& patient : patients) {
    if (number_or_nan_in(patient, kDays) <= 10) patient[kDead] = 0.0;
    if (number_or_nan_in(patient, kGrade) == 3 && ++of_grade > 2) patient[kDays] = 15.0;
  }
  for (const char* model : {"cox('Surv(days, dead) ~ factor(grade)') FROM trial",
                            "kaplan_meier('Surv(days, dead) ~ factor(grade)') FROM trial"}) {
    const Plan plan = left_out_plan(model);
    const GuardedVerdict verdict =
        judged_leaving_out(plan, patients, 0.3);  // with noise nobody knows that nobody has an event
    ASSERT_FALSE(verdict.refused) << verdict.sentence;
    EXPECT_EQ(verdict.steps, 5u);
    const auto texts = left_out_texts(plan, part_of(verdict));
    ASSERT_EQ(texts.size(), 1u);
    EXPECT_THAT(texts[0], HasSubstr("without grade=3"));
  }
}

TEST(LeftOut, WhoseFollowUpEndsTheTimesIsNamed) {
  std::vector<Patient> patients = testing::trial_patients(3000, 22);
  std::size_t of_grade = 0;
  for (Patient& patient : patients) {
    const bool is_late = number_or_nan_in(patient, kDays) > 30;
    if (number_or_nan_in(patient, kGrade) == 2 && is_late && ++of_grade > 2) patient[kDays] = 25.0;
  }
  const Plan plan = left_out_plan("cox('Surv(days, dead) ~ factor(grade)') FROM trial");
  const GuardedVerdict verdict = judged_leaving_out(plan, patients);
  ASSERT_FALSE(verdict.refused);
  EXPECT_EQ(verdict.steps, 2u);
  EXPECT_EQ(verdict.ended_by, "grade=2");
  EXPECT_THAT(verdict.left_out, IsEmpty());
  std::vector<double> means = testing::trial_means(plan, patients, kSlots);
  const ResultTable table = told_part(plan, part_of(verdict), means);
  EXPECT_EQ(json::parse(std::get<ModelCell>(table.rows[0][0])->json)["told_until"], 20);
}

TEST(LeftOut, ARefusalSaysWhatToAskInstead) {
  const std::vector<Patient> patients = few_of_some(2000, 9);
  const std::vector<std::pair<std::string, std::string>> refusals{
      {"linear_regression('weight ~ factor(grade) + arm') FROM trial", "ask with WHERE NOT (grade = 3)"},
      {"ttest(weight, grade) FROM trial WHERE grade >= 2", "ask for the average of the larger one alone"},
      {"odds_ratio(grade, arm) FROM trial WHERE grade >= 2", "all four cells"},
      {"risk_ratio(grade, arm) FROM trial WHERE grade >= 2", "all four cells"},
      {"cox('Surv(days, dead) ~ factor(grade)') FROM trial WHERE grade >= 2",
       "of its 2 combinations of categories only grade=2 could be told of"},
      {"cox('Surv(days, dead) ~ factor(grade)') FROM trial WHERE grade >= 2",
       "ask with fewer covariates or categories"},
      {"logistic_regression('dead ~ factor(grade)') FROM trial WHERE grade >= 2", "no two combinations"},
      {"chisq_test(grade, arm) FROM trial WHERE grade IN (2, 3)", "two rows and two columns"},
      {"chisq_test(grade, arm), count(*) FROM trial", "asked alone"},
  };
  for (const auto& [sql, advice] : refusals) {
    const GuardedVerdict verdict = judged_leaving_out(left_out_plan(sql), patients);
    EXPECT_TRUE(verdict.refused) << sql;
    EXPECT_THAT(verdict.sentence, HasSubstr(advice)) << sql;
    EXPECT_LT(verdict.sentence.size(), 1024u) << "what a verdict may carry";
  }
}

// The advice of a linear regression leads to an answer.
TEST(LeftOut, TheQuestionThatARefusalAdvisesIsAnswered) {
  const std::vector<Patient> patients = few_of_some(2000, 9);
  const Plan plan = left_out_plan("linear_regression('weight ~ factor(grade) + arm') FROM trial WHERE NOT (grade = 3)");
  EXPECT_FALSE(judged_leaving_out(plan, patients).refused);
}

// What is left out is chosen on counts with noise, so that those that stand are rather too large than too small. Tests
// find no more without an effect for it.
TEST(LeftOut, TestsOfTheRestFindNoMoreThanThereIs) {
  std::mt19937_64 random(13);
  const Plan table = left_out_plan("chisq_test(grade, arm) FROM trial"),
             curves = left_out_plan("kaplan_meier('Surv(days, dead) ~ factor(grade)') FROM trial");
  constexpr int kRounds = 200;
  constexpr double kSigma = 5;
  int of_table = 0, found_table = 0, of_curves = 0, found_curves = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Patient> patients = testing::trial_patients(1200, random());
    // Grade 3 is about as rare as what may stand: in some rounds it is left out, in others not.
    std::size_t of_grade = 0;
    std::erase_if(patients,
                  [&](const Patient& patient) { return number_or_nan_in(patient, kGrade) == 3 && ++of_grade > 62; });
    for (const Plan* plan : {&table, &curves}) {
      std::vector<double> means;
      const GuardedVerdict verdict = judged_leaving_out(*plan, patients, kSigma, &means, &random);
      if (verdict.refused || verdict.left_out.empty()) continue;
      const ResultTable answer = told_part(*plan, part_of(verdict), means, kSigma);
      if (plan == &table) {
        ++of_table;
        found_table += std::get<double>(answer.rows[0][2]) < 0.05 ? 1 : 0;
      } else {
        ++of_curves;
        const json cell = json::parse(std::get<ModelCell>(answer.rows[0][0])->json);
        found_curves += cell["logrank"].is_object() && cell["logrank"]["p"] < 0.05 ? 1 : 0;
      }
    }
  }
  std::printf("without an effect found: %d of %d tables, %d of %d log-rank tests with something left out\n",
              found_table, of_table, found_curves, of_curves);
  EXPECT_GT(of_table, 40);
  EXPECT_GT(of_curves, 40);
  EXPECT_LE(found_table, 0.1 * of_table + 2);
  EXPECT_LE(found_curves, 0.1 * of_curves + 2);
}

}  // namespace
}  // namespace mc::query
