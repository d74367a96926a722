// SPDX-License-Identifier: Apache-2.0
#include "data/packing/cohort.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Schema small_clinic() {
  Schema schema;
  schema.missing_values = {"", "NA"};
  schema.columns.resize(4);
  schema.columns[0] = {
      .name = "age", .type = ColumnType::kInteger, .required = true, .minimum = 0, .maximum = 100, .edges = {50}};
  schema.columns[1] = {
      .name = "bmi", .type = ColumnType::kNumber, .minimum = 10, .maximum = 50, .times = {29.5, 30, 50}};
  schema.columns[2] = {.name = "sex", .type = ColumnType::kString, .categories = {"F", "M"}};
  schema.columns[3] = {
      .name = "nyha", .type = ColumnType::kInteger, .minimum = 1, .maximum = 4, .categories = {"1", "2", "4"}};
  return schema;
}

Table north_table(std::string_view text) {
  return read_csv(text, "north.csv").value_or_stop();
}

std::vector<double> packed(std::string_view csv, std::string_view name) {
  const Schema schema = small_clinic();
  const Table table = north_table(csv);
  const Cohort cohort = Cohort::parse(table, schema).value_or_stop();
  const Feature feature = feature_from_handle(schema, name).value_or_stop();
  const auto whole = cohort.pack(feature, 0, table.row_count()).value_or_stop();
  EXPECT_EQ(whole, pack(table, schema, feature, 0, table.row_count()).value_or_stop());
  return whole;
}

std::string refusal_of_csv(std::string_view csv) {
  const auto cohort = Cohort::parse(north_table(csv), small_clinic());
  EXPECT_FALSE(cohort.has_value());
  return cohort ? "" : cohort.error().message;
}

constexpr std::string_view kCsv = "age,bmi,sex,nyha,extra\n50,30,F,1,x\n 100 ,NA,M,,y\n0,50.0,,4,z\n";

TEST(Cohort, AColumnsOwnMissingValuesStandInsteadOfTheSchemas) {
  Schema schema = small_clinic();
  schema.columns[1].missing_values = {"", "-9"};
  const Feature valid = feature_from_handle(schema, "bmi/valid").value_or_stop();
  const Table table = north_table("age,bmi,sex,nyha\n50,-9.0,F,1\n60,30,NA,1\n");
  EXPECT_THAT(Cohort::parse(table, schema).value_or_stop().pack(valid, 0, 2).value_or_stop(), ElementsAre(0, 1));
  const auto refused = Cohort::parse(north_table("age,bmi,sex,nyha\n50,NA,F,1\n"), schema);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("\"bmi\" is not a number"));
}

TEST(Cohort, EveryFeatureIsZeroWhereTheValueIsMissing) {
  EXPECT_THAT(packed(kCsv, "present"), ElementsAre(1, 1, 1));
  EXPECT_THAT(packed(kCsv, "age/value"), ElementsAre(0, 1, -1));
  EXPECT_THAT(packed(kCsv, "age/ge/50"), ElementsAre(1, 1, 0));
  EXPECT_THAT(packed(kCsv, "age/gt/50"), ElementsAre(0, 1, 0));
  EXPECT_THAT(packed(kCsv, "bmi/value"), ElementsAre(0, 0, 1));
  EXPECT_THAT(packed(kCsv, "bmi/valid"), ElementsAre(1, 0, 1));
  EXPECT_THAT(packed(kCsv, "bmi/after/29.5"), ElementsAre(1, 0, 1));
  EXPECT_THAT(packed(kCsv, "bmi/after/30"), ElementsAre(0, 0, 1));
  EXPECT_THAT(packed(kCsv, "sex/is/F"), ElementsAre(1, 0, 0));
  EXPECT_THAT(packed(kCsv, "sex/is/M"), ElementsAre(0, 1, 0));
  EXPECT_THAT(packed(kCsv, "nyha/valid"), ElementsAre(1, 0, 1));
  EXPECT_THAT(packed(kCsv, "nyha/is/4"), ElementsAre(0, 0, 1));
}

TEST(Cohort, RowsCanBePackedBlockByBlock) {
  const Cohort cohort = Cohort::parse(north_table(kCsv), small_clinic()).value_or_stop();
  EXPECT_THAT(cohort.pack({FeatureKind::kValue, 0, 0}, 1, 2).value_or_stop(), ElementsAre(1, -1));
  EXPECT_THAT(cohort.pack({FeatureKind::kValue, 0, 0}, 3, 0).value_or_stop(), ElementsAre());
  EXPECT_EQ(cohort.pack({FeatureKind::kValue, 0, 0}, 2, 2).error().code, Code::kInvalidArgument);
  EXPECT_EQ(cohort.pack({FeatureKind::kValue, 9, 0}, 0, 1).error().code, Code::kInvalidArgument);
  EXPECT_EQ(cohort.pack({FeatureKind::kValue, 2, 0}, 0, 1).error().code, Code::kInvalidArgument);
}

TEST(Cohort, ACellThatDoesNotFitIsNamedByPlaceAndNeverByValue) {
  EXPECT_EQ(refusal_of_csv("age,bmi,sex,nyha\n50,30,F,1\nold,30,F,1\n"), "north.csv:3: column \"age\" is not a number");
  EXPECT_EQ(refusal_of_csv("age,bmi,sex,nyha\n50.5,30,F,1\n"), "north.csv:2: column \"age\" is not an integer");
  EXPECT_EQ(refusal_of_csv("age,bmi,sex,nyha\n,30,F,1\n"),
            "north.csv:2: column \"age\" is missing and the schema requires it");
  EXPECT_EQ(refusal_of_csv("age,bmi,sex,nyha\n50,77.7,F,1\n"),
            "north.csv:2: column \"bmi\" is outside the declared range 10 to 50");
  EXPECT_EQ(refusal_of_csv("age,bmi,sex,nyha\n50,30,Q7,1\n"),
            "north.csv:2: column \"sex\" is not one of the declared categories");
  EXPECT_EQ(refusal_of_csv("age,bmi,sex,nyha\n50,30,F,3\n"),
            "north.csv:2: column \"nyha\" is not one of the declared categories");
  EXPECT_THAT(refusal_of_csv("age,bmi,sex,nyha\n50,30,Q7,1\n"), Not(HasSubstr("Q7")));
}

TEST(Cohort, AbsentColumnsAreMissingUnlessRequired) {
  EXPECT_EQ(refusal_of_csv("bmi,sex,nyha\n30,F,1\n"), "north.csv: has no column \"age\", which the schema requires");
  const Cohort cohort = Cohort::parse(north_table("age,sex,nyha,hair\n50,F,1,red\n"), small_clinic()).value_or_stop();
  EXPECT_THAT(cohort.notes(), ElementsAre("north.csv: has no column \"bmi\", all its values are missing",
                                          "north.csv: column \"hair\" is not in the schema and is ignored"));
  EXPECT_THAT(cohort.pack({FeatureKind::kValid, 1, 0}, 0, 1).value_or_stop(), ElementsAre(0));
  EXPECT_THAT(cohort.pack({FeatureKind::kValue, 1, 0}, 0, 1).value_or_stop(), ElementsAre(0));
}

TEST(Cohort, StandardisedValuesNeverPassOne) {
  Schema schema;
  schema.columns = {{.name = "x", .type = ColumnType::kNumber, .required = true, .minimum = 0.1, .maximum = 0.7}};
  for (const double maximum : {0.3, 0.7, 1.1, 123.456, 9.9e10}) {
    schema.columns[0].maximum = maximum;
    const Table table = read_csv("x\n0.1\n" + number_text(maximum) + "\n", "a.csv").value_or_stop();
    const std::vector<double> slots = pack(table, schema, {FeatureKind::kValue, 0, 0}, 0, 2).value_or_stop();
    EXPECT_NEAR(slots[0], -1, 1e-15);
    EXPECT_NEAR(slots[1], 1, 1e-15);
    EXPECT_GE(slots[0], -1);
    EXPECT_LE(slots[1], 1);
  }
}

}  // namespace
}  // namespace mc::data
