// SPDX-License-Identifier: Apache-2.0
#include "query/release/stepped_sums.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

/// x' = (x - 35) / 25 of 21.3, 21.4 and 21.9 kg/m2, in tenths.
const Values kTenths{{35, 25, false}, 0.1};
const Measured kThree{3, 0};
constexpr double kSum = (64.6 - 3 * 35) / 25;
constexpr double kNoise = 2e-7;

TEST(SteppedSums, AreTheMultiplesThatNoiseIsSmallBeside) {
  const Measured noisy{kSum + kNoise, 1e-6};
  const Measured sum = sum_of_values(kTenths, kThree, noisy, "S").value_or_stop();
  EXPECT_NEAR(sum.value, 64.6, 1e-13);
  EXPECT_LT(sum.error, 1e-12);
  const Measured again = sharpened(kTenths, kThree, noisy, "S").value_or_stop();
  EXPECT_NEAR(again.value, kSum, 1e-13);
  EXPECT_LT(again.error, 1e-12);
}

TEST(SteppedSums, WithoutAStepOrUnderMuchNoiseAreWhatWasMeasured) {
  const Measured noisy{kSum + kNoise, 1e-6};
  const Values plain{kTenths.affine, 0};
  EXPECT_NEAR(sum_of_values(plain, kThree, noisy, "S").value_or_stop().value, 64.6 + 25 * kNoise, 1e-12);
  EXPECT_EQ(sharpened(plain, kThree, noisy, "S").value_or_stop().value, noisy.value);
  const Measured loud{kSum + kNoise, 0.01};  // 0.25 of the sum itself, and its multiples are 0.1 apart
  EXPECT_EQ(sharpened(kTenths, kThree, loud, "S").value_or_stop().value, loud.value);
  EXPECT_NEAR(sum_of_values(kTenths, kThree, loud, "S").value_or_stop().value, 64.6 + 25 * kNoise, 1e-12);
}

TEST(SteppedSums, OfSquaresAreSharpenedByTheMultipleOfTheStepSquared) {
  double squares = 0;
  for (const double x : {21.3, 21.4, 21.9}) squares += (x - 35) / 25 * ((x - 35) / 25);
  const Measured sum = sharpened(kTenths, kThree, {kSum + kNoise, 1e-6}, "S").value_or_stop();
  const Measured noisy{squares - kNoise, 1e-6};
  const Measured again = sharpened(kTenths, kTenths, kThree, sum, sum, noisy, "S").value_or_stop();
  EXPECT_NEAR(again.value, squares, 1e-13);
  EXPECT_LT(again.error, 1e-11);
  EXPECT_EQ(sharpened(kTenths, {kTenths.affine, 0}, kThree, sum, sum, noisy, "S").value_or_stop().value, noisy.value);
}

TEST(SteppedSums, OfIntegersThatAreNoneAreCorrupt) {
  const Values integers{{40, 20, true}, 1};
  EXPECT_EQ(sum_of_values(integers, kThree, {0.5, 1e-9}, "S").value_or_stop().value, 130);
  EXPECT_EQ(sum_of_values(integers, kThree, {0.51, 1e-9}, "S").error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace mc::query
