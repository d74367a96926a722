// SPDX-License-Identifier: Apache-2.0
#include "query/bind/polynomial.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

CellSet only_cell(std::size_t index) {
  CellSet set(3);
  set.insert(index);
  return set;
}

TEST(Polynomial, ProductsAreMultipliedOutAndLikeTermsAdded) {
  const Monomial x{{{0, 1}}, {}};
  const Polynomial sum{{x, 1}, {Monomial{}, 2}};
  const Polynomial square = product_of(sum, sum);  // x^2 + 4x + 4
  ASSERT_EQ(square.size(), 3u);
  EXPECT_EQ(square[0], std::pair(Monomial({{0, 2}}, {}), 1.0));
  EXPECT_EQ(square[1], std::pair(x, 4.0));
  EXPECT_EQ(square[2], std::pair(Monomial{}, 4.0));
}

TEST(Polynomial, IndicatorsThatExcludeEachOtherMakeNothing) {
  const Monomial first{{}, {{1, only_cell(0)}}};
  const Monomial second{{}, {{1, only_cell(1)}}};
  EXPECT_FALSE(product_of(first, second));
  EXPECT_EQ(product_of(first, first), first);
  EXPECT_TRUE(product_of(Polynomial{{first, 1}}, Polynomial{{second, 1}}).empty());
}

}  // namespace
}  // namespace mc::query
