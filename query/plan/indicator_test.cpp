// SPDX-License-Identifier: Apache-2.0
#include "query/plan/indicator.hpp"

#include <gtest/gtest.h>

#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

/// The cell of a patient's value, by definition.
std::size_t cell_of(const Domain& domain, const data::Column& column, const testing::Cell& value) {
  if (std::holds_alternative<std::monostate>(value)) return domain.value_cells;
  if (const auto* text = std::get_if<std::string>(&value)) {
    std::size_t i = 0;
    while (column.categories[i] != *text) ++i;
    return i;
  }
  const double number = std::get<double>(value);
  for (std::size_t i = 0; i < domain.numbers.size(); ++i) {
    if (domain.numbers[i] == number) return i;
  }
  std::size_t cell = 0;
  while (cell < domain.cuts.size() &&
         (domain.cuts[cell].above ? number > domain.cuts[cell].value : number >= domain.cuts[cell].value))
    ++cell;
  return cell;
}

TEST(Indicator, IsOneInsideAndZeroOutsideForEverySetOfEveryColumn) {
  const data::Schema schema = testing::clinic_schema();
  std::mt19937_64 random(3);
  std::vector<testing::Patient> patients;
  for (int i = 0; i < 200; ++i) patients.push_back(testing::random_patient(schema, random));
  for (std::uint32_t column = 0; column + 1 < schema.columns.size(); ++column) {
    const Domain domain = domain_of(schema, column);
    const std::size_t cells = domain.value_cells + (domain.nullable ? 1 : 0);
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << cells; ++bits) {
      CellSet set(domain.value_cells);
      for (std::size_t i = 0; i < cells; ++i) {
        if (bits >> i & 1) set.insert(i);
      }
      const FeatureSum sum = indicator_of(domain, schema, set);
      for (const testing::Patient& patient : patients) {
        double value = 0;
        for (const auto& [feature, coefficient] : sum) {
          EXPECT_TRUE(data::is_sealed_feature(schema, feature));
          value += coefficient * testing::feature_value(schema, feature, patient);
        }
        ASSERT_EQ(value, set.has(cell_of(domain, schema.columns[column], patient[column])) ? 1 : 0)
            << schema.columns[column].name << " cells " << bits;
      }
    }
  }
}

TEST(Indicator, TheEmptySetIsTheEmptySumAndEverythingIsPresent) {
  const data::Schema schema = testing::clinic_schema();
  for (std::uint32_t column = 0; column + 1 < schema.columns.size(); ++column) {
    const Domain domain = domain_of(schema, column);
    EXPECT_TRUE(indicator_of(domain, schema, CellSet(domain.value_cells)).empty());
    EXPECT_EQ(indicator_of(domain, schema, domain.everything()), (FeatureSum{{data::Feature{}, 1}})) << column;
  }
}

}  // namespace
}  // namespace mc::query
