// SPDX-License-Identifier: Apache-2.0
// auc and calibration in a guarded commons: what the rules see of them, and whether their intervals know of the noise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "query/plan/compile.hpp"
#include "query/plan/partial_plan.hpp"
#include "query/release/auc.hpp"
#include "query/release/finish.hpp"
#include "query/release/guarded.hpp"
#include "query/release/left_out.hpp"
#include "query/testing/clinic_in_the_clear.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/rules.hpp"
#include "query/testing/scores_in_the_clear.hpp"
#include "query/testing/slots.hpp"
#include "query/testing/values.hpp"

namespace mc::query {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kFive;
using testing::kSlots;
using testing::number_or_nan;
using testing::Patient;

const char* const kModel = "predicted_risk('m', '-3 + 0.04 * age')";

Plan predictor_plan(const std::string& sql) {
  LimbBudget budget = testing::counting_budget();
  budget.proven_starts = true;
  return testing::plan_within("SELECT " + sql + " FROM clinic", testing::clinic_with_steps(), budget);
}

/// Who dies follows the model times `effect`.
std::vector<Patient> patients_at_risk(std::size_t count, double effect, std::mt19937_64& random) {
  const data::Schema schema = testing::clinic_with_steps();
  std::vector<Patient> patients;
  std::uniform_int_distribution<int> age(20, 95);
  for (std::size_t i = 0; i < count; ++i) {
    Patient& patient = patients.emplace_back(testing::random_patient(schema, random));
    patient[testing::kAge] = static_cast<double>(age(random));
    const double score = -3 + 0.04 * *testing::number_in(patient, testing::kAge);
    const double logit = effect == 0 ? -1 : score * effect;
    patient[testing::kDeath] = std::bernoulli_distribution(1 / (1 + std::exp(-logit)))(random) ? 1.0 : 0.0;
  }
  return patients;
}

/// Sums over persons of each of the plan's, one age and outcome after another, for both are all that it reads.
class Sums {
 public:
  explicit Sums(const Plan& plan) : plan_(plan) {}
  std::vector<double> of(const std::vector<Patient>& patients) {
    std::vector<double> sums(plan_.moments.size(), 0);
    for (const Patient& patient : patients) {
      const std::pair key(*testing::number_in(patient, testing::kAge), *testing::number_in(patient, testing::kDeath));
      auto found = known_.find(key);
      if (found == known_.end()) {
        const data::Schema schema = testing::clinic_with_steps();
        const std::vector<double> nodes = testing::node_values(
            plan_, [&](const Node& node) { return testing::value_of_handle(plan_, schema, node.handle, patient); });
        std::vector<double> values;
        for (const NodeId id : plan_.moments) values.push_back(nodes[id.value]);
        found = known_.emplace(key, std::move(values)).first;
      }
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += found->second[i];
    }
    return sums;
  }

 private:
  const Plan& plan_;
  std::map<std::pair<double, double>, std::vector<double>> known_;
};

ResultTable predictors_answer(const Plan& plan, const std::vector<double>& sums, double sigma, double said,
                              std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::vector<double> means;
  for (const double sum : sums) means.push_back((sum + sigma * normal(random)) / kSlots);
  const std::vector<double> sigmas(said > 0 ? means.size() : 0, said / kSlots);
  return finish(plan, means, std::vector<double>(means.size(), 2 * sigma), 8192, {sigmas, 1}).value_or_stop();
}

TEST(GuardedPredictors, IntervalsOfAreasHoldTheTruth) {
  const Plan plan = predictor_plan(std::string("auc(death, ") + kModel + ")");
  Sums sums(plan);
  std::mt19937_64 random(3);
  for (const double effect : {0.0, 1.0, 2.5}) {
    // Of everybody there could be.
    const double truth = number_or_nan(
        predictors_answer(plan, sums.of(patients_at_risk(400'000, effect, random)), 0, 1e-9, random).rows[0][0]);
    for (const auto& [persons, sigma] : {std::pair(600, 4.0), std::pair(2500, 8.0)}) {
      constexpr int kRounds = 300;
      int hold = 0, hold_without = 0, known = 0;
      double off = 0;
      for (int round = 0; round < kRounds; ++round) {
        const std::vector<double> of_cohort =
            sums.of(patients_at_risk(static_cast<std::size_t>(persons), effect, random));
        std::mt19937_64 same = random;
        const std::vector<Value> row = predictors_answer(plan, of_cohort, sigma, sigma, random).rows[0];
        const std::vector<Value> ignoring = predictors_answer(plan, of_cohort, sigma, 1e-9, same).rows[0];
        if (std::isnan(number_or_nan(row[1]))) continue;
        ++known;
        off += number_or_nan(row[0]) - truth;
        hold += number_or_nan(row[1]) <= truth && truth <= number_or_nan(row[2]) ? 1 : 0;
        hold_without += number_or_nan(ignoring[1]) <= truth && truth <= number_or_nan(ignoring[2]) ? 1 : 0;
      }
      std::printf(
          "area %.3f, %d persons, noise %.0f: %.1f %% of %d intervals hold it, %.1f %% without the noise, bias %.4f\n",
          truth, persons, sigma, 100.0 * hold / known, known, 100.0 * hold_without / known, off / known);
      EXPECT_GE(known, 0.98 * kRounds);
      EXPECT_GE(hold, 0.91 * known);
      EXPECT_LE(hold, 0.995 * known);
      EXPECT_LT(std::fabs(off / known), 0.01);
      EXPECT_LT(hold_without, 0.91 * known) << "or the noise would not matter";
    }
  }
}

TEST(GuardedPredictors, RatesPerBinHaveTheNoiseThatIsSaidAndTheirIntervalsHoldTheTruth) {
  const Plan plan = predictor_plan(std::string("calibration(death, ") + kModel + ", 0.2, 0.4)");
  Sums sums(plan);
  std::mt19937_64 random(4);
  const json truth = json::parse(
      std::get<ModelCell>(
          predictors_answer(plan, sums.of(patients_at_risk(400'000, 1, random)), 0, 1e-9, random).rows[0][0])
          ->json);
  int hold = 0, hold_without = 0, tries = 0, near = 0, near_score = 0;
  for (int round = 0; round < 300; ++round) {
    const std::vector<double> of_cohort = sums.of(patients_at_risk(900, 1, random));
    std::mt19937_64 same = random, none = random;
    const auto cell = [&](double sigma, double said, std::mt19937_64& with) {
      return json::parse(std::get<ModelCell>(predictors_answer(plan, of_cohort, sigma, said, with).rows[0][0])->json);
    };
    const json noisy = cell(7, 7, random), ignoring = cell(7, 1e-9, same), exact = cell(0, 1e-9, none);
    for (std::size_t bin = 0; bin < 3; ++bin) {
      const double rate = truth["bins"][bin]["observed"];
      const json &of = noisy["bins"][bin], &without = ignoring["bins"][bin], &records = exact["bins"][bin];
      ++tries;
      hold += of["ci_low"] <= rate && rate <= of["ci_high"] ? 1 : 0;
      hold_without += without["ci_low"] <= rate && rate <= without["ci_high"] ? 1 : 0;
      const auto within = [&](const char* what, const char* sd) {
        return std::fabs(of[what].get<double>() - records[what].get<double>()) < 1.96 * of[sd].get<double>() ? 1 : 0;
      };
      near += within("observed", "noise_sd");
      near_score += within("mean_score", "mean_score_noise_sd");
      EXPECT_TRUE(of["n"].is_number_integer());
    }
  }
  std::printf(
      "of %d bins %.1f %% of intervals hold the rate, %.1f %% without the noise; within 1.96 deviations of its "
      "noise are %.1f %% of rates and %.1f %% of mean scores\n",
      tries, 100.0 * hold / tries, 100.0 * hold_without / tries, 100.0 * near / tries, 100.0 * near_score / tries);
  EXPECT_GE(hold, 0.92 * tries);
  EXPECT_LE(hold, 0.985 * tries);
  EXPECT_LT(hold_without, 0.92 * tries);
  for (const int within : {near, near_score}) {
    EXPECT_GE(within, 0.92 * tries);
    EXPECT_LE(within, 0.98 * tries);
  }
}

// ---- What may be shown.

GuardedVerdict judged_predictors(const Plan& plan, const std::vector<Patient>& patients, double sigma = 0) {
  const std::vector<double> sums = Sums(plan).of(patients);
  std::vector<NoisyCount> counts;
  for (const MomentId id : count_moments(plan)) counts.push_back({sums[id.value], sigma});
  return judge_groups(plan, counts, {kFive});
}

TEST(GuardedPredictors, AnAreaIsToldWhereEnoughHaveTheOutcomeAndEnoughHaveNot) {
  const Plan plan = predictor_plan(std::string("auc(death, ") + kModel + ")");
  std::mt19937_64 random(5);
  std::vector<Patient> patients = patients_at_risk(900, 1, random);
  EXPECT_FALSE(judged_predictors(plan, patients, 3).refused);
  for (const double outcome : {0.0, 1.0}) {
    std::vector<Patient> few = patients;
    std::size_t of_outcome = 0;
    std::erase_if(few, [&](const Patient& patient) {
      return *testing::number_in(patient, testing::kDeath) == outcome && ++of_outcome > 4;
    });
    const GuardedVerdict verdict = judged_predictors(plan, few);
    EXPECT_TRUE(verdict.refused) << "the attack: the score of the few who have it, or have not";
    EXPECT_THAT(verdict.sentence, HasSubstr(outcome == 1 ? "(those with the outcome)" : "(those without the outcome)"));
    EXPECT_THAT(verdict.sentence, HasSubstr("ask for an outcome that more persons have, or have not"))
        << "it named the area and said to leave that out with WHERE";
  }
}

TEST(GuardedPredictors, ABinInWhichFewHaveTheOutcomeIsLeftOutOfACalibration) {
  const Plan plan = predictor_plan(std::string("calibration(death, ") + kModel + ", 0.2, 0.4)");
  std::mt19937_64 random(6);
  std::vector<Patient> patients = patients_at_risk(900, 1, random);
  EXPECT_THAT(judged_predictors(plan, patients).left_out, IsEmpty());
  std::size_t died = 0;
  std::erase_if(patients, [&](const Patient& patient) {
    const bool low = -3 + 0.04 * *testing::number_in(patient, testing::kAge) < std::log(0.2 / 0.8);
    return low && *testing::number_in(patient, testing::kDeath) == 1 && ++died > 2;
  });
  const GuardedVerdict verdict = judged_predictors(plan, patients);
  ASSERT_FALSE(verdict.refused);
  const PlanPart part{PlanPart::Kind::kGroups, verdict.shown, verdict.steps, verdict.left_out};
  const std::vector<std::string> texts = left_out_texts(plan, part);
  ASSERT_EQ(texts.size(), 1u);
  EXPECT_THAT(texts[0], HasSubstr("is told without [0,0.2)"));
  // The sum of their scores is not released either.
  const std::size_t shown = groups_of(plan, part).plan.moments.size();
  EXPECT_EQ(shown, groups_of(plan, all_groups(plan)).plan.moments.size() - 4) << "everybody, and three of the bin";
}

}  // namespace
}  // namespace mc::query
