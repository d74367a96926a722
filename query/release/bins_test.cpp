// SPDX-License-Identifier: Apache-2.0
#include "query/release/bins.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "query/testing/measured.hpp"

namespace mc::query {
namespace {

using testing::exact_counts;

TEST(BinnedQuantile, PersonsStandAtTheMiddlesOfEqualParts) {
  // [0,10) holds 2 persons: 2.5 and 7.5; [10,30] holds 1: 20.
  const std::vector<double> breaks{0, 10, 30};
  const auto at = [&](double p) { return binned_quantile(breaks, exact_counts({2, 1}), p, 0); };
  EXPECT_DOUBLE_EQ(at(0).value->value, 2.5);
  EXPECT_DOUBLE_EQ(at(0.25).value->value, 5);
  EXPECT_DOUBLE_EQ(at(0.5).value->value, 7.5);
  EXPECT_DOUBLE_EQ(at(0.75).value->value, 13.75);
  EXPECT_DOUBLE_EQ(at(1).value->value, 20);
  EXPECT_EQ(at(0.5).width->value, 10);
  EXPECT_EQ(at(0.75).width->value, 30);  // between two bins: either may hold it
  EXPECT_EQ(at(1).width->value, 20);
}

// R: quantile(rep(c(0.5, 1, 2), c(3, 4, 3)), p).
TEST(BinnedQuantile, OfNumbersThatAreCountedOneByOneItIsTheRecordsOwn) {
  const std::vector<double> doses{0.5, 1, 2, 2};
  const auto at = [&](double p) { return binned_quantile(doses, exact_counts({3, 4, 3}), p, 0); };
  EXPECT_DOUBLE_EQ(at(0).value->value, 0.5);
  EXPECT_DOUBLE_EQ(at(0.25).value->value, 0.625);
  EXPECT_DOUBLE_EQ(at(0.5).value->value, 1);
  EXPECT_DOUBLE_EQ(at(0.7).value->value, 1.3);
  EXPECT_DOUBLE_EQ(at(1).value->value, 2);
  for (const double p : {0.0, 0.25, 0.5, 0.7, 1.0}) EXPECT_EQ(at(p).width->value, 0) << p;
}

TEST(BinnedQuantile, OfNobodyThereIsNone) {
  const auto nobody = binned_quantile(std::vector<double>{0, 1, 2}, exact_counts({0, 0}), 0.5, 0);
  EXPECT_FALSE(nobody.value);
  EXPECT_FALSE(nobody.width);
}

TEST(BinnedQuantile, TheRecordsOwnQuantileIsWithinTheWidth) {
  std::mt19937_64 random(3);
  const std::vector<double> breaks{0, 1, 2, 5, 9, 20};
  for (int round = 0; round < 500; ++round) {
    std::vector<double> values(1 + random() % 40);
    for (double& value : values) value = std::uniform_real_distribution<double>(0, 20)(random);
    std::sort(values.begin(), values.end());
    std::vector<double> in_bins(5, 0);
    for (const double value : values) {
      for (std::size_t i = 0; i < 5; ++i) in_bins[i] += value >= breaks[i] && value < breaks[i + 1] ? 1 : 0;
    }
    const double p = std::uniform_real_distribution<double>(0, 1)(random);
    const double h = static_cast<double>(values.size() - 1) * p;
    const auto below = static_cast<std::size_t>(h);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    const double truth = values[below] + (h - static_cast<double>(below)) * (values[above] - values[below]);
    const auto ours = binned_quantile(breaks, exact_counts(in_bins), p, 0);
    EXPECT_LE(std::abs(ours.value->value - truth), ours.width->value) << "round " << round;
  }
}

TEST(BinnedQuantile, CountsThatAreNotCertainPromiseNoDigits) {
  std::vector<Measured> noisy = exact_counts({5, 5});
  noisy[0].error = 0.4;
  EXPECT_EQ(binned_quantile(std::vector<double>{0, 1, 2}, noisy, 0.5, 0).value->error, 2);
}

TEST(BinnedQuantile, WhereEveryBinHoldsOneNumberItIsTheRecordsOwn) {
  std::mt19937_64 random(5);
  const std::vector<double> breaks{10, 10.1, 10.2, 10.3, 10.4, 10.5};
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values(1 + random() % 30);
    std::vector<double> in_bins(5, 0);
    for (double& value : values) {
      const std::size_t bin = random() % 5;
      ++in_bins[bin];
      value = breaks[bin];
    }
    in_bins[4] -= static_cast<double>(std::erase(values, breaks[4]));  // the last bin holds 10.4 and 10.5
    if (values.empty()) continue;
    std::sort(values.begin(), values.end());
    const double p = std::uniform_real_distribution<double>(0, 1)(random);
    const double h = static_cast<double>(values.size() - 1) * p;
    const auto below = static_cast<std::size_t>(h);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    const double truth = values[below] + (h - static_cast<double>(below)) * (values[above] - values[below]);
    const auto ours = binned_quantile(breaks, exact_counts(in_bins), p, 0.1);
    EXPECT_NEAR(ours.value->value, truth, 1e-12);
    EXPECT_EQ(ours.width->value, 0);
  }
}

}  // namespace
}  // namespace mc::query
