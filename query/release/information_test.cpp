// SPDX-License-Identifier: Apache-2.0
#include "query/release/information.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

Matrix matrix_of(std::size_t size, std::vector<double> entries) {
  Matrix m(size, size);
  for (std::size_t i = 0; i < size * size; ++i) m(i / size, i % size) = entries[i];
  return m;
}

TEST(InverseInformation, TimesTheMatrixIsOne) {
  const Matrix m = matrix_of(3, {4, 1, 0.5, 1, 3, -1, 0.5, -1, 2});
  const InverseInformation inverse = inverse_of(m);
  const Matrix product = inverse.matrix * m;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(inverse.used[i]);
    for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(product(i, j), i == j ? 1 : 0, 1e-14);
  }
  EXPECT_NEAR(inverse.times({4, 1, 0.5})[0], 1, 1e-14);
}

TEST(InverseInformation, AColumnThatRepeatsEarlierOnesIsLeftOut) {
  const InverseInformation inverse = inverse_of(matrix_of(3, {2, 2, 1, 2, 2, 1, 1, 1, 3}));
  EXPECT_TRUE(inverse.used[0]);
  EXPECT_FALSE(inverse.used[1]);
  EXPECT_TRUE(inverse.used[2]);
  EXPECT_NEAR(inverse.matrix(0, 0), 0.6, 1e-14);
  EXPECT_EQ(inverse.matrix(1, 2), 0);
  EXPECT_FALSE(inverse_of(matrix_of(1, {-1})).used[0]) << "noise may leave less than none";
}

}  // namespace
}  // namespace mc::query
