// SPDX-License-Identifier: Apache-2.0
#include "query/train/hazard.hpp"

#include <gtest/gtest.h>

#include "query/testing/cox_trial.hpp"

namespace mc::query {
namespace {

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
  // What is added to the information is a hundredth of it where a column is so narrow.
  trial.expect_close(1e-3, true, 0.05);
}

// At zero a person with a trait of her own has an information of a few hundredths: Newton's first step led x'b to 15.
TEST(CoxTraining, APersonWithARareTraitWhoIsAmongTheFirst) {
  CoxTrial trial;
  trial.fill(400, 2, 40, 3);
  trial.count_everybody();
  trial.add_rare_trait(20);
  trial.expect_close(1e-3, false);
}

// Measured values lie close together at one end of their range and far apart at the other, as bilirubin's do: the first
// of Newton's steps lead far beyond the maximum, and its method, once it took them whole, ended in infinity.
TEST(CoxTraining, ManySkewedMeasurementsLeadNoStepAstray) {
  CoxTrial trial;
  trial.fill_skewed(400, 24, 1);
  trial.expect_close(1e-3, true);
}

void expect_little_noise(const fhe::ParamsPtr& params, std::size_t persons, std::size_t times, std::uint64_t seed,
                         std::uint64_t committees) {
  std::vector<std::vector<double>> runs;
  LogisticPlan plan;
  std::size_t slots = 0;
  for (std::uint64_t committee = 1; committee <= committees; ++committee) {
    CoxTrial trial(committee, params);
    trial.fill(persons, 3, times, seed);
    plan = trial.plan(true);
    runs.push_back(trial.trained(plan, false));
    slots = trial.slot_count();
  }
  testing::expect_below_flooding(plan, runs, persons, slots);
}

TEST(CoxTraining, NoiseIsFarBelowTheFlooding) {
  expect_little_noise(fhe::testing::small_params(), 700, 20, 3, 3);
}

TEST(CoxTraining, AtTheStandardParametersNoiseIsFarBelowTheFlooding) {
  expect_little_noise(fhe::Params::named("standard").value_or_stop(), 700, 8, 3, 2);
}

TEST(CoxTraining, OfFewPersonsNoiseIsFarBelowTheFloodingToo) {
  expect_little_noise(fhe::Params::named("standard").value_or_stop(), 30, 8, 8, 3);
}

}  // namespace
}  // namespace mc::query
