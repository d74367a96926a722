// SPDX-License-Identifier: Apache-2.0
#include "client/time_estimate.hpp"

#include <gtest/gtest.h>

#include "fhe/threshold/testing/committee.hpp"

namespace mc::client {
namespace {

TEST(TimeEstimate, EveryUnitIsTriedOutAndAKeySwitchTakesLongerThanAProduct) {
  const UnitTimes units = measure_units(fhe::testing::small_params(), 5);
  for (const double seconds : {units.load, units.product, units.switch_key, units.open, units.share, units.combine}) {
    EXPECT_GT(seconds, 0);
    EXPECT_LT(seconds, 1);
  }
  EXPECT_GT(units.switch_key, units.product);
}

TEST(TimeEstimate, AddsUpWhatEverybodyExecutesOnTheCoresThereAre) {
  const UnitTimes units{.load = 0.01, .product = 0, .switch_key = 0.02, .open = 0, .share = 0.003, .combine = 0.001};
  query::PlanWork work;
  work.loads = 40;
  work.switches = 30;  // one second together
  const auto seconds = [&](bool is_run, const Workplace& place) {
    return (estimate_seconds(work, is_run, false, units, place) - kCeremonySeconds) / kUncounted;
  };
  EXPECT_NEAR(seconds(false, {2, 3, 3, 2, true}), 0.5 + 1.5, 1e-9) << "the compute node, then three custodians";
  EXPECT_NEAR(seconds(false, {2, 3, 3, 2, false}), 0.5 + 0.5, 1e-9) << "on machines of their own";
  EXPECT_NEAR(seconds(true, {2, 3, 3, 2, true}), 1.5, 1e-9) << "a run has no compute node that executes";
  const Workplace shared{2, 3, 3, 2, true};
  EXPECT_NEAR(estimate_seconds(work, false, true, units, shared),
              kCeremonySeconds + kCountsSeconds + 2 * kUncounted * 2, 1e-9)
      << "counts first, then the answer";
  EXPECT_NEAR(estimate_seconds(work, true, true, units, shared), kCeremonySeconds + kCountsSeconds + kUncounted * 1.5,
              1e-9)
      << "parts of one run";
  work.refreshed = 100;  // two pieces' shares and three to combine: 0.9 s
  EXPECT_NEAR(seconds(true, {2, 3, 3, 2, true}), 1.5 * 1.9, 1e-9);
  work.steps = 50;
  EXPECT_NEAR(seconds(true, {2, 3, 3, 2, true}), 1.5 * 1.9 + 50 * kStepSeconds / kUncounted, 1e-9);
}

}  // namespace
}  // namespace mc::client
