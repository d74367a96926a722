// SPDX-License-Identifier: Apache-2.0
#include "fhe/circuits/square_root.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fhe/circuits/testing/circuit_bed.hpp"

namespace mc::fhe {
namespace {

using testing::CircuitBed;
using testing::evenly_spaced;

class SquareRootTest : public ::testing::TestWithParam<bool> {
 protected:
  bool is_inverse() const { return GetParam(); }
  Result<CircuitPlan> plan(const SquareRootRequest& request, const CircuitInput& input) {
    return is_inverse() ? plan_inverse_square_root(keys_.params, request, input)
                        : plan_square_root(keys_.params, request, input);
  }
  double wanted(double x) const { return is_inverse() ? 1 / std::sqrt(x) : std::sqrt(x); }
  CircuitBed keys_{testing::chain_params(10, 18, 46)};
  Level top_ = keys_.params->top_level();
};

INSTANTIATE_TEST_SUITE_P(PlainAndInverse, SquareRootTest, ::testing::Bool());

TEST_P(SquareRootTest, IsAsExactAsItsPlanSaysForEveryRatioAtBothScales) {
  for (const double high : {1.0, 0.7}) {
    for (const double ratio : {4, 16, 64, 256}) {
      for (const double error : {1e-2, 1e-4, 2e-7}) {
        for (const std::uint32_t limbs : {1, 2}) {
          const Scale scale = Scale::power_of_two(46 * static_cast<int>(limbs));
          const double factor = is_inverse() ? 1 / std::sqrt(ratio) : 1;
          const auto planned = plan({high / ratio, high, error, factor}, {top_, scale, limbs});
          ASSERT_TRUE(planned.has_value()) << planned.error().message;
          const CircuitPlan& made = *planned;
          EXPECT_LE(made.error, error);
          EXPECT_LE(made.program.levels_used(), limbs * (polynomial_depth(made.degrees[0]) + 1));
          const std::vector<double> x = evenly_spaced(high / ratio, high, keys_.params->slot_count());
          const Ciphertext sealed = keys_.seal(x, top_, scale);
          const Ciphertext result = made.program.run(keys_.evaluator, {&sealed, 1}).value_or_stop();
          EXPECT_EQ(result.scale, scale);
          const std::vector<double> slots = keys_.open(result);
          double worst = 0;
          for (std::size_t j = 0; j < x.size(); ++j) {
            worst = std::max(worst, std::fabs(slots[j] / factor / wanted(x[j]) - 1));
          }
          // The smallest results are the root of the ratio below the largest, and the noise does not shrink with them.
          EXPECT_LT(worst, made.error + std::sqrt(ratio) * (limbs == 1 ? 0x1p-22 : 1e-14)) << ratio << " " << error;
        }
      }
    }
  }
}

TEST_P(SquareRootTest, WhatCannotBeIsRefusedByName) {
  const auto refusal = [&](const SquareRootRequest& request, std::uint32_t level) {
    const auto made = plan(request, {Level(level), Scale::power_of_two(46)});
    return made.has_value() ? "accepted" : made.error().message;
  };
  const std::string name = is_inverse() ? "an inverse square root" : "a square root";
  EXPECT_EQ(refusal({0.001, 1, 0.1}, 10), name + " on [0.001, 1] is not there; the widest interval is [0.003891, 1]");
  EXPECT_EQ(refusal({-1, 1, 0.1}, 10), name + " on [-1.000000, 1.000000], which is not 0 < low < high");
  EXPECT_EQ(refusal({0.25, 1, 1e-3}, 3), "level 3 left, a polynomial of degree 7 needs 4");
}

}  // namespace
}  // namespace mc::fhe
