// SPDX-License-Identifier: Apache-2.0
#include "query/train/slot_iterations.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "query/testing/slot_bench.hpp"

namespace mc::query {
namespace {

TEST(SlotIterations, ScalingsBringTheWholeIntervalToOne) {
  for (const double smallest : {0x1p-20, 0x1p-14, 0.01, 0.5, 1.0}) {
    for (int i = 0; i <= 1000; ++i) {
      const double value = smallest + (1 - smallest) * i / 1000;
      double inverse = 1;
      for (const double c : inverse_scalings(smallest)) inverse *= c * (2 - c * value * inverse);
      EXPECT_NEAR(value * inverse, 1, 1e-8) << value << " of [" << smallest << ", 1]";
    }
  }
  for (const double smallest : {0x1p-20, 0x1p-14, 0.01, 0.5}) {
    for (const double largest : {1.0, 1.25}) {
      for (int i = 0; i <= 1000; ++i) {
        const double value = smallest + (largest - smallest) * i / 1000;
        double sign = -value;
        for (const double c : sign_scalings(smallest, largest)) sign *= c * (3 - c * c * sign * sign) / 2;
        EXPECT_NEAR(sign, -1, 1e-8) << value << " of [" << smallest << ", " << largest << "]";
      }
    }
  }
  EXPECT_LE(inverse_scalings(0x1p-14).size(), 12u) << "a step gains two bits, at the end it doubles digits";
  EXPECT_LE(sign_scalings(0x1p-14, 1).size(), 15u);
}

class SlotIterationsTest : public testing::SlotBench {};

TEST_F(SlotIterationsTest, InversesAndSignsOfEverySlot) {
  std::vector<double> values;
  for (std::size_t i = 0; i < slot_count(); ++i) {
    values.push_back(std::exp2(-10.0 * static_cast<double>(i) / static_cast<double>(slot_count())));
  }
  const fhe::Ciphertext sums = sealed(values, precision.top());
  fhe::Ciphertext inverse = iterations.constant(1, sums).value_or_stop();
  ASSERT_TRUE(iterations.divide(sums, inverse, inverse_scalings(0x1p-10), 1).has_value());
  const std::vector<double> inverses = opened(inverse);
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(inverses[i] * values[i], 1, 1e-6) << values[i];

  for (std::size_t i = 0; i < values.size(); i += 2) values[i] = -values[i];
  std::vector<fhe::Ciphertext> signs{sealed(values, precision.top())};
  ASSERT_TRUE(iterations.to_signs(signs, sign_scalings(0x1p-10, 1)).has_value());
  const std::vector<double> found = opened(signs[0]);
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(found[i], i % 2 == 0 ? -1 : 1, 1e-6) << values[i];
}

TEST_F(SlotIterationsTest, ScaledTakesAValueToOneScaleExactly) {
  const std::vector<double> slots(slot_count(), 0.5);
  const fhe::Ciphertext half = sealed(slots, precision.top());
  const fhe::Ciphertext product = iterations.product(half, half).value_or_stop();
  EXPECT_NE(product.scale, precision.scale());
  const fhe::Ciphertext scaled = iterations.scaled(product, -3).value_or_stop();
  EXPECT_EQ(scaled.scale, precision.scale());
  EXPECT_NEAR(opened(scaled)[7], -0.75, 1e-7);
  std::vector<double> factors(slots.size(), 0.0);
  factors[7] = 2;
  const std::vector<double> one = opened(iterations.scaled(product, factors, half.scale).value_or_stop());
  EXPECT_NEAR(one[7], 0.5, 1e-7);
  EXPECT_NEAR(one[8], 0, 1e-7);
  fhe::Ciphertext sum = iterations.sum(half, scaled).value_or_stop();
  ASSERT_TRUE(iterations.add(sum, 1).has_value());
  EXPECT_NEAR(opened(sum)[3], 0.75, 1e-7);
}

}  // namespace
}  // namespace mc::query
