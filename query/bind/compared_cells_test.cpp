// SPDX-License-Identifier: Apache-2.0
#include "query/bind/compared_cells.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

constexpr Comparison kComparisons[] = {Comparison::kEqual,       Comparison::kNotEqual, Comparison::kLess,
                                       Comparison::kLessOrEqual, Comparison::kGreater,  Comparison::kGreaterOrEqual};

bool meets(Comparison comparison, double value, double other) {
  switch (comparison) {
    case Comparison::kEqual:
      return value == other;
    case Comparison::kNotEqual:
      return value != other;
    case Comparison::kLess:
      return value < other;
    case Comparison::kLessOrEqual:
      return value <= other;
    case Comparison::kGreater:
      return value > other;
    case Comparison::kGreaterOrEqual:
      return value >= other;
  }
  return false;
}

/// The cell that a value lies in, by the cuts themselves.
std::size_t cell_of_value(const Domain& domain, double value) {
  std::size_t cell = 0;
  for (const Cut& cut : domain.cuts) cell += cut.above ? value > cut.value : value >= cut.value;
  return cell;
}

Domain divided_at(std::uint32_t column, Comparison comparison, double number, const data::Schema& schema) {
  Domain domain = domain_of(schema, column);
  divide_for(comparison, {number, {1, 1}}, domain, schema);
  return domain;
}

TEST(ComparedCells, HoldExactlyTheValuesThatMeetTheComparison) {
  const data::Schema schema = testing::clinic_schema();
  for (const Comparison comparison : kComparisons) {
    for (const double number : {-1.0, 0.0, 47.0, 47.5, 60.0, 61.0, 120.0, 130.0}) {
      const Domain age = divided_at(0, comparison, number, schema);
      const auto cells = compared_cells(comparison, {number, {1, 1}}, age, schema);
      ASSERT_TRUE(cells) << cells.error().message;
      EXPECT_FALSE(cells->has_null());
      for (double value = 0; value <= 120; ++value) {
        EXPECT_EQ(cells->has(cell_of_value(age, value)), meets(comparison, value, number))
            << value << " and " << number << ", comparison " << static_cast<int>(comparison);
      }
    }
  }
}

TEST(ComparedCells, DivideOnlyWhereTheComparisonNeedsIt) {
  const data::Schema schema = testing::clinic_schema();
  const auto added = [&](Comparison comparison, double number) {
    return divided_at(0, comparison, number, schema).middles;
  };
  EXPECT_EQ(added(Comparison::kGreater, 47), std::vector<double>{47.5});
  EXPECT_EQ(added(Comparison::kLessOrEqual, 47), std::vector<double>{47.5});
  EXPECT_EQ(added(Comparison::kGreaterOrEqual, 47), std::vector<double>{46.5});
  EXPECT_EQ(added(Comparison::kLess, 47), std::vector<double>{46.5});
  EXPECT_EQ(added(Comparison::kEqual, 47), (std::vector<double>{46.5, 47.5}));
  EXPECT_EQ(added(Comparison::kNotEqual, 47), (std::vector<double>{46.5, 47.5}));
  EXPECT_TRUE(added(Comparison::kGreater, 60).empty()) << "a declared edge";
}

TEST(ComparedCells, OfCategoriesAreTheCategories) {
  const data::Schema schema = testing::clinic_schema();
  const auto text = [&](std::uint32_t column, Comparison comparison, const Literal& value) {
    const auto cells = compared_cells(comparison, value, domain_of(schema, column), schema);
    if (!cells) return cells.error().message;
    std::string bits;
    for (std::size_t i = 0; i < cells->value_cells(); ++i) bits += cells->has(i) ? "1" : "0";
    return bits;
  };
  EXPECT_EQ(text(3, Comparison::kEqual, {std::string("former"), {1, 9}}), "010");
  EXPECT_EQ(text(3, Comparison::kNotEqual, {std::string("former"), {1, 9}}), "101");
  EXPECT_EQ(text(4, Comparison::kGreaterOrEqual, {3.0, {1, 9}}), "0011");
  EXPECT_EQ(text(4, Comparison::kLess, {3.0, {1, 9}}), "1100");
  EXPECT_EQ(text(3, Comparison::kEqual, {std::string("pipe"), {1, 9}}),
            "1:9: smoker has no category 'pipe'; its categories are never, former, current");
  EXPECT_EQ(text(3, Comparison::kLess, {std::string("pipe"), {1, 9}}),
            "1:9: smoker is text without an order: use =, <> or IN");
  EXPECT_EQ(text(4, Comparison::kEqual, {std::string("3"), {1, 9}}), "1:9: nyha is a number: write it without quotes");
}

TEST(ComparedCells, BetweenTakesBothEnds) {
  const data::Schema schema = testing::clinic_schema();
  Domain age = domain_of(schema, 0);
  divide_for(Comparison::kGreaterOrEqual, {50.0, {}}, age, schema);
  divide_for(Comparison::kLessOrEqual, {70.0, {}}, age, schema);
  const CellSet cells = cells_between({50.0, {}}, {70.0, {}}, age, schema).value_or_stop();
  for (double value = 0; value <= 120; ++value) {
    EXPECT_EQ(cells.has(cell_of_value(age, value)), value >= 50 && value <= 70) << value;
  }
}

}  // namespace
}  // namespace mc::query
