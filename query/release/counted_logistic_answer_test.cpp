// SPDX-License-Identifier: Apache-2.0
// From the question to the answer of a guarded commons: what the rules see, what is said, and how certain it is.
#include "query/release/counted_logistic_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "query/plan/compile.hpp"
#include "query/plan/partial_plan.hpp"
#include "query/release/finish.hpp"
#include "query/release/guarded.hpp"
#include "query/testing/newton.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/rules.hpp"
#include "query/testing/slots.hpp"
#include "query/testing/trial.hpp"

namespace mc::query {
namespace {

using nlohmann::json;
using testing::counting_trial_plan;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kFive;
using testing::kSlots;

ModelAnswer answered_model(const Plan& plan, const std::vector<double>& means, double sigma, double said,
                           std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::vector<double> drawn;
  for (const double mean : means) drawn.push_back(mean + sigma / kSlots * normal(random));
  const std::vector<double> sigmas(said > 0 ? means.size() : 0, said / kSlots);
  const ResultTable table =
      finish(plan, drawn, std::vector<double>(means.size(), 2 * sigma), 8192, {sigmas, 1}).value_or_stop();
  return *std::get<ModelCell>(table.rows[0][0]);
}

/// Who dies depends on neither arm nor grade.
std::vector<testing::Patient> alike(std::size_t count, std::mt19937_64& random) {
  std::vector<testing::Patient> patients = testing::trial_patients(count, random());
  std::bernoulli_distribution dies(0.3);
  for (testing::Patient& patient : patients) patient[1] = dies(random) ? 1.0 : 0.0;
  return patients;
}

TEST(CountedLogisticAnswer, WithoutNoiseIsTheModelOfTheRecords) {
  const Plan plan = counting_trial_plan("SELECT logistic_regression('dead ~ arm + factor(grade)') FROM trial");
  const std::vector<testing::Patient> patients = testing::trial_patients(500, 3);
  testing::Rows rows;
  std::vector<double> y;
  double missing = 0;
  for (const testing::Patient& patient : patients) {
    const double* grade = std::get_if<double>(&patient[4]);
    missing += grade == nullptr ? 1 : 0;
    if (grade == nullptr) continue;
    rows.push_back(
        {1, std::get<std::string>(patient[2]) == "B" ? 1.0 : 0.0, *grade == 2 ? 1.0 : 0.0, *grade == 3 ? 1.0 : 0.0});
    y.push_back(std::get<double>(patient[1]));
  }
  ASSERT_GT(missing, 0);
  const testing::PlainFit plain = testing::fit(rows, y);
  std::mt19937_64 random(1);
  const json answer =
      json::parse(answered_model(plan, testing::trial_means(plan, patients, kSlots), 0, 0, random).json);
  EXPECT_EQ(answer["n"], rows.size());
  EXPECT_EQ(answer["n_missing"], missing);
  EXPECT_EQ(answer["digits"], 15);
  EXPECT_EQ(answer["converged"], true);
  for (std::size_t j = 0; j < 4; ++j) {
    const json& one = answer["coefficients"][j];
    EXPECT_NEAR(one["estimate"].get<double>(), plain.beta[j], 1e-9);
    EXPECT_NEAR(one["std_error"].get<double>(), std::sqrt(plain.covariance[j][j]), 1e-9);
    EXPECT_FALSE(one.contains("noise_sd"));
  }
}

TEST(CountedLogisticAnswer, ComparisonsThatOverlapAreTheDifferencesBetweenThem) {
  const std::vector<testing::Patient> patients = testing::trial_patients(500, 3);
  std::mt19937_64 random(1);
  const auto estimates = [&](const std::string& terms) {
    const Plan plan = counting_trial_plan("SELECT logistic_regression('dead ~ " + terms + "') FROM trial");
    const json answer =
        json::parse(answered_model(plan, testing::trial_means(plan, patients, kSlots), 0, 0, random).json);
    std::vector<double> found;
    for (const json& one : answer["coefficients"]) found.push_back(one["estimate"]);
    return found;
  };
  const std::vector<double> bins = estimates("factor(age)");
  const std::vector<double> nested = estimates("I(age >= 50) + I(age >= 70)");
  ASSERT_EQ(nested.size(), 3u);
  EXPECT_NEAR(nested[0], bins[0], 1e-9);
  EXPECT_NEAR(nested[1], bins[1], 1e-9);
  EXPECT_NEAR(nested[2], bins[2] - bins[1], 1e-9);
}

TEST(CountedLogisticAnswer, WhoLacksAGradeIsToldApartWhereSheStays) {
  const Plan plan = counting_trial_plan(
      "SELECT logistic_regression('dead ~ arm + factor(grade)', missing => 'indicator') FROM trial");
  const std::vector<testing::Patient> patients = testing::trial_patients(500, 3);
  testing::Rows rows;
  std::vector<double> y;
  for (const testing::Patient& patient : patients) {
    const double* grade = std::get_if<double>(&patient[4]);
    const double of = grade == nullptr ? 0 : *grade;
    rows.push_back({1, std::get<std::string>(patient[2]) == "B" ? 1.0 : 0.0, of == 2 ? 1.0 : 0.0, of == 3 ? 1.0 : 0.0,
                    of == 0 ? 1.0 : 0.0});
    y.push_back(std::get<double>(patient[1]));
  }
  const testing::PlainFit plain = testing::fit(rows, y);
  std::mt19937_64 random(1);
  const json answer =
      json::parse(answered_model(plan, testing::trial_means(plan, patients, kSlots), 0, 0, random).json);
  EXPECT_EQ(answer["n"], 500);
  EXPECT_EQ(answer["n_missing"], 0);
  for (std::size_t j = 0; j < 5; ++j) {
    EXPECT_NEAR(answer["coefficients"][j]["estimate"].get<double>(), plain.beta[j], 1e-9);
  }
}

TEST(CountedLogisticAnswer, SaysTheNoiseAndNoDeviance) {
  const Plan plan = counting_trial_plan("SELECT logistic_regression('dead ~ arm + factor(grade)') FROM trial");
  std::mt19937_64 random(2);
  const ModelAnswer answer =
      answered_model(plan, testing::trial_means(plan, testing::trial_patients(3000, 4), kSlots), 3, 3, random);
  const json object = json::parse(answer.json);
  EXPECT_TRUE(object["deviance"].is_null());
  EXPECT_TRUE(object["null_deviance"].is_null());
  EXPECT_EQ(object["wald"]["df"], 3);
  for (const json& one : object["coefficients"]) {
    EXPECT_GT(one["noise_sd"].get<double>(), 0);
    EXPECT_GT(one["std_error"].get<double>(), one["noise_sd"].get<double>());
  }
  EXPECT_THAT(answer.text, HasSubstr("noise"));
  EXPECT_THAT(answer.text, HasSubstr("counted in 6 combinations of categories; converged"));
}

// The attack on tests that take the noise in counts for an effect.
// Where nobody is missing they are one count, and not the sum of six groups, which has two and a half times its noise.
TEST(CountedLogisticAnswer, PersonsHaveTheNoiseOfOneCount) {
  for (const std::string model : {"logistic_regression('dead ~", "cox('Surv(days, dead) ~"}) {
    const Plan plan = counting_trial_plan("SELECT " + model + " arm + factor(grade)') FROM trial");
    std::mt19937_64 random(11);
    std::vector<testing::Patient> patients = alike(3000, random);
    for (std::size_t i = 0; i < patients.size(); ++i) patients[i][4] = 1.0 + static_cast<double>(i % 3);
    const std::vector<double> means = testing::trial_means(plan, patients, kSlots);
    constexpr double kSigma = 4;
    constexpr int kDraws = 60;
    double squares = 0;
    for (int draw = 0; draw < kDraws; ++draw) {
      const json answer = json::parse(answered_model(plan, means, kSigma, kSigma, random).json);
      squares += std::pow(answer["n"].get<double>() - 3000, 2) / kDraws;
    }
    EXPECT_LT(std::sqrt(squares), 2 * kSigma) << model << "; a few are said to be missing, and then it is the groups";
    EXPECT_GT(std::sqrt(squares), 0.6 * kSigma) << model;
  }
}

TEST(CountedLogisticAnswer, WaldTestsFindNoMoreThanThereIs) {
  const Plan plan = counting_trial_plan("SELECT logistic_regression('dead ~ arm + factor(grade)') FROM trial");
  std::mt19937_64 random(9);
  constexpr int kRounds = 300;
  int found = 0, found_without = 0, found_slope = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<double> means = testing::trial_means(plan, alike(600, random), kSlots);
    std::mt19937_64 same = random;
    const json knows = json::parse(answered_model(plan, means, 6, 6, random).json);
    const json ignores = json::parse(answered_model(plan, means, 6, 1e-6, same).json);
    found += knows["wald"]["p"] < 0.05 ? 1 : 0;
    found_slope += knows["coefficients"][1]["p"] < 0.05 ? 1 : 0;
    found_without += ignores["wald"]["p"] < 0.05 ? 1 : 0;
  }
  std::printf("without an effect found: %d of %d, a slope %d, %d without the noise in it\n", found, kRounds,
              found_slope, found_without);
  EXPECT_LT(found, 0.08 * kRounds);
  EXPECT_LT(found_slope, 0.08 * kRounds);
  EXPECT_GT(found_without, 0.15 * kRounds);
}

// ---- What may be shown.

/// Ninety persons in every count but those that are given.
GuardedVerdict judged_by_counts(const Plan& plan, const std::map<std::size_t, double>& counts, double sigma = 0) {
  std::map<MomentId, double> values;
  for (const auto& [sum, count] : counts) values[plan.groups[0].sums[sum]] = count;
  std::vector<NoisyCount> all;
  for (const MomentId id : count_moments(plan)) {
    const auto found = values.find(id);
    all.push_back({id == plan.groups[0].n ? 2000 : found == values.end() ? 90 : found->second, sigma});
  }
  return judge_groups(plan, all, {kFive});
}

TEST(CountedLogisticAnswer, ACategoryOfWhomFewHaveTheOutcomeOrFewHaveNotHidesIt) {
  const Plan plan = counting_trial_plan("SELECT logistic_regression('dead ~ arm + factor(grade)') FROM trial");
  EXPECT_FALSE(judged_by_counts(plan, {}).refused);
  EXPECT_THAT(judged_by_counts(plan, {}).left_out, IsEmpty());
  // Of grade 3 (the third and sixth stratum) two and one have the outcome: the model is told without it.
  EXPECT_FALSE(judged_by_counts(plan, {{4, 2}, {10, 1}}).left_out.empty());
  EXPECT_FALSE(judged_by_counts(plan, {{5, 2}, {11, 1}}).left_out.empty()) << "or have not";
  EXPECT_THAT(judged_by_counts(plan, {{4, 2}, {10, 40}}).left_out, IsEmpty())
      << "a combination that no coefficient names may be small";
  EXPECT_FALSE(judged_by_counts(plan, {{0, 1}, {6, 2}}).left_out.empty()) << "of the reference too";
  // Noise of five persons in each of two counts: 90 + 90 are certainly 146.
  EXPECT_THAT(judged_by_counts(plan, {{4, 20}, {10, 20}}, 5).left_out, IsEmpty());
  EXPECT_FALSE(judged_by_counts(plan, {{4, 19}, {10, 19}}, 5).left_out.empty());
}

TEST(CountedLogisticAnswer, ACrossingThatACoefficientNamesMustNotBeSmall) {
  const Plan plan = counting_trial_plan("SELECT logistic_regression('dead ~ arm * factor(grade)') FROM trial");
  EXPECT_FALSE(judged_by_counts(plan, {{10, 2}}).left_out.empty()) << "arm B, grade 3, with the outcome";
  EXPECT_FALSE(judged_by_counts(plan, {{4, 2}}).left_out.empty())
      << "arm A, grade 3: the coefficient of grade 3 tells it";
}

}  // namespace
}  // namespace mc::query
