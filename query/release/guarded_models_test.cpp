// SPDX-License-Identifier: Apache-2.0
// Models in a guarded commons: what the rules show of them, and whether their intervals know of the noise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>

#include "query/plan/compile.hpp"
#include "query/plan/partial_plan.hpp"
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
using testing::kFive;
using testing::kSlots;
using testing::trial_plan;

// ---- What may be shown.

/// One arm of a trial: its persons, and at each of the five times events and censorings.
struct Arm {
  double persons = 0;
  double events[5] = {}, censored[5] = {};
};

GuardedVerdict judge_arms(const Plan& plan, const std::vector<Arm>& arms, double sigma = 0) {
  std::map<MomentId, double> values;
  double all = 0;
  const PlanSurvival& survival = *plan.items[0].survival;
  const std::vector<MomentId>& sums = plan.groups[0].sums;
  for (std::size_t s = 0; s < arms.size(); ++s) {
    all += arms[s].persons;
    values[sums[s]] = arms[s].persons;
    for (std::size_t k = 0; k < 5; ++k) {
      values[sums[survival.events_index(k, s)]] = arms[s].events[k];
      values[sums[survival.events_index(k, s) + 1]] = arms[s].censored[k];
    }
  }
  values[plan.groups[0].n] = all;
  std::vector<NoisyCount> counts;
  for (const MomentId id : count_moments(plan)) counts.push_back({values.at(id), sigma});
  return judge_groups(plan, counts, {kFive});
}

TEST(GuardedSurvival, IsToldAsLongAsEnoughAreFollowedInEveryArm) {
  const Plan plan = trial_plan("SELECT kaplan_meier('Surv(days, dead) ~ arm') FROM trial");
  const Arm usual{100, {8, 8, 8, 8, 8}, {8, 8, 8, 8, 8}};  // 20 are followed beyond the last time
  const GuardedVerdict all = judge_arms(plan, {usual, usual});
  EXPECT_THAT(all.shown, ElementsAre(1));
  EXPECT_EQ(all.steps, 5u);
  // One arm empties: after the fourth time six are left, after the fifth four.
  const Arm emptying{50, {5, 5, 5, 5, 1}, {6, 6, 6, 6, 1}};
  EXPECT_EQ(judge_arms(plan, {usual, emptying}).steps, 4u);
  EXPECT_EQ(judge_arms(plan, {emptying, usual}).steps, 4u);
  // Noise of two persons in each count makes few of many, the sooner the more counts are added up.
  const Arm large{200, {20, 20, 20, 20, 20}, {16, 16, 16, 16, 16}};
  const Arm large_emptying{80, {10, 10, 10, 10, 1}, {9, 9, 9, 9, 1}};
  for (const auto& [sigma, steps] : {std::pair{0.0, 3u}, {1.0, 3u}, {2.0, 2u}}) {
    const GuardedVerdict verdict = judge_arms(plan, {large, large_emptying}, sigma);
    EXPECT_EQ(verdict.steps, steps) << sigma;
    EXPECT_TRUE(verdict.left_out.empty()) << sigma;
  }
}

TEST(GuardedSurvival, AnArmWithFewPersonsOrFewEventsHidesTheAnswer) {
  // Of two arms one alone is no model of Cox's.
  const Plan plan = trial_plan("SELECT cox('Surv(days, dead) ~ arm') FROM trial");
  const Arm usual{100, {8, 8, 8, 8, 8}, {8, 8, 8, 8, 8}};
  EXPECT_TRUE(judge_arms(plan, {usual, {4, {1, 0, 0, 0, 0}, {0, 0, 0, 0, 0}}}).refused);
  const GuardedVerdict few_events = judge_arms(plan, {usual, {100, {1, 0, 2, 0, 1}, {8, 8, 8, 8, 8}}});
  EXPECT_TRUE(few_events.refused);
  EXPECT_THAT(few_events.sentence, HasSubstr("fewer than 5 persons"));
  EXPECT_FALSE(judge_arms(plan, {usual, {100, {0, 0, 0, 0, 0}, {8, 8, 8, 8, 8}}}).refused) << "nobody is no secret";
  EXPECT_FALSE(judge_arms(plan, {usual, {}}).refused) << "an arm without anybody either";
  // The attack: events are few until the time that may be told, and many after it.
  EXPECT_TRUE(judge_arms(plan, {usual, {60, {2, 1, 40, 1, 1}, {5, 5, 4, 1, 0}}}).refused);
}

TEST(GuardedModels, AFactorWithASmallCategoryHidesTheModelTheReferenceToo) {
  const Plan plan = trial_plan("SELECT linear_regression('weight ~ age + grade + factor(grade) + arm') FROM trial");
  const PlanGroup& group = plan.groups[0];
  EXPECT_EQ(group.guards.size(), 5u) << "three grades and two arms";
  for (std::size_t small = 0; small < 5; ++small) {
    std::vector<NoisyCount> counts;
    for (const MomentId id : count_moments(plan)) counts.push_back({id == group.guards[small] ? 3.0 : 90.0, 0});
    EXPECT_TRUE(judge_groups(plan, counts, {kFive}).refused) << small;
  }
  const std::vector<NoisyCount> enough(count_moments(plan).size(), {90, 2});
  EXPECT_FALSE(judge_groups(plan, enough, {kFive}).refused);
  EXPECT_EQ(groups_of(plan, all_groups(plan)).plan.groups[0].guards.size(), 0u) << "and nobody else sees them";
}

TEST(GuardedModels, ACrossingThatACoefficientNamesMustNotBeSmallEither) {
  const PlanGroup by_itself =
      trial_plan("SELECT linear_regression('weight ~ arm + factor(grade)') FROM trial").groups[0];
  EXPECT_EQ(by_itself.guards.size(), 5u);
  const PlanGroup crossed = trial_plan("SELECT linear_regression('weight ~ arm * factor(grade)') FROM trial").groups[0];
  EXPECT_EQ(crossed.guards.size(), 11u) << "and all six crossings";
}

// The attack: of arm A nobody but the victim is of grade 3. The coefficient of grade 3, which names her arm nowhere, is
// her weight less the mean of the others of arm A.
TEST(GuardedModels, ACrossingWithTheReferenceMustNotBeSmall) {
  const Plan plan = trial_plan("SELECT linear_regression('weight ~ arm * factor(grade)') FROM trial");
  std::vector<testing::Patient> patients = testing::trial_patients(400, 3);
  std::erase_if(patients, [](const testing::Patient& patient) {
    const double* grade = std::get_if<double>(&patient[4]);
    return std::get<std::string>(patient[2]) == "A" && grade != nullptr && *grade == 3;
  });
  const auto verdict = [&] {
    const std::vector<double> means = testing::trial_means(plan, patients, 8192);
    std::vector<NoisyCount> counts;
    for (const MomentId id : count_moments(plan)) counts.push_back({8192 * means[id.value], 0});
    return judge_groups(plan, counts, {kFive});
  };
  EXPECT_FALSE(verdict().refused) << "nobody is no secret";
  testing::Patient victim = patients.front();
  victim[2] = "A";
  victim[4] = 3.0;
  patients.push_back(victim);
  EXPECT_TRUE(verdict().refused);
  EXPECT_THAT(verdict().sentence, HasSubstr("grade = 3 AND arm = 'A'"));
}

// ---- Whether intervals know of the noise.

std::vector<double> means_of(const Plan& plan, const std::vector<testing::Patient>& patients) {
  return testing::trial_means(plan, patients, kSlots);
}

/// The plan's answer once more, with noise of `sigma` persons in every sum, and finished as if it were `said`.
json noisy(const Plan& plan, const std::vector<double>& means, double sigma, std::mt19937_64& random,
           std::optional<double> said = {}) {
  std::normal_distribution<double> normal;
  std::vector<double> drawn;
  for (const double mean : means) drawn.push_back(mean + sigma / kSlots * normal(random));
  const std::vector<double> sigmas(means.size(), said.value_or(sigma) / kSlots);
  const ResultTable table =
      finish(plan, drawn, std::vector<double>(means.size(), 2 * sigma), 8192, {sigmas, 1}).value_or_stop();
  return json::parse(std::get<ModelCell>(table.rows[0][0])->json);
}

/// The answer without noise.
json of_records(const Plan& plan, const std::vector<double>& means) {
  const std::vector<double> none(means.size(), 0);
  const ResultTable table = finish(plan, means, none, 8192).value_or_stop();
  return json::parse(std::get<ModelCell>(table.rows[0][0])->json);
}

/// A linear model whose truth is known: weight = 40 + 0.5 age + 6 in arm B, and an error of 10.
std::vector<testing::Patient> weighed(std::size_t count, std::mt19937_64& random) {
  std::vector<testing::Patient> patients = testing::trial_patients(count, random());
  std::normal_distribution<double> error(0, 10);
  std::uniform_real_distribution<double> age(20, 90);
  for (testing::Patient& patient : patients) {
    const double years = age(random);
    patient[3] = years;
    const double in_b = std::get<std::string>(patient[2]) == "B" ? 6 : 0;
    patient[6] = 40 + 0.5 * years + in_b + error(random);
  }
  return patients;
}

TEST(GuardedModels, IntervalsOfALinearModelHoldTheTruthAsOftenAsTheySay) {
  const Plan plan = trial_plan("SELECT linear_regression('weight ~ age + arm') FROM trial");
  std::mt19937_64 random(3);
  const double truth[] = {40, 0.5, 6};
  int inside = 0, inside_without = 0, all = 0;
  for (int round = 0; round < 60; ++round) {
    const std::vector<double> means = means_of(plan, weighed(800, random));
    const json answer = noisy(plan, means, 8, random);
    for (std::size_t i = 0; i < 3; ++i, ++all) {
      const json& one = answer["coefficients"][i];
      inside += one["ci_low"] < truth[i] && truth[i] < one["ci_high"] ? 1 : 0;
      // The attack on a version whose standard errors do not know of the noise.
      const double noise = one["noise_sd"], total = one["std_error"];
      const double without = 1.96 * std::sqrt(std::max(0.0, total * total - noise * noise));
      inside_without += std::abs(one["estimate"].get<double>() - truth[i]) < without ? 1 : 0;
    }
  }
  std::printf("in the interval: %d of %d, %d without the noise in it\n", inside, all, inside_without);
  EXPECT_GE(inside, 0.90 * all);
  EXPECT_LT(inside_without, 0.85 * all);
}

// The attack on an R squared that takes noise for variation, and has no deviation of its own.
TEST(GuardedModels, RSquaredIsAsFarFromTheRecordsAsItsNoiseSays) {
  const Plan plan = trial_plan("SELECT linear_regression('weight ~ age + arm') FROM trial");
  std::mt19937_64 random(7);
  constexpr int kRounds = 100;
  int inside = 0, sigma_inside = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<double> means = means_of(plan, weighed(2000, random));
    const json exact = of_records(plan, means), answer = noisy(plan, means, 2, random);
    ASSERT_FALSE(answer["r_squared"].is_null()) << round;
    const auto holds = [&](const char* number, const char* noise_sd) {
      const double off = answer[number].get<double>() - exact[number].get<double>();
      return std::abs(off) < 1.96 * answer[noise_sd].get<double>() ? 1 : 0;
    };
    inside += holds("r_squared", "r_squared_noise_sd");
    sigma_inside += holds("sigma", "sigma_noise_sd");
  }
  std::printf("R squared within its noise: %d, sigma: %d of %d\n", inside, sigma_inside, kRounds);
  EXPECT_GE(inside, 0.90 * kRounds);
  EXPECT_GE(sigma_inside, 0.90 * kRounds);
}

// It once said sigma 0 and R squared 1.
TEST(GuardedModels, WhereNoiseHidesTheResidualVarianceSigmaAndRSquaredAreNotKnown) {
  const Plan plan = trial_plan("SELECT linear_regression('weight ~ age + arm') FROM trial");
  std::mt19937_64 random(8);
  int unknown = 0;
  for (int round = 0; round < 20; ++round) {
    const json answer = noisy(plan, means_of(plan, weighed(60, random)), 8, random);
    const bool is_known = !answer["r_squared"].is_null();
    unknown += is_known ? 0 : 1;
    EXPECT_EQ(answer["sigma"].is_null(), !is_known);
    EXPECT_EQ(answer["adj_r_squared"].is_null(), !is_known);
    EXPECT_EQ(answer.contains("r_squared_noise_sd"), is_known);
    if (!is_known) continue;
    EXPECT_LT(answer["r_squared"].get<double>(), 1);
    EXPECT_GT(answer["sigma"].get<double>(), 0);
  }
  EXPECT_GT(unknown, 15) << "noise of 8 persons in sums of 60";
}

// The attack on an F test that takes the noise in sums for an effect.
TEST(GuardedModels, TheFTestFindsNoMoreThanThereIs) {
  const Plan plan = trial_plan("SELECT linear_regression('weight ~ age + factor(grade) + arm') FROM trial");
  std::mt19937_64 random(9);
  std::normal_distribution<double> weight(60, 10);
  constexpr int kRounds = 200;
  int found = 0, found_without = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<testing::Patient> patients = testing::trial_patients(800, random());
    for (testing::Patient& patient : patients) patient[6] = weight(random);
    const std::vector<double> means = means_of(plan, patients);
    std::mt19937_64 same = random;
    found += noisy(plan, means, 6, random)["f"]["p"] < 0.05 ? 1 : 0;
    found_without += noisy(plan, means, 6, same, 1e-6)["f"]["p"] < 0.05 ? 1 : 0;
  }
  std::printf("F without an effect found: %d of %d, %d without the noise in it\n", found, kRounds, found_without);
  EXPECT_LT(found, 0.09 * kRounds);
  EXPECT_GT(found_without, 0.3 * kRounds);
}

TEST(GuardedModels, WithoutNoiseTheFTestIsThatOfR) {
  const Plan plan = trial_plan("SELECT linear_regression('weight ~ age + arm') FROM trial");
  std::mt19937_64 random(10);
  const std::vector<double> means = means_of(plan, weighed(300, random));
  const json exact = of_records(plan, means);
  const json answer = noisy(plan, means, 1e-7, random);
  // 200 draws of three coefficients' covariance are known to 2 in 199, by which they are scaled down.
  EXPECT_NEAR(answer["f"]["value"].get<double>() / exact["f"]["value"].get<double>(), 196.0 / 199, 1e-6);
  EXPECT_EQ(answer["f"]["df1"], exact["f"]["df1"]);
  EXPECT_FALSE(exact.contains("r_squared_noise_sd"));
}

constexpr double kHazard = 0.02;
/// Arms and grades make no difference to when they die or leave.
std::vector<testing::Patient> patients_alike(std::size_t count, std::mt19937_64& random) {
  std::vector<testing::Patient> patients = testing::trial_patients(count, random());
  std::exponential_distribution<double> death(kHazard), loss(0.01);
  for (testing::Patient& patient : patients) {
    const double dies = death(random), leaves = std::min(loss(random), 59.0);
    patient[0] = std::ceil(std::min(dies, leaves));
    patient[1] = dies <= leaves ? 1.0 : 0.0;
  }
  return patients;
}

TEST(GuardedSurvival, IntervalsHoldTheTruthAsOftenAsTheySay) {
  const Plan plan = trial_plan("SELECT kaplan_meier('Surv(days, dead) ~ 1') FROM trial");
  std::mt19937_64 random(4);
  int inside = 0, all = 0;
  double noise = 0, sampling = 0;
  for (int round = 0; round < 60; ++round) {
    const std::vector<double> means = means_of(plan, patients_alike(300, random));
    const json stratum = noisy(plan, means, 8, random)["strata"][0];
    for (std::size_t i = 0; i < stratum["time"].size(); ++i, ++all) {
      const double truth = std::exp(-kHazard * stratum["time"][i].get<double>());
      inside += stratum["lower"][i] < truth && truth < stratum["upper"][i] ? 1 : 0;
      const double sd = stratum["noise_sd"][i], total = stratum["std_error"][i];
      noise += sd * sd;
      sampling += total * total - sd * sd;
    }
  }
  std::printf("in the interval: %d of %d; variance by noise %.2f of the whole\n", inside, all,
              noise / (noise + sampling));
  EXPECT_GE(inside, 0.90 * all);
  EXPECT_GT(noise, 0.3 * (noise + sampling));
}

// The attack on a log-rank test that takes noise for events: "significant" without any difference.
TEST(GuardedSurvival, TheLogRankTestFindsNoMoreThanThereIs) {
  const Plan plan = trial_plan("SELECT kaplan_meier('Surv(days, dead) ~ arm') FROM trial");
  std::mt19937_64 random(6);
  constexpr int kRounds = 150;
  int found = 0, found_without = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<double> means = means_of(plan, patients_alike(500, random));
    std::mt19937_64 same = random;
    found += noisy(plan, means, 8, random)["logrank"]["p"] < 0.05 ? 1 : 0;
    found_without += noisy(plan, means, 8, same, 1e-6)["logrank"]["p"] < 0.05 ? 1 : 0;
  }
  std::printf("without a difference found: %d of %d, %d without the noise in it\n", found, kRounds, found_without);
  EXPECT_LT(found, 0.09 * kRounds);
  EXPECT_GT(found_without, 0.15 * kRounds);
}

TEST(GuardedSurvival, HazardRatiosKnowOfTheNoise) {
  const Plan plan = trial_plan("SELECT cox('Surv(days, dead) ~ arm') FROM trial");
  std::mt19937_64 random(5);
  const std::vector<double> means = means_of(plan, testing::trial_patients(600, 9));
  const json exact = noisy(plan, means, 1e-6, random);
  int inside = 0;
  for (int round = 0; round < 40; ++round) {
    const json answer = noisy(plan, means, 10, random)["coefficients"][0];
    const double off = answer["estimate"].get<double>() - exact["coefficients"][0]["estimate"].get<double>();
    inside += std::abs(off) < 1.96 * answer["noise_sd"].get<double>() ? 1 : 0;
    EXPECT_GT(answer["std_error"].get<double>(), 1.01 * exact["coefficients"][0]["std_error"].get<double>());
  }
  EXPECT_GE(inside, 34) << "of 40, 95 % expected";
}

// The attack on a likelihood ratio that takes noise for a difference; what guarded answers say instead.
TEST(GuardedSurvival, TheWaldTestOfCoxsModelFindsNoMoreThanThereIs) {
  const Plan plan = trial_plan("SELECT cox('Surv(days, dead) ~ arm + factor(grade)') FROM trial");
  std::mt19937_64 random(11);
  constexpr int kRounds = 150;
  int found = 0, found_without = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<double> means = means_of(plan, patients_alike(900, random));
    std::mt19937_64 same = random;
    const json answer = noisy(plan, means, 6, random);
    EXPECT_FALSE(answer.contains("likelihood_ratio"));
    EXPECT_FALSE(answer.contains("score"));
    EXPECT_EQ(answer["wald"]["df"], 3);
    found += answer["wald"]["p"] < 0.05 ? 1 : 0;
    found_without += noisy(plan, means, 6, same, 1e-6)["wald"]["p"] < 0.05 ? 1 : 0;
  }
  std::printf("Cox without an effect found: %d of %d, %d without the noise in it\n", found, kRounds, found_without);
  EXPECT_LT(found, 0.09 * kRounds);
  EXPECT_GT(found_without, 0.2 * kRounds);
}

TEST(GuardedSurvival, NoiseDoesNotAddUpToEvents) {
  // A hundred times, nothing happens at any of them: counts that were cut at zero one by one would say 160 events.
  std::mt19937_64 random(6);
  std::normal_distribution<double> noise(0, 4);
  double events = 0;
  for (int round = 0; round < 20; ++round) {
    StratumCounts counts{1000 + noise(random), {}, {}};
    for (int k = 0; k < 100; ++k) {
      counts.events.push_back(noise(random));
      counts.censored.push_back(noise(random));
    }
    const StratumCounts then = consistent(counts);
    double left = then.persons;
    for (std::size_t k = 0; k < 100; ++k) {
      EXPECT_GE(then.events[k], 0);
      EXPECT_GE(then.censored[k], 0);
      events += then.events[k] / 20;
      left -= then.events[k] + then.censored[k];
    }
    EXPECT_GE(left, 0);
  }
  EXPECT_LT(events, 60);
}

}  // namespace
}  // namespace mc::query
