// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/sign.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fhe/circuits/minimax_tables.hpp"
#include "fhe/circuits/testing/circuit_bed.hpp"

namespace mc::fhe {
namespace {

using testing::CircuitBed;
using testing::evenly_spaced;

double composed(const SignTable& table, double x) {
  for (const SignStage& stage : table.stages) {
    ChebyshevSeries series{-1, 1, std::vector<double>(2 * stage.coefficients.size())};
    for (std::size_t i = 0; i < stage.coefficients.size(); ++i) series.coefficients[2 * i + 1] = stage.coefficients[i];
    x = series(x);
  }
  return x;
}

TEST(SignTables, ComposeToTheSignOutsideTheirGapAndStayNearTheUnitIntervalInside) {
  for (const SignTable& table : sign_tables()) {
    const double gap = std::ldexp(1, -static_cast<int>(table.bits)), error = table.stages.back().error;
    EXPECT_LE(error, gap);
    double worst = 0, largest = 0, smallest = 1;
    for (const double x : evenly_spaced(gap, 1, 20001)) worst = std::max(worst, std::fabs(composed(table, x) - 1));
    for (const double x : evenly_spaced(gap, 4 * gap, 20001))
      worst = std::max(worst, std::fabs(composed(table, x) - 1));
    for (const double x : evenly_spaced(0, gap, 4001)) {
      largest = std::max(largest, composed(table, x));
      smallest = std::min(smallest, composed(table, x));
    }
    EXPECT_LE(worst, error + 1e-12) << table.bits;
    EXPECT_GT(worst, 0.98 * error) << table.bits;
    EXPECT_LE(largest, 1 + error + 1e-12) << table.bits;
    EXPECT_GE(smallest, 0) << table.bits;
  }
}

TEST(Sign, IsAsExactAsItsPlanSays) {
  CircuitBed one(testing::chain_params(10, 17, 46)), two(testing::chain_params(10, 29, 46));
  for (std::uint32_t bits = 4; bits <= 12; bits += 2) {
    const double gap = std::ldexp(1, -static_cast<int>(bits));
    std::vector<double> x = evenly_spaced(-1, 1, one.params->slot_count());
    for (std::size_t j = 0; j < 128; ++j) x[j] = (j % 2 == 0 ? gap : -gap) * (1 + static_cast<double>(j) / 32);
    for (const std::uint32_t limbs : {1, 2}) {
      if (limbs == 2 && bits == 12) continue;  // 34 levels
      CircuitBed& keys = limbs == 1 ? one : two;
      const Level top = keys.params->top_level();
      const Scale scale = Scale::power_of_two(46 * static_cast<int>(limbs));
      const auto made = plan_sign(keys.params, bits, {top, scale, limbs});
      ASSERT_TRUE(made.has_value()) << made.error().message;
      const CircuitPlan& plan = *made;
      EXPECT_EQ(plan.program.levels_used(), limbs * sign_levels(bits).value_or_stop());
      const Ciphertext sealed = keys.seal(x, top, scale);
      const Ciphertext result = plan.program.run(keys.evaluator, {&sealed, 1}).value_or_stop();
      EXPECT_EQ(result.scale, scale);
      EXPECT_EQ(result.level(), plan.program.result().level);
      const std::vector<double> slots = keys.open(result);
      for (std::size_t j = 0; j < x.size(); ++j) {
        if (std::fabs(x[j]) < gap) continue;
        ASSERT_NEAR(slots[j], x[j] < 0 ? -1 : 1, plan.error + (limbs == 1 ? 0x1p-16 : 1e-12)) << bits << " " << x[j];
      }
    }
  }
}

TEST(Sign, WhatCannotBeIsRefusedByName) {
  const ParamsPtr params = testing::chain_params(10, 9, 46);
  const Scale scale = Scale::power_of_two(46);
  EXPECT_EQ(plan_sign(params, 13, {Level(10), scale}).error().message,
            "a sign to 13 bits is not there; there are 4 to 12");
  EXPECT_EQ(plan_sign(params, 8, {Level(10), scale}).error().message, "level 10 left, a sign to 8 bits needs 13");
  EXPECT_EQ(plan_sign(params, 4, {Level(10), scale, 3}).error().message, "a sign with 3 limbs per product, not 1 or 2");
  EXPECT_EQ(plan_sign(params, 4, {Level(10), Scale::power_of_two(92)}).error().message,
            "the input scale of a polynomial has 92 bits and the primes of a product 45");
  EXPECT_EQ(sign_levels(3).error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace mc::fhe
