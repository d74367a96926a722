// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/sigmoid.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fhe/circuits/testing/circuit_bed.hpp"

namespace mc::fhe {
namespace {

using testing::CircuitBed;
using testing::evenly_spaced;

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

TEST(Sigmoid, IsAsExactAsItsPlanSaysOnEveryIntervalAtBothScales) {
  CircuitBed keys(testing::chain_params(10, 14, 46));
  const Level top = keys.params->top_level();
  for (const double bound : {4, 8, 16}) {
    const std::vector<double> x = evenly_spaced(-bound, bound, keys.params->slot_count());
    std::vector<double> slots = x;
    for (double& slot : slots) slot /= bound;
    for (const double wanted : {1e-1, 1e-2, 1e-3, 1e-5}) {
      for (const std::uint32_t limbs : {1, 2}) {
        const Scale scale = Scale::power_of_two(46 * static_cast<int>(limbs));
        const auto plan = plan_sigmoid(keys.params, {bound, wanted, bound}, {top, scale, limbs});
        if (!plan) {
          EXPECT_EQ(plan.error().code, Code::kUnsupported);
          continue;
        }
        EXPECT_LE(plan->error, wanted);
        EXPECT_EQ(plan->program.levels_used(), limbs * polynomial_depth(plan->degrees[0]));
        const Ciphertext sealed = keys.seal(slots, top, scale);
        const Ciphertext result = plan->program.run(keys.evaluator, {&sealed, 1}).value_or_stop();
        EXPECT_EQ(result.scale, scale);
        EXPECT_EQ(result.level(), plan->program.result().level);
        const double noise = limbs == 1 ? 0x1p-24 : 1e-14;
        EXPECT_LT(keys.worst_error(result, [&](std::size_t j) { return sigmoid(x[j]); }), plan->error + noise) << bound;
      }
    }
  }
}

TEST(Sigmoid, OfNumbersAsTheyAreCostsOneMoreLevel) {
  CircuitBed keys(testing::chain_params(10, 6, 46));
  const std::vector<double> x = evenly_spaced(-8, 8, keys.params->slot_count());
  const Level top = keys.params->top_level();
  const Scale scale = Scale::power_of_two(46);
  const CircuitPlan plan = plan_sigmoid(keys.params, {8, 1e-5}, {top, scale}).value_or_stop();
  EXPECT_EQ(plan.program.levels_used(), 6u);
  const Ciphertext sealed = keys.seal(x, top, scale);
  const Ciphertext result = plan.program.run(keys.evaluator, {&sealed, 1}).value_or_stop();
  EXPECT_LT(keys.worst_error(result, [&](std::size_t j) { return sigmoid(x[j]); }), plan.error + 0x1p-24);
}

TEST(Sigmoid, WhatCannotBeIsRefusedByName) {
  const ParamsPtr params = testing::chain_params(10, 6, 46);
  const auto refusal = [&](const SigmoidRequest& request, std::uint32_t level) {
    const auto made = plan_sigmoid(params, request, {Level(level), Scale::power_of_two(46)});
    return made.has_value() ? "accepted" : made.error().message;
  };
  EXPECT_EQ(refusal({20, 1e-2}, 7), "a sigmoid on [-20, 20] is not there; the widest interval is [-16, 16]");
  EXPECT_EQ(refusal({4, 1e-12}, 7).substr(0, 44), "a sigmoid on [-4, 4] to 1.0e-12 is not there");
  EXPECT_EQ(refusal({8, 1e-5, 8}, 5), "level 5 left, a polynomial of degree 31 needs 6");
  EXPECT_EQ(refusal({0, 1e-5}, 5), "a sigmoid with a bound of 0.000000 and a unit of 1.000000");
  EXPECT_EQ(plan_sigmoid(params, {8, 1e-3}, {Level(6), Scale::power_of_two(92)}).error().message,
            "the input scale of a polynomial has 92 bits and the primes of a product 45");
}

TEST(Sigmoid, RunsOnTrainAtFullSize) {
  CircuitBed keys(Params::named("train").value_or_stop());
  const std::vector<double> x = evenly_spaced(-8, 8, keys.params->slot_count());
  std::vector<double> slots = x;
  for (double& slot : slots) slot /= 8;
  const Level top = keys.params->top_level();
  for (const std::uint32_t limbs : {1, 2}) {
    const Scale scale = Scale::power_of_two(45 * static_cast<int>(limbs));
    const CircuitPlan plan = plan_sigmoid(keys.params, {8, 1e-5, 8}, {top, scale, limbs}).value_or_stop();
    const Ciphertext sealed = keys.seal(slots, top, scale);
    const Ciphertext result = plan.program.run(keys.evaluator, {&sealed, 1}).value_or_stop();
    EXPECT_EQ(result.level().value, 18 - 5 * limbs);
    EXPECT_EQ(result.scale, scale);
    const double noise = limbs == 1 ? 0x1p-22 : 1e-14;
    EXPECT_LT(keys.worst_error(result, [&](std::size_t j) { return sigmoid(x[j]); }), plan.error + noise);
  }
}

}  // namespace
}  // namespace mc::fhe
