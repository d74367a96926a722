// SPDX-License-Identifier: Apache-2.0
#include "query/release/matrix.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

TEST(Matrix, TheInverseOfAPositiveOneTimesItIsOne) {
  Matrix half(4, 4);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) half(i, j) = 1.0 / static_cast<double>(i + 2 * j + 1) + (i == j ? 1 : 0);
  }
  const Matrix positive = half * half.transposed();
  const Matrix product = positive * inverse_of_positive(positive);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) EXPECT_NEAR(product(i, j), i == j ? 1 : 0, 1e-12) << i << " " << j;
  }
}

}  // namespace
}  // namespace mc::query
