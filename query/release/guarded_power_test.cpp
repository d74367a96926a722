// SPDX-License-Identifier: Apache-2.0
// How many persons an effect needs to be found beneath the noise of a guarded commons. The table of docs/guarded.md is
// made by `query_tests --gtest_also_run_disabled_tests --gtest_filter='GuardedPower.*'`
// (bench/results/2026-11-guarded.md).
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "query/plan/compile.hpp"
#include "query/release/finish.hpp"
#include "query/release/privacy.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/slots.hpp"
#include "query/testing/trial.hpp"

namespace mc::query {
namespace {

using nlohmann::json;
using testing::counting_trial_plan;
using testing::kSlots;

constexpr std::uint32_t kThreePieces = 3;  // of a committee of 2 of 3
constexpr double kGuardedModulusLog2 = 191;

/// A question about two arms of equal size, of which `draw` puts the sums of so many persons together.
struct PowerQuestion {
  const char* sql;
  std::function<void(const Plan&, double persons, std::mt19937_64&, std::vector<double>& sums)> draw;
  std::function<double(const ResultTable&)> p_value;
};

/// The deviation of the noise of every sum, in its units, when the question may cost so much. 0: none.
std::vector<double> noise_of(const Plan& plan, double rho) {
  if (rho == 0) return std::vector<double>(plan.moments.size(), 0);
  AnswerBound bound;
  bound.noise_log2 = 20;
  bound.message_max = 3;
  bound.scale_log2 = 92;
  const std::vector<AnswerBound> bounds(plan.moments.size(), bound);
  std::vector<MomentId> released;
  for (std::uint32_t i = 0; i < plan.moments.size(); ++i) released.emplace_back(i);
  const PrivateNoise noise = private_noise(bounds, sensitivities(plan, released, bounds, kSlots),
                                           static_cast<std::uint64_t>(rho * static_cast<double>(kNanoPerRho)),
                                           kThreePieces, kGuardedModulusLog2)
                                 .value_or_stop();
  std::vector<double> sigma;
  for (const std::uint8_t log2 : noise.sigma_log2) sigma.push_back(sigma_total(bound, log2, kThreePieces, kSlots));
  return sigma;
}

/// How often the effect is found at 5 %.
double power_of(const PowerQuestion& question, double rho, double persons, int rounds) {
  const Plan plan = counting_trial_plan(question.sql);
  const std::vector<double> noise = noise_of(plan, rho);
  std::mt19937_64 random(static_cast<std::uint64_t>(persons));
  std::normal_distribution<double> normal;
  int found = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> sums(plan.moments.size(), 0), means, mean_sigma;
    question.draw(plan, persons, random, sums);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      means.push_back((sums[i] + noise[i] * normal(random)) / kSlots);
      if (rho > 0) mean_sigma.push_back(noise[i] / kSlots);
    }
    const std::vector<double> errors(sums.size(), rho > 0 ? 100 : 1e-3);
    const auto table = finish(plan, means, errors, kSlots, {mean_sigma, 1});
    if (table) found += question.p_value(*table) < 0.05 ? 1 : 0;
  }
  return static_cast<double>(found) / rounds;
}

/// The smallest number of persons, to a twentieth, at which 80 of 100 find it.
double persons_needed(const PowerQuestion& question, double rho, int rounds) {
  double low = 20, high = 40'000;
  while (high / low > 1.05) {
    const double middle = std::sqrt(low * high);
    (power_of(question, rho, middle, rounds) < 0.8 ? low : high) = middle;
  }
  return high;
}

double p_of_model(const ResultTable& table, const char* term) {
  const json answer = json::parse(std::get<ModelCell>(table.rows[0][0])->json);
  for (const json& one : answer["coefficients"]) {
    if (one["term"] == term && one["p"].is_number()) return one["p"].get<double>();
  }
  return 1;
}

/// Who dies: so many in a hundred in arm A, and with odds that are `ratio` times as large in arm B.
PowerQuestion odds(double risk, double ratio) {
  return {"SELECT logistic_regression('dead ~ arm') FROM trial",
          [=](const Plan& plan, double persons, std::mt19937_64& random, std::vector<double>& sums) {
            const double in_b = risk / (1 - risk) * ratio;
            const double risks[] = {risk, in_b / (1 + in_b)};
            const auto arm = static_cast<int>(persons / 2);
            for (std::size_t s = 0; s < 2; ++s) {
              const int with = std::binomial_distribution<int>(arm, risks[s])(random);
              sums[plan.groups[0].sums[PlanOutcomes::with_index(s)].value] = with;
              sums[plan.groups[0].sums[PlanOutcomes::with_index(s) + 1].value] = arm - with;
            }
            sums[plan.groups[0].n.value] = 2.0 * arm;
          },
          [](const ResultTable& table) { return p_of_model(table, "armB"); }};
}

/// Weights of deviation 15 in a range of 30 to 200, and means that are `shift` deviations apart.
PowerQuestion means(double shift) {
  return {"SELECT ttest(weight, arm) FROM trial",
          [=](const Plan& plan, double persons, std::mt19937_64& random, std::vector<double>& sums) {
            const double centre = plan.items[0].x.centre, half_width = plan.items[0].x.half_width;
            const auto arm = static_cast<int>(persons / 2);
            for (std::size_t s = 0; s < 2; ++s) {
              std::normal_distribution<double> weight(70 + (s == 1 ? 15 * shift : 0), 15);
              double x1 = 0, x2 = 0;
              for (int i = 0; i < arm; ++i) {
                const double x = (weight(random) - centre) / half_width;
                x1 += x;
                x2 += x * x;
              }
              const CellMoments& cell = plan.groups[0].cells[s];
              sums[cell.n.value] = arm;
              sums[cell.x1.value] = x1;
              sums[cell.x2.value] = x2;
            }
            sums[plan.groups[0].n.value] = 2.0 * arm;
          },
          [](const ResultTable& table) {
            const double* p = std::get_if<double>(&table.rows[0][2]);
            return p == nullptr ? 1 : *p;
          }};
}

/// Four of ten die in arm A within the follow-up, which lasts 50 for everybody; hazards are `ratio` times in arm B.
PowerQuestion hazards(double ratio) {
  return {"SELECT cox('Surv(days, dead) ~ arm') FROM trial",
          [=](const Plan& plan, double persons, std::mt19937_64& random, std::vector<double>& sums) {
            const PlanSurvival& survival = *plan.items[0].survival;
            const std::vector<MomentId>& ids = plan.groups[0].sums;
            const auto arm = static_cast<int>(persons / 2);
            const double hazard = -std::log(0.6) / survival.times.back();
            for (std::size_t s = 0; s < 2; ++s) {
              std::exponential_distribution<double> death(hazard * (s == 1 ? ratio : 1));
              sums[ids[s].value] = arm;
              for (int i = 0; i < arm; ++i) {
                const double time = death(random);
                for (std::size_t k = 0; k < survival.times.size(); ++k) {
                  if (time > survival.times[k]) continue;
                  sums[ids[survival.events_index(k, s)].value] += 1;
                  break;
                }
              }
            }
            sums[plan.groups[0].n.value] = 2.0 * arm;
          },
          [](const ResultTable& table) { return p_of_model(table, "armB"); }};
}

TEST(GuardedPower, NoiseAsksForMorePersonsTheLessRhoThereIs) {
  const PowerQuestion question = odds(0.3, 2);
  const double none = power_of(question, 0, 300, 300);  // R: power.prop.test(n = 150, p1 = 0.3, p2 = 6 / 13): 0.82
  EXPECT_NEAR(none, 0.82, 0.06);
  const double much = power_of(question, 1, 300, 300), little = power_of(question, 0.1, 300, 300);
  std::printf("odds ratio of 2 among 300: found in %.2f without noise, %.2f with rho 1, %.2f with rho 0.1\n", none,
              much, little);
  EXPECT_LT(much, none + 0.05);
  EXPECT_LT(little, 0.8 * much);
  EXPECT_LT(power_of(odds(0.3, 1), 0.1, 300, 300), 0.08) << "and finds no effect where there is none";
}

TEST(GuardedPower, DISABLED_PersonsNeededForEachEffect) {
  const std::pair<const char*, PowerQuestion> questions[] = {
      {"odds ratio 1.5, risk 0.3", odds(0.3, 1.5)}, {"odds ratio 2, risk 0.3", odds(0.3, 2)},
      {"odds ratio 3, risk 0.3", odds(0.3, 3)},     {"odds ratio 1.5, risk 0.1", odds(0.1, 1.5)},
      {"odds ratio 2, risk 0.1", odds(0.1, 2)},     {"odds ratio 3, risk 0.1", odds(0.1, 3)},
      {"means 0.2 deviations apart", means(0.2)},   {"means 0.3 deviations apart", means(0.3)},
      {"means 0.5 deviations apart", means(0.5)},   {"hazard ratio 1.5, 40 % die", hazards(1.5)},
      {"hazard ratio 2, 40 % die", hazards(2)},     {"hazard ratio 3, 40 % die", hazards(3)},
  };
  for (const auto& [name, question] : questions) {
    std::printf("| %s |", name);
    for (const double rho : {0.0, 1.6, 0.4, 0.1}) {
      std::printf(" %.0f |", persons_needed(question, rho, 400));
      std::fflush(stdout);
    }
    std::printf("\n");
  }
}

}  // namespace
}  // namespace mc::query
