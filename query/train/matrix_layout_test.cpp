// SPDX-License-Identifier: Apache-2.0
#include "query/train/matrix_layout.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace mc::query {
namespace {

// a b as products of polynomials modulo X^degree + 1, entries read at their places; b has a vector beside its matrix.
void expect_product(std::uint32_t d, std::size_t degree) {
  const MatrixLayout layout(d, degree);
  std::mt19937_64 random(d);
  std::vector<std::vector<std::int64_t>> a(d, std::vector<std::int64_t>(d)), b(d, std::vector<std::int64_t>(d + 1));
  ASSERT_EQ(layout.vector_column(), d);
  for (auto* matrix : {&a, &b}) {
    for (auto& row : *matrix) {
      for (auto& entry : row) entry = static_cast<std::int64_t>(random() % 19) - 9;
    }
  }
  for (std::uint32_t chunk = 0; chunk < layout.chunks(); ++chunk) {
    std::map<std::size_t, std::int64_t> product;
    for (std::uint32_t i = 0; i < d; ++i) {
      if (layout.chunk_of(i) != chunk) continue;
      for (std::uint32_t k = 0; k < d; ++k) {
        for (std::uint32_t row = 0; row < d; ++row) {
          for (std::uint32_t j = 0; j <= d; ++j) {
            const std::size_t at = layout.left(i, k) + layout.right(row, j);
            product[at % degree] += (at >= degree ? -1 : 1) * a[i][k] * b[row][j];
          }
        }
      }
    }
    for (std::uint32_t i = 0; i < d; ++i) {
      if (layout.chunk_of(i) != chunk) continue;
      for (std::uint32_t j = 0; j <= d; ++j) {
        std::int64_t wanted = 0;
        for (std::uint32_t k = 0; k < d; ++k) wanted += a[i][k] * b[k][j];
        EXPECT_EQ(product[layout.product(i, j)], wanted) << d << ": " << i << ", " << j;
      }
    }
  }
}

TEST(MatrixLayout, OneProductOfPolynomialsIsAProductOfMatrices) {
  for (const std::uint32_t d : {1u, 2u, 3u, 7u, 10u}) expect_product(d, 1024);
}

TEST(MatrixLayout, RowsWithoutRoomGoToFurtherPolynomials) {
  const MatrixLayout layout(16, 1024);
  EXPECT_EQ(layout.chunks(), 6u);  // three rows of 272 places each
  expect_product(16, 1024);
}

// Four rows of 272 places: what a product has beyond the ring's degree meets none of those that are opened.
TEST(MatrixLayout, RowsMayFillThePolynomialToItsEnd) {
  const MatrixLayout layout(16, 4 * 272);
  EXPECT_EQ(layout.chunks(), 4u);
  expect_product(16, 4 * 272);
  expect_product(3, 12);
}

TEST(MatrixLayout, PlacesAreInOrderAndEachOnce) {
  const MatrixLayout layout(12, 1024);
  const auto places = layout.places(3, 0, 12);
  ASSERT_EQ(places.size(), 144u);
  EXPECT_EQ(places.front().input, 3u);
  for (std::size_t i = 1; i < places.size(); ++i) EXPECT_LT(places[i - 1], places[i]);
  const auto of_vector = layout.places(3, layout.vector_column(), 1);
  ASSERT_EQ(of_vector.size(), 12u);
  for (std::uint32_t row = 0; row < 12; ++row) {
    EXPECT_EQ(of_vector[row].position, layout.product(row, layout.vector_column()));
  }
}

}  // namespace
}  // namespace mc::query
