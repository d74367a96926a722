// SPDX-License-Identifier: Apache-2.0
#include "data/schema/infer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

namespace mc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Schema inferred(std::string_view csv, std::string_view name = "a") {
  auto table = read_csv(csv, std::string(name) + ".csv");
  EXPECT_TRUE(table.has_value()) << (table ? "" : table.error().message);
  auto schema = infer(*table, name);
  EXPECT_TRUE(schema.has_value()) << (schema ? "" : schema.error().message);
  return *schema;
}

Schema merged(std::vector<Schema> proposals) {
  auto schema = merge(proposals);
  EXPECT_TRUE(schema.has_value()) << (schema ? "" : schema.error().message);
  return *schema;
}

std::string column_csv(std::string_view name, const std::vector<std::string>& cells) {
  std::string csv = std::string(name) + ",other\n";
  for (const std::string& cell : cells) csv += cell + ",1\n";
  return csv;
}

TEST(NiceRange, AgeFromZeroToHundredHasTheTensAsEdges) {
  const NiceRange range = nice_range(0.5, 99, true);
  EXPECT_EQ(range.minimum, 0);
  EXPECT_EQ(range.maximum, 100);
  EXPECT_THAT(range.edges, ElementsAre(10, 20, 30, 40, 50, 60, 70, 80, 90));
}

TEST(NiceRange, EdgesAreTheNumbersPeopleWrite) {
  const NiceRange range = nice_range(0.02, 0.49, false);
  EXPECT_EQ(range.maximum, 0.5);
  EXPECT_THAT(range.edges, ElementsAre(0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45));
}

TEST(NiceRange, RoundsOutwardsTightlyAndIsItsOwnNiceRange) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int i = 0; i < 20'000; ++i) {
    const bool integer = i % 2 == 0;
    const double size = std::pow(10.0, 12 * unit(random) - (integer ? 0 : 6));
    double low = (unit(random) - 0.3) * size;
    double high = low + unit(random) * size;
    if (integer) {
      low = std::floor(low);
      high = std::ceil(high) + 1;
    }
    const NiceRange range = nice_range(low, high, integer);
    EXPECT_LE(range.minimum, low);
    EXPECT_GE(range.maximum, high);
    EXPECT_LT(range.maximum - range.minimum, std::max(1.8 * (high - low), integer ? (high - low) + 2 : 0))
        << low << " " << high;
    EXPECT_TRUE(low < 0 || range.minimum >= 0);
    EXPECT_LE(range.edges.size(), 9u);
    EXPECT_GE(range.edges.size(), integer ? std::min(3.0, high - low - 1) : 4.0) << low << " " << high;
    const NiceRange again = nice_range(range.minimum, range.maximum, integer);
    EXPECT_EQ(again.minimum, range.minimum);
    EXPECT_EQ(again.maximum, range.maximum);
    EXPECT_EQ(again.edges, range.edges);
  }
}

TEST(NiceRange, AColumnOfOneValueGetsARangeThatDoesNotTellIt) {
  for (const double value : {0.0, 3.7, 120.0, -5.0, 1e-200, 4e9}) {
    const NiceRange range = nice_range(value, value, value == std::trunc(value));
    EXPECT_LT(range.minimum, range.maximum) << value;
    EXPECT_LE(range.minimum, value);
    EXPECT_GE(range.maximum, value);
    EXPECT_TRUE(value < 0 || range.minimum >= 0);
    EXPECT_TRUE(value == 0 || range.minimum != value);
  }
}

TEST(Infer, TypesFollowTheValues) {
  const Schema schema = inferred(
      "age,chol,sex,flag\n63.0,1.5,F,0\n41,2,M,1\n77,2.25,F,0\n30,9,F,1\n25,1,M,0\n99,4,M,1\n12,1,F,1\n88,1,F,1\n55,1,"
      "M,0\n");
  EXPECT_EQ(schema.columns[0].type, ColumnType::kInteger);
  EXPECT_EQ(schema.columns[1].type, ColumnType::kNumber);
  EXPECT_EQ(schema.columns[2].type, ColumnType::kString);
  EXPECT_THAT(schema.columns[2].categories, ElementsAre("F", "M"));
  EXPECT_TRUE(schema.columns[3].is_binary());
  EXPECT_THAT(schema.columns[3].edges, IsEmpty());
  EXPECT_TRUE(schema.columns[0].required);
}

TEST(Infer, NoRawMinimumOrMaximumTravels) {
  const Schema schema = inferred("x\n13.37\n61.41\n27.5\n");
  EXPECT_EQ(schema.columns[0].minimum, 10);
  EXPECT_EQ(schema.columns[0].maximum, 70);
}

TEST(Infer, MissingValuesAreRecognisedAndKeepAColumnFromBeingRequired) {
  for (const char* token : {"", "NA", "NaN", "NULL", "?", "."}) {
    const Schema schema = inferred(column_csv("x", {"1.5", token, "2.5"}));
    EXPECT_EQ(schema.columns[0].type, ColumnType::kNumber) << token;
    EXPECT_FALSE(schema.columns[0].required) << token;
  }
}

TEST(Infer, CodedIntegersGetCategoriesAndNeedNoEdges) {
  const Schema schema = inferred("nyha\n1\n4\n2\n3\n2\n1\n");
  EXPECT_THAT(schema.columns[0].categories, ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(schema.columns[0].edges, IsEmpty());
  EXPECT_EQ(schema.columns[0].minimum, 1);
  EXPECT_EQ(schema.columns[0].maximum, 4);
}

TEST(Infer, DosesThatManyHaveAreCategories) {
  std::string csv = "dose\n";
  for (int i = 0; i < 15; ++i) csv += std::array{"0.5\n", "1\n", "2.0\n"}[static_cast<std::size_t>(i % 3)];
  const Schema schema = inferred(csv);
  EXPECT_EQ(schema.columns[0].type, ColumnType::kNumber);
  EXPECT_THAT(schema.columns[0].categories, ElementsAre("0.5", "1", "2"));
  EXPECT_EQ(schema.columns[0].minimum, 0.5);
  EXPECT_EQ(schema.columns[0].maximum, 2);
  EXPECT_EQ(schema.columns[0].resolution(), 0.1);
  const Schema whole = inferred("dose\n1\n2\n4\n1\n2\n4\n");
  EXPECT_THAT(merge(std::array{schema, whole}).value().columns[0].categories, ElementsAre("0.5", "1", "2", "4"));

  EXPECT_THAT(inferred("crp\n0.5\n1.5\n0.5\n1.5\n2\n").columns[0].categories, IsEmpty()) << "hardly anybody has each";
  EXPECT_THAT(inferred(column_csv("x", std::vector<std::string>(20, "0.00025"))).columns[0].categories, IsEmpty());
}

TEST(Infer, FewAgesOfASmallFileAreNotCodes) {
  EXPECT_THAT(inferred("age\n31\n47\n52\n66\n71\n").columns[0].categories, IsEmpty());
  EXPECT_THAT(inferred("year\n1990\n1990\n2001\n2001\n").columns[0].categories, IsEmpty());
}

TEST(Infer, NamesAndFreeTextAreNotSealed) {
  EXPECT_FALSE(inferred(column_csv("name", {"Ann", "Bea", "Cid", "Dan", "Eve", "Ann"})).columns[0].is_sealed());
  std::string csv = "text\n";
  for (int i = 0; i < 200; ++i) csv += "word" + std::to_string(i % 40) + "\n";
  EXPECT_FALSE(inferred(csv).columns[0].is_sealed());
}

TEST(Infer, IdentifiersAreNotSealed) {
  EXPECT_FALSE(inferred(",x\n1,5\n2,6\n").columns[0].is_sealed());
  EXPECT_FALSE(inferred("Subject ID,x\n17,5\n12,6\n").columns[0].is_sealed());
  EXPECT_TRUE(inferred("thyroid,x\n0,5\n1,6\n").columns[0].is_sealed());
}

TEST(Merge, RangesUniteAndStayNice) {
  const Schema schema = merged({inferred("x\n12.5\n38.1\n", "a"), inferred("x\n55\n71\n", "b")});
  EXPECT_EQ(schema.columns[0].type, ColumnType::kNumber);
  EXPECT_LE(schema.columns[0].minimum, 12.5);
  EXPECT_GE(schema.columns[0].maximum, 71);
  EXPECT_LE(schema.columns[0].maximum - schema.columns[0].minimum, 2 * (71 - 12.5));
}

TEST(Merge, CategoriesUniteSorted) {
  const Schema schema = merged({inferred("s,c\nM,2\nF,10\nM,2\nF,2\n", "a"), inferred("s,c\nX,3\nX,3\n", "b")});
  EXPECT_THAT(schema.columns[0].categories, ElementsAre("F", "M", "X"));
  EXPECT_THAT(schema.columns[1].categories, ElementsAre("2", "3", "10"));
}

TEST(Merge, EachHospitalsOwnSiteNumberBecomesOneList) {
  const Schema schema =
      merged({inferred("site\n1\n1\n", "a"), inferred("site\n2\n2\n", "b"), inferred("site\n3\n3\n", "c")});
  EXPECT_THAT(schema.columns[0].categories, ElementsAre("1", "2", "3"));
}

TEST(Merge, AFlagThatNobodyHasIsStillAFlag) {
  const Schema schema = merged({inferred("rare\n0\n0\n", "a")});
  EXPECT_TRUE(schema.columns[0].is_binary());
  EXPECT_TRUE(merged({inferred("rare\n0\n0\n", "a"), inferred("rare\n0\n1\n", "b")}).columns[0].is_binary());
}

TEST(Merge, CategoriesAreLostWhenTheirUnionIsAQuantity) {
  const Schema schema =
      merged({inferred("x\n1\n2\n3\n4\n5\n1\n2\n3\n4\n5\n", "a"), inferred("x\n6\n7\n8\n9\n6\n7\n8\n9\n", "b")});
  EXPECT_THAT(schema.columns[0].categories, IsEmpty());
  EXPECT_FALSE(schema.columns[0].edges.empty());
  EXPECT_EQ(schema.columns[0].type, ColumnType::kInteger);
}

TEST(Merge, TextAgainstNumbersNamesBothOwners) {
  const std::vector<Schema> proposals = {inferred("sex\n0\n1\n0\n", "north"), inferred("sex\nF\nM\nF\nM\n", "south")};
  const auto schema = merge(proposals);
  ASSERT_FALSE(schema.has_value());
  EXPECT_EQ(schema.error().code, Code::kConflict);
  EXPECT_EQ(schema.error().message, "column \"sex\" is text in south and a number in north");
}

TEST(Merge, AnOwnerWithoutAnyValueHasNoOpinion) {
  const Schema schema = merged({inferred("chol,x\n?,1\n?,2\n", "a"), inferred("chol,x\n233,1\n250,2\n", "b")});
  EXPECT_EQ(schema.columns[0].type, ColumnType::kInteger);
  EXPECT_FALSE(schema.columns[0].required);
  EXPECT_FALSE(schema.columns[0].vacant);
  EXPECT_TRUE(merged({inferred("chol,x\n?,1\n", "a")}).columns[0].vacant);
}

TEST(Merge, AColumnThatOneOwnerLacksIsNotRequired) {
  const Schema schema = merged({inferred("x,y\n1.5,2.5\n2.5,3.5\n", "a"), inferred("x\n1.5\n2.5\n", "b")});
  EXPECT_TRUE(schema.columns[0].required);
  EXPECT_FALSE(schema.columns[1].required);
}

TEST(Merge, UnitsMustAgree) {
  Schema a = inferred("x\n1.5\n2.5\n", "a");
  Schema b = a;
  a.columns[0].unit = "mg/dL";
  EXPECT_EQ(merged({a, b}).columns[0].unit, "mg/dL");
  b.columns[0].unit = "mmol/L";
  EXPECT_EQ(merge(std::vector<Schema>{a, b}).error().code, Code::kConflict);
}

TEST(Merge, OfAMergedSchemaWithItsPartsChangesNothingAndOrderOnlyMovesColumns) {
  const Schema a = inferred("x,k,s\n12.5,1,u\n38.1,2,v\n12,1,u\n13,2,v\n", "a");
  const Schema b = inferred("x,k,s\n55,3,w\n710,3,w\n", "b");
  const Schema both = merged({a, b});
  EXPECT_EQ(merged({both}), both);
  EXPECT_EQ(merged({both, a, b}), both);
  EXPECT_EQ(merged({b, a}), both);
}

TEST(Merge, NothingToMergeIsRefused) {
  EXPECT_EQ(merge({}).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace mc::data
