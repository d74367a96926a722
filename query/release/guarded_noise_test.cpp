// SPDX-License-Identifier: Apache-2.0
// Every kind of number that a guarded commons releases is off by as much as it says: answers are drawn again and again
// and compared with the records'.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "query/plan/compile.hpp"
#include "query/release/finish.hpp"
#include "query/release/guarded.hpp"
#include "query/testing/slots.hpp"
#include "query/testing/trial.hpp"
#include "query/testing/values.hpp"

namespace mc::query {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::kSlots;
using testing::number_or_nan;

struct Released {
  Plan plan;
  std::vector<double> means;  // of the records

  explicit Released(const std::string& items, std::size_t persons) : plan(plan_of("SELECT " + items + " FROM trial")) {
    means = testing::trial_means(plan, testing::trial_patients(persons, 12), kSlots);
  }

  static Plan plan_of(const std::string& sql) {
    LimbBudget budget = limb_budget("standard").value_or_stop();
    budget.trains = false;
    return compile(sql, testing::trial_schema(), "trial", budget).value_or_stop();
  }

  [[nodiscard]] std::vector<double> drawn(double sigma, std::mt19937_64& random) const {
    std::normal_distribution<double> normal;
    std::vector<double> noisy = means;
    for (double& mean : noisy) mean += sigma / kSlots * normal(random);
    return noisy;
  }
  [[nodiscard]] ResultTable finished(std::span<const double> of, std::span<const double> sigmas, double sigma) const {
    return finish(plan, of, std::vector<double>(of.size(), 2 * sigma), 8192, {sigmas, 1}).value_or_stop();
  }
};

/// Squares of how far numbers are off, in the deviations that are said beside them.
struct Squares {
  double sum = 0;
  int count = 0;
  void add(double off, double sd) {
    sum += off * off / (sd * sd);
    ++count;
  }
};

void expect_as_said(const std::map<std::string, Squares>& squares) {
  EXPECT_FALSE(squares.empty());
  for (const auto& [what, of] : squares) {
    std::printf("%-40s root mean square %.3f of %d\n", what.c_str(), std::sqrt(of.sum / of.count), of.count);
    EXPECT_GT(of.sum / of.count, 0.75) << what;
    EXPECT_LT(of.sum / of.count, 1.30) << what;
  }
}

TEST(GuardedNoise, OfEveryNumberOfATableIsAsLargeAsItSays) {
  constexpr double kSigma = 3;
  constexpr int kDraws = 150;
  const Released released(
      "count(*), count(age), sum(dead), sum(age), avg(age), avg(dead), var_samp(weight), stddev_samp(age), "
      "covar_samp(age, weight), corr(age, weight), regr_slope(weight, age), regr_intercept(weight, age), "
      "histogram(age), risk_difference(dead, arm), ttest(weight, arm)",
      3000);
  const std::vector<double> sigmas(released.means.size(), kSigma / kSlots), none(released.means.size(), 0);
  const ResultTable exact = released.finished(released.means, {}, 0);
  // What is a test's, and no estimate, is widened instead (noisy_tests.hpp).
  const auto is_estimate = [](const std::string& name) {
    for (const char* part : {".t", ".df", ".p.value", ".conf.int"}) {
      if (name.find(part) != std::string::npos) return false;
    }
    return true;
  };
  std::mt19937_64 random(4);
  std::map<std::string, Squares> squares;
  for (int draw = 0; draw < kDraws; ++draw) {
    const std::vector<double> means = released.drawn(kSigma, random);
    const std::vector<double> errors(means.size(), 2 * kSigma);
    const ResultTable table = released.finished(means, sigmas, kSigma);
    const auto sd = noise_of_cells(released.plan, means, errors, sigmas, 8192).value_or_stop();
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
      const double said = sd[0][column];
      if (!is_estimate(table.columns[column])) continue;
      ASSERT_GT(said, 0) << table.columns[column];
      squares[table.columns[column]].add(number_or_nan(table.rows[0][column]) - number_or_nan(exact.rows[0][column]),
                                         said);
    }
  }
  EXPECT_GE(squares.size(), 18u);
  expect_as_said(squares);
}

TEST(GuardedNoise, OfEveryModelIsAsLargeAsItSaysAndStandsBesideItsNumbers) {
  constexpr double kSigma = 3;
  constexpr int kDraws = 120;
  std::map<std::string, Squares> squares;
  std::mt19937_64 random(5);
  for (const char* item :
       {"linear_regression('weight ~ age + arm')", "logistic_regression('dead ~ arm + factor(grade)')",
        "cox('Surv(days, dead) ~ arm')", "kaplan_meier('Surv(days, dead) ~ arm')"}) {
    const Released released(item, 3000);
    const std::vector<double> sigmas(released.means.size(), kSigma / kSlots);
    const auto cell = [](const ResultTable& table) { return std::get<ModelCell>(table.rows[0][0]); };
    const json exact = json::parse(cell(released.finished(released.means, {}, 0))->json);
    for (int draw = 0; draw < kDraws; ++draw) {
      const ModelCell answer = cell(released.finished(released.drawn(kSigma, random), sigmas, kSigma));
      const json object = json::parse(answer->json);
      EXPECT_THAT(answer->text, HasSubstr("noise")) << item << ": people read the table";
      if (object.contains("coefficients")) {
        for (std::size_t i = 0; i < object["coefficients"].size(); ++i) {
          const json& one = object["coefficients"][i];
          squares[item].add(one["estimate"].get<double>() - exact["coefficients"][i]["estimate"].get<double>(),
                            one["noise_sd"].get<double>());
        }
        continue;
      }
      for (std::size_t s = 0; s < object["strata"].size(); ++s) {
        const json& stratum = object["strata"][s];
        for (std::size_t k = 0; k < stratum["survival"].size(); ++k) {
          squares[item].add(stratum["survival"][k].get<double>() - exact["strata"][s]["survival"][k].get<double>(),
                            stratum["noise_sd"][k].get<double>());
        }
      }
    }
  }
  expect_as_said(squares);
}

}  // namespace
}  // namespace mc::query
