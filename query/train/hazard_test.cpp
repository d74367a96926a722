// SPDX-License-Identifier: Apache-2.0
#include "query/train/hazard.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <sstream>

#include "query/testing/cox_trial.hpp"

namespace mc::query {
namespace {

using testing::CoxPerson;
using testing::CoxTrial;

TEST(CoxTraining, AgreesWithThePartialLikelihoodInTheClear) {
  for (const bool efron : {false, true}) {
    CoxTrial trial;
    trial.fill(700, 3, 12, 1);
    trial.expect_close(1e-3, efron);
  }
}

// The residual once counted them: at risk at every time, and an event besides.
TEST(CoxTraining, AnEventBeyondTheLastTimeIsNone) {
  for (const bool efron : {false, true}) {
    CoxTrial trial;
    trial.fill(400, 2, 3, 5);
    EXPECT_GT(trial.add_events_beyond(), 10u);
    trial.expect_close(1e-3, efron);
  }
}

// Once the inverse of the Hessian at zero, ten times smaller, was where the one after began.
TEST(CoxTraining, WhereFewPersonsHaveManyTimesTheHazardItConverges) {
  CoxTrial trial;
  trial.fill(500, 2, 12, 4);
  trial.skew();
  trial.expect_close(1e-3, true);
}

TEST(CoxTraining, MoreTimesThanOneRefreshCarries) {
  for (const bool efron : {false, true}) {
    CoxTrial trial;
    trial.fill(1500, 2, 70, 2);
    trial.expect_close(1e-3, efron);
  }
}

// Twenty-three persons among 8,192 slots: their sums are small, and at the last times nobody is left.
TEST(CoxTraining, AtTheStandardParametersFewPersons) {
  CoxTrial trial(1, fhe::Params::named("standard").value_or_stop());
  trial.fill(23, 2, 18, 1);
  trial.expect_close(1e-3, true);
}

TEST(CoxTraining, AtTheStandardParametersWithBreslowsTies) {
  CoxTrial trial(1, fhe::Params::named("standard").value_or_stop());
  trial.fill(23, 2, 18, 1);
  trial.expect_close(1e-3, false);
}

// A power of two, none of them missing: their sum at the first time, and what is added to it, were above what the
// first inverse is made for. Times that nobody reaches are declared besides.
TEST(CoxTraining, AsManyPersonsAsFillTheRangeOfSums) {
  for (const bool efron : {false, true}) {
    CoxTrial trial(1, fhe::Params::named("standard").value_or_stop());
    trial.fill(128, 1, 24, 1);
    trial.count_everybody();
    trial.end_before(20);
    trial.expect_close(1e-3, efron);
  }
}

// The series of exp(z) is far from it where z is, and 0 times that was more than nothing.
TEST(CoxTraining, WhoDoesNotCountMayBeFarAway) {
  CoxTrial trial;
  trial.fill(300, 1, 6, 2);
  trial.narrow_but_for_others();
  trial.expect_close(1e-3, true);
}

/// Whose hazard is exp(z) of her columns.
std::vector<CoxPerson> persons_with(const std::vector<std::vector<double>>& columns, const std::vector<double>& beta,
                                    std::size_t times, double speed, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> chance(0, 1);
  std::vector<CoxPerson> persons;
  for (const std::vector<double>& x : columns) {
    double z = 0;
    for (std::size_t j = 0; j < x.size(); ++j) z += x[j] * beta[j];
    CoxPerson person;
    person.x = x;
    const double died = -std::log(chance(random)) * std::exp(-z) * static_cast<double>(times) / speed;
    const double left = chance(random) * 2 * static_cast<double>(times);
    person.event = died < left;
    person.cell = std::min(static_cast<std::size_t>(std::min(died, left)), times);
    persons.push_back(std::move(person));
  }
  return persons;
}

// Laboratory values within a two-hundredth of what the dictionary declares: their information was a ten-thousandth of a
// person's, and the flooding of it a few hundredths of that.
TEST(CoxTraining, OfNarrowColumnsStandardErrorsAreExactToo) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  std::vector<std::vector<double>> columns;
  for (int i = 0; i < 60; ++i) columns.push_back({-0.8 + 0.01 * normal(random), 0.9 + 0.005 * normal(random)});
  CoxTrial trial;
  trial.take(persons_with(columns, {60, 40}, 12, std::exp(60 * 0.8 - 40 * 0.9) / 2, 2), 12);
  trial.expect_close(1e-3, true, 2e-3);
}

// exp(z) was computed for |z| up to 8. Times are ranks, so that many die at none of them. The mean of the column among
// those at risk falls from one end of its range to the other meanwhile, which takes iterations.
TEST(CoxTraining, ReachesAPredictorOfEleven) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> chance(0, 1);
  std::exponential_distribution<double> exponential(3);
  constexpr std::size_t kPersons = 240, kTimes = 60;
  std::vector<CoxPerson> persons(kPersons);
  std::vector<std::pair<double, std::size_t>> died;
  double mean = 0, largest = -1;
  for (std::size_t i = 0; i < kPersons; ++i) {
    const double x = std::min(-1 + exponential(random), 1.0);
    persons[i].x = {x};
    died.emplace_back(std::log(-std::log(chance(random))) - 8 * x, i);
    mean += x / kPersons;
    largest = std::max(largest, x);
  }
  std::ranges::sort(died);
  for (std::size_t rank = 0; rank < kPersons; ++rank) {
    CoxPerson& person = persons[died[rank].second];
    person.cell = rank * kTimes / kPersons;
    person.event = rank % 5 != 0;
  }
  EXPECT_GT((largest - mean) * testing::partial_fit(persons, kTimes, true).beta[0], 10);
  CoxTrial trial;
  trial.take(persons, kTimes);
  trial.expect_close(1e-3, true, 2e-3, 16);
}

/// 400, with two columns of which a hundredth differs.
std::vector<CoxPerson> nearly_collinear_persons() {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<std::vector<double>> columns;
  for (int i = 0; i < 400; ++i) {
    const double x = uniform(random);
    columns.push_back({x, 0.98 * x + 0.01 * uniform(random)});
  }
  return persons_with(columns, {0.5, 0.5}, 20, 1, 6);
}

// The steps of one iteration once ran away from the next Hessian.
TEST(CoxTraining, NearlyCollinearColumnsConverge) {
  CoxTrial trial;
  trial.take(nearly_collinear_persons(), 20);
  trial.expect_close(1e-3, true, 2e-3);
}

// At zero a person with a trait of her own has an information of a few hundredths: Newton's first step led x'b to 15.
TEST(CoxTraining, APersonWithARareTraitWhoIsAmongTheFirst) {
  CoxTrial trial;
  trial.fill(400, 2, 40, 3);
  trial.count_everybody();
  trial.add_rare_trait(20);
  trial.expect_close(1e-3, false, 5e-3, 10);
}

// Measured values lie close together at one end of their range and far apart at the other, as bilirubin's do: the first
// of Newton's steps lead far beyond the maximum, and its method, once it took them whole, ended in infinity.
TEST(CoxTraining, ManySkewedMeasurementsLeadNoStepAstray) {
  CoxTrial trial;
  trial.fill_skewed(400, 24, 1);
  trial.expect_close(1e-3, false, 2e-3, 10);
}

template <class Fill>
void expect_little_cox_noise(const fhe::ParamsPtr& params, std::size_t persons, std::uint64_t committees, Fill fill,
                             std::size_t first = SIZE_MAX) {
  std::vector<std::vector<double>> runs;
  LogisticPlan plan;
  std::size_t slots = 0;
  for (std::uint64_t committee = 1; committee <= committees; ++committee) {
    CoxTrial trial(committee, params);
    fill(trial);
    plan = trial.plan(true);
    runs.push_back(trial.trained(plan, false));
    slots = trial.slot_count();
  }
  testing::expect_below_flooding(plan, runs, persons, slots, first);
}

TEST(CoxTraining, NoiseIsFarBelowTheFlooding) {
  expect_little_cox_noise(fhe::testing::small_params(), 700, 3, [](CoxTrial& trial) { trial.fill(700, 3, 20, 3); });
}

// The inverse of the information is a thousand times as large there, and so is a coefficient's noise: half of what is
// flooded there is needed. Score and information, which are flooded for what comes after the coefficients, follow
// those.
TEST(CoxTraining, OfNearlyCollinearColumnsNoiseIsFarBelowTheFloodingToo) {
  expect_little_cox_noise(
      fhe::testing::small_params(), 400, 3, [](CoxTrial& trial) { trial.take(nearly_collinear_persons(), 20); }, 2);
}

TEST(CoxTraining, AtTheStandardParametersNoiseIsFarBelowTheFlooding) {
  expect_little_cox_noise(fhe::Params::named("standard").value_or_stop(), 700, 2,
                          [](CoxTrial& trial) { trial.fill(700, 3, 8, 3); });
}

TEST(CoxTraining, OfFewPersonsNoiseIsFarBelowTheFloodingToo) {
  expect_little_cox_noise(fhe::Params::named("standard").value_or_stop(), 30, 3,
                          [](CoxTrial& trial) { trial.fill(30, 3, 8, 8); });
}

// For bench/results: MEDCOMMONS_COX_TIMES="60 500" trains a thousand persons at so many times, three pieces and all in
// one process.
TEST(CoxTrainingFigures, OfAThousandPersons) {
  const char* const asked = std::getenv("MEDCOMMONS_COX_TIMES");
  if (asked == nullptr) GTEST_SKIP() << "MEDCOMMONS_COX_TIMES names numbers of times";
  std::istringstream counts(asked);
  for (std::size_t times = 0; counts >> times;) {
    CoxTrial trial(1, fhe::Params::named("standard").value_or_stop());
    trial.fill(1000, 3, times, 1);
    LogisticPlan plan = trial.plan(true);
    plan.iterations = 10;
    rusage before{}, after{};
    getrusage(RUSAGE_SELF, &before);
    const auto start = std::chrono::steady_clock::now();
    trial.trained(plan);
    const double wall = testing::seconds_since(start);
    getrusage(RUSAGE_SELF, &after);
    const auto seconds = [](const rusage& usage) {
      return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
             1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    };
    std::cout << "  " << times << " times: " << wall << " s, of processor time " << seconds(after) - seconds(before)
              << " s; " << after.ru_maxrss / 1024 << " MiB at most\n";
  }
}

}  // namespace
}  // namespace mc::query
