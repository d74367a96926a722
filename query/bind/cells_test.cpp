// SPDX-License-Identifier: Apache-2.0
#include "query/bind/cells.hpp"

#include <gtest/gtest.h>

#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

CellSet set_of(std::size_t size, const std::vector<std::size_t>& cells, bool null = false) {
  CellSet result(size);
  for (const std::size_t cell : cells) result.insert(cell);
  if (null) result.insert_null();
  return result;
}

TEST(CellSet, IsABooleanAlgebra) {
  const CellSet a = set_of(4, {0, 2}, true);
  const CellSet b = set_of(4, {2, 3});
  EXPECT_EQ(a & b, set_of(4, {2}));
  EXPECT_EQ(a | b, set_of(4, {0, 2, 3}, true));
  EXPECT_EQ(a - b, set_of(4, {0}, true));
  EXPECT_TRUE((a & b).subset_of(a));
  EXPECT_FALSE(a.subset_of(b));
  EXPECT_TRUE((a - b).disjoint_from(b));
  EXPECT_TRUE(CellSet(4).empty());
}

TEST(CellSet, IsDividedIntoPartsThatNoSetDivides) {
  const CellSet whole = set_of(5, {0, 1, 2, 3, 4}, true);
  EXPECT_EQ(divided(whole, {}), std::vector<CellSet>{whole});
  const std::vector<CellSet> apart{set_of(5, {3}), set_of(5, {1, 2})};
  EXPECT_EQ(divided(whole, apart), (std::vector<CellSet>{apart[0], apart[1], set_of(5, {0, 4}, true)}));
  const std::vector<CellSet> nested{set_of(5, {1, 2, 3}), set_of(5, {3, 4})};
  EXPECT_EQ(divided(whole, nested),
            (std::vector<CellSet>{set_of(5, {3}), set_of(5, {1, 2}), set_of(5, {4}), set_of(5, {0}, true)}));
  EXPECT_EQ(divided(set_of(5, {1}), nested), std::vector<CellSet>{set_of(5, {1})});
}

TEST(Domain, NumbersAreCutAtAndAboveEveryEdge) {
  const data::Schema schema = testing::clinic_schema();
  const Domain bmi = domain_of(schema, 1);
  EXPECT_EQ(bmi.cuts,
            (std::vector<Cut>{{18.5, false}, {18.5, true}, {25, false}, {25, true}, {30, false}, {30, true}}));
  EXPECT_TRUE(bmi.nullable);
  EXPECT_EQ(bmi.value_cells, 7u);
}

TEST(Domain, IntegersHaveOneCutWhereTwoEdgesMeet) {
  const Domain age = domain_of(testing::clinic_schema(), 0);  // edges 40, 60, 61, 80
  EXPECT_EQ(age.cuts, (std::vector<Cut>{
                          {40, false}, {41, false}, {60, false}, {61, false}, {62, false}, {80, false}, {81, false}}));
  EXPECT_EQ(age.features[3].kind, data::FeatureKind::kAbove);  // age > 60, the first of the two that are declared
  EXPECT_EQ(age.features[3].index, 1u);
}

TEST(Domain, AnEdgeAtTheMaximumCutsOnlyBelow) {
  data::Schema schema;
  schema.columns = {testing::numeric("x", data::ColumnType::kNumber, true, 0, 10, {10})};
  const Domain domain = domain_of(schema, 0);
  EXPECT_EQ(domain.cuts, (std::vector<Cut>{{10, false}}));
  EXPECT_EQ(cell_at(domain, schema, {10, true}).value_or_stop(), 2u);  // nothing is above
  EXPECT_EQ(cell_at(domain, schema, {10, false}).value_or_stop(), 1u);
}

TEST(Domain, ADeclaredTimeCutsAboveItself) {
  data::Schema schema;
  schema.columns = {testing::numeric("days", data::ColumnType::kInteger, true, 0, 90, {60})};
  schema.columns[0].times = {30, 60, 90};
  const Domain days = domain_of(schema, 0);
  EXPECT_EQ(days.cuts, (std::vector<Cut>{{31, false}, {60, false}, {61, false}}));
  EXPECT_EQ(days.features[0].kind, data::FeatureKind::kAfter);
  EXPECT_EQ(days.features[2].kind, data::FeatureKind::kAbove);  // days > 60 stands twice: the edge's comes first
  EXPECT_EQ(cell_at(days, schema, {30, true}).value_or_stop(), 1u);
  EXPECT_EQ(cell_at(days, schema, {20, false}).error().message,
            "days has no declared edge there; the declared edges are 60; > and <= also work at its 3 declared times "
            "from 30 to 90");
}

TEST(Domain, CodedIntegersCompareByTheirNumbers) {
  const data::Schema schema = testing::clinic_schema();
  const Domain nyha = domain_of(schema, 4);
  EXPECT_EQ(nyha.kind, Domain::Kind::kCategories);
  EXPECT_EQ(cell_at(nyha, schema, {2, false}).value_or_stop(), 1u);
  EXPECT_EQ(cell_at(nyha, schema, {2, true}).value_or_stop(), 2u);
  EXPECT_EQ(cell_at(nyha, schema, {2.5, false}).value_or_stop(), 2u);
  EXPECT_EQ(cell_at(nyha, schema, {9, false}).value_or_stop(), 4u);
}

TEST(Domain, EverythingHasNullOnlyWhereAValueMayBeMissing) {
  const data::Schema schema = testing::clinic_schema();
  EXPECT_FALSE(domain_of(schema, 2).everything().has_null());
  EXPECT_TRUE(domain_of(schema, 3).everything().has_null());
  EXPECT_FALSE(domain_of(schema, 3).values().has_null());
}

TEST(Bins, CutTheRangeAtEveryEdgeAndCoverEveryValueOnce) {
  const data::Schema schema = testing::clinic_schema();
  for (const std::uint32_t column : {0u, 1u}) {
    const Domain domain = domain_of(schema, column);
    const Bins bins = bins_of(domain, schema);
    ASSERT_EQ(bins.breaks.size(), bins.cells.size() + 1);
    CellSet all(domain.value_cells);
    for (const CellSet& bin : bins.cells) {
      EXPECT_TRUE(bin.disjoint_from(all));
      EXPECT_FALSE(bin.empty());
      all = all | bin;
    }
    EXPECT_EQ(all, domain.values());
  }
  EXPECT_EQ(bins_of(domain_of(schema, 0), schema).breaks, (std::vector<double>{0, 40, 60, 61, 80, 120}));
  EXPECT_EQ(bin_name(std::vector<double>{10, 18.5, 60}, 0), "[10,18.5)");
  EXPECT_EQ(bin_name(std::vector<double>{10, 18.5, 60}, 1), "[18.5,60]");
}

TEST(Bins, AnEdgeAtTheMaximumBelongsToTheLastBin) {
  data::Schema schema;
  schema.columns = {testing::numeric("x", data::ColumnType::kNumber, true, 0, 10, {5, 10})};
  const Bins bins = bins_of(domain_of(schema, 0), schema);
  EXPECT_EQ(bins.breaks, (std::vector<double>{0, 5, 10}));
  EXPECT_EQ(bins.cells[0] | bins.cells[1], domain_of(schema, 0).values());
}

TEST(Cells, AQueryDividesAColumnAtItsOwnThresholds) {
  data::Schema schema = testing::clinic_schema();
  schema.columns[1].step = 0.125;
  Domain age = domain_of(schema, 0);
  const std::size_t cells = age.value_cells;
  divide_at(age, schema, {70.2, false});  // 71 and above
  divide_at(age, schema, {70, true});     // the same
  divide_at(age, schema, {60, false});    // declared
  divide_at(age, schema, {500, false});   // nobody
  divide_at(age, schema, {-5, true});     // everybody
  EXPECT_EQ(age.value_cells, cells + 1);
  ASSERT_EQ(age.middles, std::vector<double>{70.5});
  const std::size_t cell = cell_at(age, schema, {71, false}).value_or_stop();
  EXPECT_EQ(handle_of(age, schema, age.features[cell - 1]), "age/above/70.5");
  EXPECT_EQ(cell_at(age, schema, {80, false}).value_or_stop(), cell + 1);
  // Bins stay those of the declared edges.
  EXPECT_EQ(bins_of(age, schema).breaks, (std::vector<double>{0, 40, 60, 61, 80, 120}));
  Domain bmi = domain_of(schema, 1);
  divide_at(bmi, schema, {27.4, true});
  EXPECT_EQ(bmi.middles, std::vector<double>{27.4375});
  schema.columns[1].step = 0;
  Domain unknown = domain_of(schema, 1);
  divide_at(unknown, schema, {27.4, true});
  EXPECT_TRUE(unknown.middles.empty());
}

TEST(Cells, LiteralsThatNoDoubleCountsStayWithinTheRange) {
  const data::Schema schema = testing::clinic_schema();
  Domain age = domain_of(schema, 0);
  for (const double value : {1e300, -1e300, 9e15, -9e15}) divide_at(age, schema, {value, true});
  EXPECT_TRUE(age.middles.empty());
}

}  // namespace
}  // namespace mc::query
