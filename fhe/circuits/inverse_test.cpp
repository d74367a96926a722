// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/inverse.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fhe/circuits/testing/circuit_bed.hpp"

namespace mc::fhe {
namespace {

using testing::CircuitBed;
using testing::evenly_spaced;

class InverseTest : public ::testing::Test {
 protected:
  /// The largest |x result / numerator - 1|.
  double worst(const InverseRequest& request, const CircuitPlan& plan, Level level, const Scale& scale) {
    const std::vector<double> x = evenly_spaced(request.low, request.high, keys_.params->slot_count());
    const Ciphertext sealed = keys_.seal(x, level, scale);
    const Ciphertext result = plan.program.run(keys_.evaluator, {&sealed, 1}).value_or_stop();
    EXPECT_EQ(result.level(), plan.program.result().level);
    EXPECT_EQ(result.scale, plan.program.result().scale);
    const std::vector<double> slots = keys_.open(result);
    double largest = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      largest = std::max(largest, std::fabs(x[j] * slots[j] / request.numerator - 1));
    }
    return largest;
  }
  CircuitBed keys_{testing::chain_params(10, 18, 46)};
  Level top_ = keys_.params->top_level();
};

TEST_F(InverseTest, IsAsExactAsItsPlanSaysForEveryRatioAtBothScales) {
  for (const double high : {1.0, 0.3}) {
    for (const double ratio : {4, 5, 16, 60, 256}) {
      for (const double wanted : {1e-1, 1e-3, 1e-6}) {
        for (const std::uint32_t limbs : {1, 2}) {
          const Scale scale = Scale::power_of_two(46 * static_cast<int>(limbs));
          const InverseRequest request{high / ratio, high, wanted, high / ratio};
          const auto made = plan_inverse(keys_.params, request, {top_, scale, limbs});
          ASSERT_TRUE(made.has_value()) << made.error().message;
          const CircuitPlan& plan = *made;
          EXPECT_LE(plan.error, wanted);
          // For [1/5, 1] the change of variable is free at low degrees.
          EXPECT_LE(plan.program.levels_used(), limbs * (polynomial_depth(plan.degrees[0]) + 1));
          EXPECT_EQ(plan.program.result().scale, scale);
          // At the far end the result is 1 / ratio, so the noise weighs that much more.
          EXPECT_LT(worst(request, plan, top_, scale), plan.error + (limbs == 1 ? ratio * 0x1p-23 : 4e-13));
        }
      }
    }
  }
}

TEST_F(InverseTest, ItsResultMayBeLargerThanOne) {
  const InverseRequest request{0.0625, 1, 1e-3};
  const CircuitPlan plan = plan_inverse(keys_.params, request, {top_, Scale::power_of_two(46)}).value_or_stop();
  EXPECT_LT(worst(request, plan, top_, Scale::power_of_two(46)), plan.error + 0x1p-20);
}

TEST_F(InverseTest, TheChangeOfVariableIsFreeAtASmallerScale) {
  const std::pair<double, int> ratios[] = {{5, 1}, {17, 3}, {65, 5}, {257, 7}};
  for (const auto& [ratio, bits] : ratios) {
    const Scale scale = Scale::power_of_two(92 - bits);
    const InverseRequest request{1 / ratio, 1, 1e-1};
    const CircuitPlan plan =
        plan_inverse(keys_.params, request, {top_, scale, 2, Scale::power_of_two(92)}).value_or_stop();
    EXPECT_EQ(plan.program.levels_used(), 2 * polynomial_depth(plan.degrees[0])) << ratio;
    EXPECT_LT(worst(request, plan, top_, scale), plan.error + 1e-12) << ratio;
  }
}

TEST_F(InverseTest, WhatCannotBeIsRefusedByName) {
  const auto refusal = [&](const InverseRequest& request, std::uint32_t level) {
    const auto made = plan_inverse(keys_.params, request, {Level(level), Scale::power_of_two(46)});
    return made.has_value() ? "accepted" : made.error().message;
  };
  EXPECT_EQ(refusal({0.001, 1, 0.1}, 10),
            "an inverse on [0.001, 1] is not there; the widest interval is [0.003891, 1]");
  EXPECT_EQ(refusal({0.25, 1, 1e-14}, 10),
            "an inverse on [0.25, 1] to 1.0e-14 is not there; degree 7 has 9.1e-04, degree 11 has 1.9e-05, degree 15 "
            "has 4.1e-07, degree 23 has 1.9e-10");
  EXPECT_EQ(refusal({0, 1, 0.1}, 10), "an inverse on [0.000000, 1.000000], which is not 0 < low < high");
  EXPECT_EQ(refusal({0.5, 0.5, 0.1}, 10), "an inverse on [0.500000, 0.500000], which is not 0 < low < high");
  EXPECT_EQ(refusal({0.25, 1, 1e-6}, 5), "level 5 left, a polynomial of degree 15 needs 6");
}

}  // namespace
}  // namespace mc::fhe
