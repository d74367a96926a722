// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/comparison.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "fhe/circuits/sign.hpp"
#include "fhe/circuits/testing/circuit_bed.hpp"

namespace mc::fhe {
namespace {

using testing::CircuitBed;
using testing::evenly_spaced;

class ComparisonTest : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  std::uint32_t limbs() const { return GetParam(); }
  Scale scale() const { return Scale::power_of_two(46 * static_cast<int>(limbs())); }
  double noise() const { return limbs() == 1 ? 0x1p-17 : 1e-12; }
  CircuitInput input() const { return {keys_.params->top_level(), scale(), limbs()}; }

  ComparisonTest() : keys_(testing::chain_params(10, limbs() == 1 ? 16 : 30, 46)) {
    std::mt19937_64 random(7);
    a_ = evenly_spaced(0, 1, keys_.params->slot_count());
    for (const double a : a_) {
      // A third of the pairs are close.
      const double uniform = static_cast<double>(random() >> 11) / 0x1p53;
      b_.push_back(random() % 3 == 0 ? std::clamp(a + (uniform - 0.5) / 64, 0.0, 1.0) : uniform);
    }
    sealed_.push_back(keys_.seal(a_, keys_.params->top_level(), scale()));
    sealed_.push_back(keys_.seal(b_, keys_.params->top_level(), scale()));
  }
  Ciphertext run(const CircuitPlan& plan) {
    Ciphertext result = plan.program.run(keys_.evaluator, sealed_).value_or_stop();
    EXPECT_EQ(result.scale, scale());
    EXPECT_EQ(result.level(), plan.program.result().level);
    return result;
  }

  CircuitBed keys_;
  std::vector<double> a_, b_;
  std::vector<Ciphertext> sealed_;
};

INSTANTIATE_TEST_SUITE_P(LimbsPerProduct, ComparisonTest, ::testing::Values(1, 2));

TEST_P(ComparisonTest, IsOneOrZeroWhereTheNumbersDifferEnough) {
  for (const std::uint32_t bits : {4, 7, 10}) {
    const CircuitPlan plan = plan_comparison(keys_.params, bits, input()).value_or_stop();
    EXPECT_LE(plan.error, std::ldexp(0.5, -static_cast<int>(bits)));
    EXPECT_EQ(plan.program.levels_used(), limbs() * sign_levels(bits).value_or_stop());
    const std::vector<double> slots = keys_.open(run(plan));
    std::size_t close = 0;
    for (std::size_t j = 0; j < a_.size(); ++j) {
      if (std::fabs(a_[j] - b_[j]) >= std::ldexp(1, -static_cast<int>(bits))) {
        ASSERT_NEAR(slots[j], a_[j] > b_[j] ? 1 : 0, plan.error + noise()) << a_[j] << " " << b_[j];
      } else {
        ++close;
        ASSERT_GE(slots[j], -plan.error - noise());
        ASSERT_LE(slots[j], 1 + plan.error + noise());
      }
    }
    EXPECT_GT(close, 0u);
  }
}

TEST_P(ComparisonTest, MagnitudeMaximumAndMinimumErrEverywhereByNoMoreThanTheyState) {
  for (const std::uint32_t bits : {4, 7, 9}) {
    const CircuitPlan maximum = plan_maximum(keys_.params, bits, input()).value_or_stop();
    const CircuitPlan minimum = plan_minimum(keys_.params, bits, input()).value_or_stop();
    EXPECT_EQ(maximum.program.levels_used(), limbs() * (sign_levels(bits).value_or_stop() + 1));
    EXPECT_EQ(maximum.error, std::ldexp(0.5, -static_cast<int>(bits)));
    EXPECT_LT(keys_.worst_error(run(maximum), [&](std::size_t j) { return std::max(a_[j], b_[j]); }),
              maximum.error + noise());
    EXPECT_LT(keys_.worst_error(run(minimum), [&](std::size_t j) { return std::min(a_[j], b_[j]); }),
              minimum.error + noise());
    const CircuitPlan magnitude = plan_magnitude(keys_.params, bits, input()).value_or_stop();
    std::vector<double> x = a_;
    for (std::size_t j = 0; j < x.size(); ++j) x[j] -= b_[j];
    sealed_.push_back(keys_.seal(x, keys_.params->top_level(), scale()));
    const Ciphertext result = magnitude.program.run(keys_.evaluator, {&sealed_.back(), 1}).value_or_stop();
    sealed_.pop_back();
    EXPECT_EQ(result.scale, scale());
    EXPECT_LT(keys_.worst_error(result, [&](std::size_t j) { return std::fabs(x[j]); }), magnitude.error + noise());
  }
}

TEST_P(ComparisonTest, RunsTwiceToTheSameBits) {
  const auto plan = [&] { return plan_maximum(keys_.params, 4, input()).value_or_stop(); };
  EXPECT_EQ(run(plan()), run(plan()));
}

TEST(ComparisonRefusals, NameBothLevels) {
  const ParamsPtr params = testing::chain_params(10, 12, 46);
  const Scale scale = Scale::power_of_two(46);
  EXPECT_TRUE(plan_comparison(params, 8, {Level(13), scale}).has_value());
  EXPECT_EQ(plan_comparison(params, 8, {Level(12), scale}).error().message, "level 12 left, a sign to 8 bits needs 13");
  EXPECT_EQ(plan_magnitude(params, 8, {Level(13), scale}).error().message,
            "level 13 left, a magnitude to 8 bits needs 14");
  EXPECT_EQ(plan_maximum(params, 8, {Level(13), scale}).error().message, "level 13 left, a maximum to 8 bits needs 14");
  EXPECT_EQ(plan_minimum(params, 2, {Level(13), scale}).error().message,
            "a sign to 2 bits is not there; there are 4 to 12");
  EXPECT_EQ(plan_magnitude(params, 4, {Level(13), scale, 0}).error().message,
            "a magnitude with 0 limbs per product, not 1 or 2");
  Scale steep = scale;
  steep.exponents[3] = 100;
  EXPECT_EQ(plan_magnitude(params, 4, {Level(13), scale, 1, steep}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(plan_comparison(params, 4, {Level(13), scale, 1, steep}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(plan_comparison(params, 4, {Level(13), steep, 1}).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace mc::fhe
