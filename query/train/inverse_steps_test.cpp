// SPDX-License-Identifier: Apache-2.0
#include "query/train/inverse_steps.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mc::query {
namespace {

TEST(InverseSteps, DoubleStepsBringTheWholeIntervalNearOne) {
  for (const double smallest : {0x1p-22, 0x1p-14, 0.01}) {
    for (const double largest : {1.0, 64.0, 4096.0}) {
      const std::vector<DoubleStep> steps = inverse_steps(smallest, largest);
      for (int i = 0; i <= 1000; ++i) {
        const double h = largest * std::pow(smallest, i / 1000.0);
        double s = 1;
        for (const DoubleStep& step : steps) {
          const double t = h * s;
          s *= step.factor[0] + t * (step.factor[1] + t * (step.factor[2] + t * step.factor[3]));
        }
        EXPECT_GE(h * s, 0.7) << h << " of " << smallest << " to " << largest;
        EXPECT_LE(h * s, 1 + 1e-9);
      }
    }
  }
}

TEST(InverseSteps, EachCubicStepConvergesWhereItIsSaidTo) {
  for (int i = 0; i <= 1000; ++i) {
    const double u = i / 1000.0;
    EXPECT_NEAR(kCubedStep.of(1 + u), 1 + u * u * u, 1e-12);
    if (u <= 0.8) {
      EXPECT_LE(std::fabs(kWideStep.of(1 - u) - 1), 0.28);
      EXPECT_LE(std::fabs(kWideStep.of(1 + u) - 1), 0.28);
    }
    const double t = 3.7 * u;
    if (u > 0) {
      EXPECT_LT(std::fabs(kTameStep.of(t) - 1), 1) << t;
    }
    EXPECT_LE(std::fabs(kTameStep.of(1 + u / 4) - 1), 0.8 * u * u / 16 + 1e-12);
  }
  EXPECT_GT(kWideStep.of(2.2), 2.2) << "where a curvature more than doubles it diverges";
}

}  // namespace
}  // namespace mc::query
