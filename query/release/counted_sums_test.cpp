// SPDX-License-Identifier: Apache-2.0
#include "query/release/counted_sums.hpp"

#include <gtest/gtest.h>

#include "query/release/digits.hpp"

namespace mc::query {
namespace {

TEST(CountedSums, AllDigitsHoldWhereEveryCountIsKnown) {
  EXPECT_EQ(digits_of({{10, 0}, {{4, 0}, {6, 0}}}), kDigitsMax);
  EXPECT_EQ(digits_of({{10, 0}, {{4, 0}, {6, 1}}}), 0);
  EXPECT_EQ(digits_of({{10, 1}, {{4, 0}}}), 0);
}

TEST(CountedSums, WhoIsInNoStratumIsMissing) {
  EXPECT_EQ(missing_of({{10, 0}, {{4, 0}, {4, 0}}}, 8).value_or_stop(), 2);
  EXPECT_EQ(missing_text(2), "  (2 observations deleted due to missingness)\n");
  EXPECT_EQ(missing_text(0), "");
  EXPECT_EQ(missing_of({{10, 0}, {{12, 0}}}, 12).error().code, Code::kCorrupt);
  EXPECT_EQ(missing_of({{10, 1}, {{12, 1}}}, 12).value_or_stop(), 0) << "of unsure counts nothing contradicts";
}

TEST(CountedSums, WithNoiseNobodyIsMissingWhoMayBeNoise) {
  const CountedSums sums{{100, 8}, {{40, 8}, {40, 8}}, {4, 4}, 5};
  EXPECT_EQ(missing_of(sums, 91).value_or_stop(), 0);
  EXPECT_EQ(missing_of(sums, 78).value_or_stop(), 20) << "a multiple of five";
  EXPECT_EQ(persons_counted(sums, 91, 0), 100) << "one count instead of two";
  EXPECT_EQ(persons_counted(sums, 78, 20), 78);
  EXPECT_EQ(persons_counted({{10, 0}, {{4, 0}}}, 4, 0), 4);
}

}  // namespace
}  // namespace mc::query
