// SPDX-License-Identifier: Apache-2.0
#include "query/train/column_units.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "query/testing/slot_bench.hpp"

namespace mc::query {
namespace {

class ColumnUnitsTest : public testing::SlotBench {
 protected:
  RunFlooding flooding = RunFlooding::create(precision, 2, 5).value_or_stop();
};

// A column that fills its range, a narrow one at its end, an indicator that one in ten has, one without any spread, in
// two blocks of which a third of the persons count, nobody in the second half of the second one.
TEST_F(ColumnUnitsTest, EveryColumnHasASpreadOfOneHalfAndTheMeanZero) {
  const std::size_t slots = slot_count(), columns = 4;
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<std::vector<double>> counted(2, std::vector<double>(slots, 0.0));
  std::vector<std::vector<std::vector<double>>> x(2, std::vector(columns, std::vector<double>(slots)));
  double n = 0;
  std::vector<double> sums(columns, 0.0), squares(columns, 0.0);
  for (std::size_t b = 0; b < 2; ++b) {
    for (std::size_t i = 0; i < slots; ++i) {
      x[b][0][i] = uniform(random);
      x[b][1][i] = -0.9 + 0.01 * uniform(random);
      x[b][2][i] = uniform(random) > 0.8 ? 1 : 0;
      x[b][3][i] = 0.7;
      counted[b][i] = i % 3 == 0 && (b == 0 || i < slots / 2) ? 1 : 0;
      n += counted[b][i];
      for (std::size_t j = 0; j < columns; ++j) {
        sums[j] += counted[b][i] * x[b][j][i];
        squares[j] += counted[b][i] * x[b][j][i] * x[b][j][i];
      }
    }
  }
  ColumnUnits units(precision, flooding, bench, refresher, 1);
  std::vector<fhe::Ciphertext> masks;
  std::vector<std::vector<fhe::Ciphertext>> loaded(2);
  for (std::size_t b = 0; b < 2; ++b) {
    const fhe::Ciphertext c = sealed(counted[b], precision.top());
    for (const auto& column : x[b]) loaded[b].push_back(sealed(column, precision.loaded()));
    ASSERT_TRUE(units.add(c, loaded[b]));
    masks.push_back(units.mask(c).value_or_stop());
  }
  const auto found = units.find();
  ASSERT_TRUE(found) << found.error().message;
  std::cout << "  " << refresher.steps << " refreshes of " << refresher.polynomials << " polynomials\n";
  double flooded = 0;
  for (std::size_t j = 0; j < columns; ++j) {
    const double mean = sums[j] / n, factor = 0.5 / std::sqrt(squares[j] / n - mean * mean + 0x1p-12);
    const double known = opened(units.factors()[j]).front();
    EXPECT_NEAR(known, factor, 1e-3 * factor) << j;
    flooded = std::max(flooded, std::fabs(known - factor));
    double worst = 0;
    for (std::size_t b = 0; b < 2; ++b) {
      if (j == 0) {
        ASSERT_TRUE(units.convert(masks[b], loaded[b]));
      }
      EXPECT_EQ(loaded[b][j].level(), precision.loaded());
      EXPECT_EQ(loaded[b][j].scale, precision.scale());
      const std::vector<double> converted = opened(loaded[b][j]);
      for (std::size_t i = 0; i < slots; ++i) {
        worst = std::max(worst, std::fabs(converted[i] - counted[b][i] * (x[b][j][i] - mean) * known));
      }
    }
    // The mean is as exact as the factor; differences between persons are exact.
    EXPECT_LT(worst, 2e-3) << j;
  }
  EXPECT_GT(flooded, std::exp2(kFactorFloodingLog2 - 3)) << "who sums up noise learns nothing of it";
}

}  // namespace
}  // namespace mc::query
