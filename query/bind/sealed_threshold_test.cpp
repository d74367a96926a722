// SPDX-License-Identifier: Apache-2.0
#include "query/bind/sealed_threshold.hpp"

#include <gtest/gtest.h>

#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

using Bits = std::vector<std::uint8_t>;

const data::Schema kSchema = testing::clinic_schema();

Result<Bits> chosen(const std::string& column, Comparison comparison, double value) {
  return chosen_bins({column, comparison, ""}, kSchema, value, std::nullopt);
}
Result<Bits> chosen_between(const std::string& column, double from, double to) {
  return chosen_bins({column, Comparison::kGreaterOrEqual, "to"}, kSchema, from, to);
}

// age is an integer with the edges 40, 60, 61, 80 from 0 to 120: five bins.
TEST(SealedThreshold, ChoosesTheBinsForWhichTheComparisonHolds) {
  EXPECT_EQ(chosen("age", Comparison::kGreaterOrEqual, 60).value_or_stop(), (Bits{0, 0, 1, 1, 1}));
  EXPECT_EQ(chosen("age", Comparison::kGreater, 60).value_or_stop(), (Bits{0, 0, 0, 1, 1}));
  EXPECT_EQ(chosen("age", Comparison::kGreater, 59).value_or_stop(), (Bits{0, 0, 1, 1, 1}));
  EXPECT_EQ(chosen("age", Comparison::kLess, 60).value_or_stop(), (Bits{1, 1, 0, 0, 0}));
  EXPECT_EQ(chosen("age", Comparison::kLessOrEqual, 60).value_or_stop(), (Bits{1, 1, 1, 0, 0}));
  EXPECT_EQ(chosen_between("age", 40, 60).value_or_stop(), (Bits{0, 1, 1, 0, 0}));
  EXPECT_EQ(chosen_between("age", 60, 60).value_or_stop(), (Bits{0, 0, 1, 0, 0}));
  EXPECT_EQ(chosen_between("age", 80, 40 - 1).value_or_stop(), (Bits{0, 0, 0, 0, 0}));
  EXPECT_EQ(chosen("nyha", Comparison::kGreaterOrEqual, 3).value_or_stop(), (Bits{0, 0, 1, 1}));
  EXPECT_EQ(chosen("nyha", Comparison::kLess, 2.5).value_or_stop(), (Bits{1, 1, 0, 0}));
}

TEST(SealedThreshold, BeyondTheRangeItIsNobodyOrEverybody) {
  EXPECT_EQ(chosen("age", Comparison::kGreaterOrEqual, 121).value_or_stop(), (Bits{0, 0, 0, 0, 0}));
  EXPECT_EQ(chosen("age", Comparison::kGreaterOrEqual, -5).value_or_stop(), (Bits{1, 1, 1, 1, 1}));
  EXPECT_EQ(chosen("age", Comparison::kLess, 1e9).value_or_stop(), (Bits{1, 1, 1, 1, 1}));
  EXPECT_EQ(chosen_between("age", -1, 500).value_or_stop(), (Bits{1, 1, 1, 1, 1}));
}

TEST(SealedThreshold, WhatIsNoDeclaredEdgeIsRefusedWithTheNearestAndNotRepeated) {
  const auto says = [](const Result<Bits>& result) { return result ? std::string("chosen") : result.error().message; };
  EXPECT_EQ(says(chosen("age", Comparison::kGreaterOrEqual, 77)),
            "a sealed threshold of age divides it at a declared edge, and this one does not; the nearest: 61 and 80");
  EXPECT_EQ(says(chosen("age", Comparison::kLess, 7)),
            "a sealed threshold of age divides it at a declared edge, and this one does not; the nearest: 40");
  EXPECT_EQ(says(chosen_between("age", 40, 59.5)), "chosen") << "integers up to 59.5 are those below 60";
  EXPECT_NE(says(chosen_between("age", 40, 77)).find("61 and 80"), std::string::npos);
  // bmi has no step: somebody may have 25 exactly.
  EXPECT_EQ(says(chosen("bmi", Comparison::kGreaterOrEqual, 25)), "chosen");
  EXPECT_NE(says(chosen("bmi", Comparison::kGreater, 25)).find("without a step only < and >= do"), std::string::npos);
}

TEST(SealedThreshold, BinsAreNamedAndDoNotOverlap) {
  const Domain domain = domain_of(kSchema, 0);
  const ThresholdBins bins = threshold_bins(domain, kSchema).value_or_stop();
  EXPECT_EQ(bins.names, (std::vector<std::string>{"[0,40)", "[40,60)", "[60,61)", "[61,80)", "[80,120]"}));
  CellSet all(domain.value_cells);
  for (const CellSet& cells : bins.cells) {
    EXPECT_TRUE(cells.disjoint_from(all));
    all = all | cells;
  }
  EXPECT_EQ(all, domain.values());
  EXPECT_FALSE(threshold_bins(domain_of(kSchema, 2), kSchema)) << "texts have no order";
}

}  // namespace
}  // namespace mc::query
