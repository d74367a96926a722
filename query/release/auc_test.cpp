// SPDX-License-Identifier: Apache-2.0
#include "query/release/auc.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "query/testing/measured.hpp"

namespace mc::query {
namespace {

using testing::exact_counts;

// Hanley and McNeil 1982, table 1: 109 CT images in five ratings; they give an area of 0.893.
TEST(Auc, RatedImagesGiveTheAreaOfTheTextbook) {
  const Auc auc = auc_of(exact_counts({33, 6, 6, 11, 2}), exact_counts({3, 2, 2, 11, 33}));
  EXPECT_NEAR(auc.area->value, 0.8931710615, 1e-10);
  // R: var(rowMeans(psi)) / 51 + var(colMeans(psi)) / 58 with psi the matrix of all pairs
  EXPECT_NEAR(auc.low->value, 0.8329523277, 1e-9);
  EXPECT_NEAR(auc.high->value, 0.9533897954, 1e-9);
}

TEST(Auc, IsTheShareOfPairsInTheRightOrderWithTiesCountedHalf) {
  const std::vector<double> healthy{2, 0, 3, 1};
  const std::vector<double> ill{0, 1, 2, 4};
  double right = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) right += healthy[i] * ill[j] * (i < j ? 1 : i == j ? 0.5 : 0);
  }
  EXPECT_DOUBLE_EQ(auc_of(exact_counts({2, 0, 3, 1}), exact_counts({0, 1, 2, 4})).area->value, right / 42);
}

TEST(Auc, SeparatedGroupsHaveAreaOneAndNoWidth) {
  const Auc auc = auc_of(exact_counts({5, 4, 0}), exact_counts({0, 0, 3}));
  EXPECT_EQ(auc.area->value, 1);
  EXPECT_EQ(auc.low->value, 1);
  EXPECT_EQ(auc.high->value, 1);
}

TEST(Auc, WithoutBothKindsOfPersonsThereIsNone) {
  EXPECT_FALSE(auc_of(exact_counts({5, 4}), exact_counts({0, 0})).area);
  EXPECT_FALSE(auc_of(exact_counts({0, 0}), exact_counts({1, 2})).area);
  const Auc one = auc_of(exact_counts({5, 4}), exact_counts({0, 1}));
  EXPECT_TRUE(one.area);
  EXPECT_FALSE(one.low);
}

TEST(Auc, UncertainCountsPromiseNoDigits) {
  std::vector<Measured> healthy = exact_counts({5, 4});
  healthy[0].error = 0.4;
  EXPECT_GT(auc_of(healthy, exact_counts({1, 3})).area->error, 1e300);
}

}  // namespace
}  // namespace mc::query
