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

// Measured values lie close together at one end of their range and far apart at the other, as bilirubin's do: the first
// of Newton's steps lead far beyond the maximum, and its method, once it took them whole, ended in infinity.
TEST(CoxTraining, ManySkewedMeasurementsLeadNoStepAstray) {
  CoxTrial trial;
  trial.fill_skewed(400, 24, 1);
  trial.expect_close(1e-3, true);
}

void expect_little_noise(const fhe::ParamsPtr& params, std::size_t times, std::uint64_t committees) {
  std::vector<std::vector<double>> runs;
  LogisticPlan plan;
  std::size_t slots = 0;
  for (std::uint64_t committee = 1; committee <= committees; ++committee) {
    CoxTrial trial(committee, params);
    trial.fill(700, 3, times, 3);
    plan = trial.plan(true);
    runs.push_back(trial.trained(plan));
    slots = trial.slot_count();
  }
  const std::vector<int> flooding = training_flooding_log2(plan, training_flooding("standard"));
  const std::vector<double> units = training_units(plan, slots);
  for (std::size_t i = 0; i < flooding.size(); ++i) {
    double largest = 0;
    for (const auto& run : runs) largest = std::max(largest, std::fabs(run[i] - runs[0][i]) / units[i]);
    const double bits = std::log2(std::max(largest, 1e-300));
    std::cout << "  answer " << i << ": noise 2^" << bits << ", flooding 2^" << flooding[i] << "\n";
    EXPECT_LT(bits, flooding[i] - 4.5) << "answer " << i << "; sqrt(2 K) for K = 256";
  }
}

TEST(CoxTraining, NoiseIsFarBelowTheFlooding) {
  expect_little_noise(fhe::testing::small_params(), 20, 3);
}

TEST(CoxTraining, AtTheStandardParametersNoiseIsFarBelowTheFlooding) {
  expect_little_noise(fhe::Params::named("standard").value_or_stop(), 8, 2);
}

}  // namespace
}  // namespace mc::query
