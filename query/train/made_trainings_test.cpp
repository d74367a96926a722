// SPDX-License-Identifier: Apache-2.0
// Trainings of made data beside Newton's method in the clear. A few seeds always; MEDCOMMONS_MADE_TRAININGS="300 400"
// tries those from 300 to 399 (`make soak`). What is said to have converged has to be right; a model may say that it
// has not, of few events or of columns that hardly differ.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "query/testing/cox_trial.hpp"
#include "query/testing/made_columns.hpp"
#include "query/testing/training_trial.hpp"

namespace mc::query {
namespace {

using testing::CommitteeRefresher;
using testing::CoxPerson;
using testing::CoxTrial;
using testing::made_effects;
using testing::MadeColumns;
using testing::mean_predictor;
using testing::one_of;
using testing::predictor;
using testing::random_columns;
using testing::ReleasedModel;
using testing::Rows;
using testing::TrainingPerson;
using testing::TrainingTrial;

constexpr std::uint32_t kIterations = 10;
constexpr double kOfStdError = 1e-3, kOfItself = 1e-3;  // coefficients, standard errors

struct Distance {
  double coefficient = 0, std_error = 0, last_step = 0;
  double events = 0;  // of the rarer outcome

  /// As an answer judges it: query/release/trained_coefficients.hpp.
  [[nodiscard]] bool converged() const { return last_step < std::min(5e-3, 1e-3 * std::sqrt(events)); }
};

Distance distance(const ReleasedModel& model, const std::vector<double>& beta, const Rows& covariance, double events) {
  Distance worst;
  worst.events = events;
  for (std::size_t i = 0; i < beta.size(); ++i) {
    const double se = std::sqrt(covariance[i][i]);
    const auto take = [](double& most, double value) { most = value < most ? most : value; };  // also what is no number
    take(worst.coefficient, std::fabs(model.beta[i] - beta[i]) / se);
    take(worst.std_error, std::fabs(std::sqrt(model.covariance[i][i]) / se - 1));
    take(worst.last_step, std::fabs(model.step[i]) / se);
  }
  return worst;
}

/// Columns that repeat others, or run away, have no maximum to compare with.
bool has_maximum(const std::vector<double>& beta, const Rows& covariance) {
  for (std::size_t i = 0; i < beta.size(); ++i) {
    if (!std::isfinite(beta[i]) || !(covariance[i][i] > 0) || !(covariance[i][i] < 1e6)) return false;
  }
  return true;
}

class MadeTrainings : public ::testing::Test {
 protected:
  /// Tries every seed; `once` says what it came to, or nothing where there is nothing to compare with.
  template <class Once>
  void try_seeds(Once once) {
    std::uint64_t first = 1, end = 4;
    if (const char* const range = std::getenv("MEDCOMMONS_MADE_TRAININGS")) std::istringstream(range) >> first >> end;
    std::size_t compared = 0, converged = 0;
    for (std::uint64_t seed = first; seed < end; ++seed) {
      std::mt19937_64 random(seed);
      std::string what;
      const std::optional<Distance> worst = once(random, what);
      std::cout << "  seed " << seed << ": " << what;
      if (!worst) {
        std::cout << ": no maximum\n";
        continue;
      }
      std::cout << ": off by " << worst->coefficient << " standard errors, those by " << worst->std_error
                << "; last step " << worst->last_step << "\n";
      ++compared;
      if (!worst->converged()) continue;
      ++converged;
      EXPECT_LT(worst->coefficient, kOfStdError) << "seed " << seed;
      EXPECT_LT(worst->std_error, kOfItself) << "seed " << seed;
    }
    std::cout << "  " << converged << " of " << compared << " converged\n";
    EXPECT_GE(6 * converged + 6, 5 * compared);
  }
};

TEST_F(MadeTrainings, Logistic) {
  try_seeds([](std::mt19937_64& random, std::string& what) -> std::optional<Distance> {
    std::uniform_real_distribution<double> chance(0, 1);
    const std::size_t persons = one_of(random, std::array<std::size_t, 6>{64, 100, 256, 300, 700, 1500});
    const MadeColumns made = random_columns(random, persons, 1 + random() % 6);
    const std::vector<double> effects = made_effects(random, made.x, one_of(random, std::array{0.3, 0.8, 1.5}));
    const double rate = one_of(random, std::array{0.03, 0.1, 0.3, 0.5, 0.8});
    const double shift = std::log(rate / (1 - rate)) - mean_predictor(made.x, effects);
    const bool full = random() % 2 == 0;
    what = std::to_string(persons) + " persons, ";
    TrainingTrial trial;
    double events = 0, counted = 0;
    for (const std::vector<double>& row : made.x) {
      TrainingPerson person;
      person.x = row;
      person.y = chance(random) < 1 / (1 + std::exp(-shift - predictor(row, effects))) ? 1 : 0;
      person.asked = full || chance(random) < 0.7;
      person.complete = full || chance(random) < 0.85;
      person.consents = full || chance(random) < 0.9;
      events += person.y * (person.asked && person.complete && person.consents ? 1 : 0);
      counted += person.asked && person.complete && person.consents ? 1 : 0;
      trial.persons.push_back(std::move(person));
    }
    what += std::to_string(std::lround(events)) + " of " + std::to_string(std::lround(counted)) +
            " with the outcome, " + made.kinds;
    LogisticPlan plan = trial.plan();
    plan.iterations = kIterations;
    const testing::PlainFit wanted = trial.reference(plan);
    if (!has_maximum(wanted.beta, wanted.covariance)) return std::nullopt;
    CommitteeRefresher refresher(trial.committee);
    const auto answers = train_logistic(plan, trial.owners(), trial.vault, trial.bench(), refresher).value_or_stop();
    return distance(testing::released_model(trial.opened(answers), plan.size()), wanted.beta, wanted.covariance,
                    std::min(events, counted - events));
  });
}

/// Nothing where there is no maximum to compare with.
std::optional<Distance> of_cox(std::mt19937_64& random, std::string& what) {
  std::uniform_real_distribution<double> chance(0, 1);
  const std::size_t count = one_of(random, std::array<std::size_t, 7>{20, 32, 64, 128, 256, 700, 1500});
  const std::size_t times = one_of(random, std::array<std::size_t, 5>{3, 8, 20, 40, 60});
  const MadeColumns made = random_columns(random, count, 1 + random() % 4);
  const std::vector<double> effects = made_effects(random, made.x, one_of(random, std::array{0.3, 0.6, 1.0, 2.0}));
  const double shift = -mean_predictor(made.x, effects), span = static_cast<double>(times);
  const double speed = one_of(random, std::array{0.2, 1.0, 3.0}), left_by = one_of(random, std::array{0.5, 1.2, 50.0});
  const bool full = random() % 2 == 0, efron = random() % 2 == 0;
  std::vector<CoxPerson> persons, counted;
  for (const std::vector<double>& row : made.x) {
    CoxPerson person;
    person.x = row;
    const double died = -std::log(chance(random)) * std::exp(-shift - predictor(row, effects)) * span / speed;
    const double left = chance(random) * left_by * span;
    person.event = died < left;
    person.cell = static_cast<std::size_t>(std::min({died, left, span}));
    person.counts = full || chance(random) < 0.9;
    person.consents = full || chance(random) < 0.9;
    if (person.consents) counted.push_back(person);
    persons.push_back(std::move(person));
  }
  const testing::PartialFit wanted = testing::partial_fit(counted, times, efron);
  what = std::to_string(count) + " persons, " + std::to_string(std::lround(wanted.events)) + " events, " +
         std::to_string(times) + " times, " + made.kinds;
  if (!has_maximum(wanted.beta, wanted.covariance)) return std::nullopt;
  CoxTrial trial;
  trial.take(persons, times);
  LogisticPlan plan = trial.plan(efron);
  plan.iterations = kIterations;
  const std::vector<double> found = trial.trained(plan);
  // The small ring has few slots for tied events: grouped, they are another likelihood.
  if (efron && found.end()[-1] < found.end()[-2] - 0.5) return std::nullopt;
  return distance(testing::released_cox(found, wanted.beta.size()), wanted.beta, wanted.covariance, wanted.events);
}

TEST_F(MadeTrainings, Cox) {
  try_seeds(of_cox);
}

// Sums over those at risk at the last times grow by 4.6 in one of the later iterations: a division that begins at a
// quarter more than the inverse before runs away.
TEST_F(MadeTrainings, CoxsHazardMayGrowInLaterIterations) {
  std::mt19937_64 random(4846);
  std::string what;
  const std::optional<Distance> worst = of_cox(random, what);
  ASSERT_TRUE(worst.has_value()) << what;
  EXPECT_TRUE(worst->converged());
  EXPECT_LT(worst->coefficient, kOfStdError);
  EXPECT_LT(worst->std_error, kOfItself);
}

}  // namespace
}  // namespace mc::query
