// SPDX-License-Identifier: Apache-2.0
#include "data/schema/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Schema heart() {
  Schema schema;
  schema.name = "heart";
  schema.missing_values = {"", "NA"};
  schema.columns.resize(5);
  schema.columns[0] = {.name = "age",
                       .title = "Age at index",
                       .type = ColumnType::kInteger,
                       .unit = "a",
                       .code = "LOINC:30525-0",
                       .required = true,
                       .minimum = 0,
                       .maximum = 120,
                       .edges = {40, 60}};
  schema.columns[1] = {.name = "male",
                       .type = ColumnType::kInteger,
                       .required = true,
                       .minimum = 0,
                       .maximum = 1,
                       .categories = {"0", "1"}};
  schema.columns[2] = {
      .name = "bmi", .type = ColumnType::kNumber, .unit = "kg/m2", .minimum = 10, .maximum = 70, .edges = {18.5, 25}};
  schema.columns[3] = {.name = "smoker", .type = ColumnType::kString, .categories = {"former", "never", "now"}};
  schema.columns[4] = {.name = "note", .type = ColumnType::kString};
  return schema;
}

void expect_invalid(const Schema& schema, std::string_view reason) {
  const auto status = validate(schema);
  ASSERT_FALSE(status.has_value()) << reason;
  EXPECT_EQ(status.error().message, reason);
}

std::string with_field(std::string_view field) {
  return R"({"name":"t","fields":[{"name":"a","type":"integer","constraints":{"minimum":0,"maximum":9}},)" +
         std::string(field) + "]}";
}

void expect_parse_error(std::string_view json, std::string_view message) {
  const auto schema = schema_from_json(json);
  ASSERT_FALSE(schema.has_value()) << message;
  EXPECT_EQ(schema.error().message, message);
}

TEST(Schema, JsonIsTheSameBytesForEqualSchemasAndReadsBack) {
  const std::string json = to_json(heart());
  const auto back = schema_from_json(json);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(*back, heart());
  EXPECT_EQ(to_json(*back), json);
  EXPECT_EQ(schema_hash(*back), sha256(view_of(json)));
}

TEST(Schema, AColumnsOwnMissingValuesAreReadBackAndHeldToWhatTheSchemasAre) {
  Schema schema = heart();
  schema.columns[0].missing_values = {"", "-9"};
  EXPECT_EQ(schema_from_json(to_json(schema)).value_or_stop(), schema);
  EXPECT_THAT(describe(schema), HasSubstr("missing: \"-9\""));
  schema.columns[0].missing_values = {"-9", "-9"};
  expect_invalid(schema, "schema fields[0] \"age\": missing value \"-9\" comes twice");
  schema.columns[0].missing_values.clear();
  schema.columns[3].missing_values = {"never"};
  expect_invalid(schema, "schema fields[3] \"smoker\": category \"never\" is also a missing value");
}

TEST(Schema, JsonHasTheFrictionlessForm) {
  Schema schema;
  schema.name = "s";
  schema.missing_values = {"", "NA"};
  schema.columns = {heart().columns[2]};
  EXPECT_EQ(to_json(schema), R"({
  "name": "s",
  "missingValues": [
    "",
    "NA"
  ],
  "fields": [
    {
      "name": "bmi",
      "type": "number",
      "unit": "kg/m2",
      "constraints": {
        "required": false,
        "minimum": 10,
        "maximum": 70
      },
      "bins": [
        18.5,
        25
      ]
    }
  ]
}
)");
}

TEST(Schema, StandardisedValuesStayWithinOne) {
  const Schema schema = heart();
  EXPECT_EQ(schema.columns[0].centre(), 60);
  EXPECT_EQ(schema.columns[0].half_width(), 60);
  EXPECT_EQ(schema.columns[1].centre(), 0);
  EXPECT_EQ(schema.columns[1].half_width(), 1);
  EXPECT_TRUE(schema.columns[1].is_binary());
  EXPECT_FALSE(schema.columns[4].is_sealed());
}

TEST(Schema, WhatIsLeftOutOfACodedColumnIsCompleted) {
  const auto schema = schema_from_json(
      R"({"fields":[{"name":"m","type":"integer","constraints":{"minimum":0,"maximum":1}},
                    {"name":"nyha","type":"integer","categories":[1,2,3,4]},
                    {"name":"sex","type":"string","constraints":{"enum":["F","M"]}}], "primaryKey":"m"})");
  ASSERT_TRUE(schema.has_value()) << schema.error().message;
  EXPECT_TRUE(schema->columns[0].is_binary());
  EXPECT_THAT(schema->columns[1].categories, ElementsAre("1", "2", "3", "4"));
  EXPECT_EQ(schema->columns[1].maximum, 4);
  EXPECT_THAT(schema->columns[2].categories, ElementsAre("F", "M"));
  EXPECT_THAT(schema->missing_values, ElementsAre("", "NA"));
}

TEST(SchemaJson, NumbersThatAreNoWholeOnesCanBeCategories) {
  const auto doses = schema_from_json(with_field(R"({"name":"dose","type":"number","categories":[0.5,1,"2"]})"));
  ASSERT_TRUE(doses) << doses.error().message;
  EXPECT_THAT(doses->columns[1].categories, ElementsAre("0.5", "1", "2"));
  EXPECT_EQ(doses->columns[1].minimum, 0.5);
  EXPECT_EQ(doses->columns[1].maximum, 2);
  EXPECT_EQ(doses->columns[1].resolution(), 0.1);
  expect_parse_error(with_field(R"({"name":"b","type":"integer","categories":[0.5,1]})"),
                     "schema fields[1] \"b\": an integer column needs integers as its range, it is 0.5 to 1");
  expect_parse_error(with_field(R"({"name":"b","type":"number","categories":["0.50","1"]})"),
                     "schema fields[1] \"b\": category \"0.50\" of a number column is not a number in its plain form");
}

TEST(Schema, WrongPropertiesAreRefusedWithTheirPath) {
  expect_parse_error("{", "schema: the text is not JSON");
  expect_parse_error("[]", "schema: the JSON is not an object with \"fields\"");
  expect_parse_error("{}", "schema fields: is missing");
  expect_parse_error(R"({"fields":{}})", "schema fields: must be a list");
  expect_parse_error(with_field("7"), "schema fields[1]: must be an object");
  expect_parse_error(with_field(R"({"name":3})"), "schema fields[1].name: must be a string");
  expect_parse_error(with_field(R"({"name":"b"})"),
                     "schema fields[1].type: is missing; integer, number or string is needed");
  expect_parse_error(with_field(R"({"name":"b","type":"date"})"),
                     "schema fields[1].type: \"date\" is not offered; integer, number and string are");
  expect_parse_error(
      with_field(R"({"name":"b","type":"number"})"),
      "schema fields[1].constraints: minimum and maximum are needed for a numeric column without categories");
  expect_parse_error(with_field(R"({"name":"b","type":"number","constraints":{"minimum":0}})"),
                     "schema fields[1].constraints.maximum: is missing while the other end of the range is given");
  expect_parse_error(with_field(R"({"name":"b","type":"number","constraints":{"minimum":0,"maximum":"9"}})"),
                     "schema fields[1].constraints.maximum: must be a number");
  expect_parse_error(
      with_field(R"({"name":"b","type":"number","constraints":{"minimum":0,"maximum":9},"bins":[1,"x"]})"),
      "schema fields[1].bins[1]: must be a number");
  expect_parse_error(with_field(R"({"name":"b","type":"string","categories":["x",2]})"),
                     "schema fields[1].categories[1]: must be a string");
  expect_parse_error(with_field(R"({"name":"b","type":"string","constraints":{"required":"yes"}})"),
                     "schema fields[1].constraints.required: must be true or false");
  expect_parse_error(with_field(R"({"name":"b","type":"string","categories":["x"],"constraints":{"enum":["y"]}})"),
                     "schema fields[1].constraints.enum: is not the list of categories");
}

TEST(Schema, DeepNestingIsRefusedAndDoesNotOverflowTheStack) {
  std::string deep(200'000, '[');
  EXPECT_FALSE(schema_from_json(deep).has_value());
  deep += std::string(200'000, ']');
  EXPECT_FALSE(schema_from_json(deep).has_value());
  EXPECT_FALSE(schema_from_json(R"({"fields":[],"x":)" + deep + "}").has_value());
}

TEST(Schema, WhatCannotBeMeantIsRefusedWithBothValues) {
  Schema schema = heart();
  schema.columns[2].name = "age";
  expect_invalid(schema, "schema: column \"age\" comes twice");
  schema = heart();
  schema.columns[0].edges = {40, 130};
  expect_invalid(schema, "schema fields[0] \"age\": bin edge 130 is not above 0 and at most 120");
  schema.columns[0].edges = {60, 40};
  expect_invalid(schema, "schema fields[0] \"age\": bin edges must ascend: 40 follows 60");
  schema.columns[0].edges = {0};
  expect_invalid(schema, "schema fields[0] \"age\": bin edge 0 is not above 0 and at most 120");
  schema = heart();
  schema.columns[2].maximum = 10;
  expect_invalid(schema, "schema fields[2] \"bmi\": the minimum must be below the maximum, the range is 10 to 10");
  schema.columns[2].maximum = std::numeric_limits<double>::infinity();
  expect_invalid(schema, "schema fields[2] \"bmi\": the range is not finite");
  schema = heart();
  schema.columns[3].categories = {"now", "now"};
  expect_invalid(schema, "schema fields[3] \"smoker\": category \"now\" comes twice");
  schema.columns[3].categories = {"NA", "now"};
  expect_invalid(schema, "schema fields[3] \"smoker\": category \"NA\" is also a missing value");
  schema = heart();
  schema.columns[1].categories = {"1", "0"};
  expect_invalid(schema, "schema fields[1] \"male\": numeric categories must ascend: \"0\" does not");
  schema.columns[1].categories = {"0", "01"};
  expect_invalid(schema,
                 "schema fields[1] \"male\": category \"01\" of an integer column is not an integer in its plain form");
  schema = heart();
  schema.columns[4].name = "";
  expect_invalid(schema, "schema fields[4] \"\": the name is empty");
  schema.columns.clear();
  expect_invalid(schema, "schema: it has no fields");
}

TEST(Schema, TimesAscendWithinTheRangeAndReadBack) {
  Schema schema = heart();
  schema.columns[0].times = {0, 30.5, 120};
  EXPECT_EQ(schema_from_json(to_json(schema)).value_or_stop(), schema);
  EXPECT_THAT(describe(schema), HasSubstr("edges 40, 60; 3 times from 0 to 120; LOINC"));
  EXPECT_NE(schema_hash(schema), schema_hash(heart()));
  schema.columns[0].times = {30, 130};
  expect_invalid(schema, "schema fields[0] \"age\": the time 130 is outside the range 0 to 120");
  schema.columns[0].times = {30, 30};
  expect_invalid(schema, "schema fields[0] \"age\": times must ascend: 30 follows 30");
  schema = heart();
  schema.columns[1].times = {1};
  expect_invalid(schema, "schema fields[1] \"male\": a column with categories has no times");
  schema = heart();
  schema.columns[4].times = {1};
  expect_invalid(schema, "schema fields[4] \"note\": a string column has no times");
}

TEST(Schema, DescriptionNamesTypesCategoriesAndEdges) {
  const std::string text = describe(heart());
  EXPECT_THAT(text, HasSubstr("schema heart: 5 columns, 4 sealed; missing values: \"\", \"NA\""));
  EXPECT_THAT(text,
              HasSubstr("age     integer  a      required; range 0 to 120; edges 40, 60; LOINC:30525-0; Age at index"));
  EXPECT_THAT(text, HasSubstr("male    0/1             required\n"));
  EXPECT_THAT(text, HasSubstr("smoker  string          may be missing; categories former, never, now"));
  EXPECT_THAT(text, HasSubstr("note    string          not sealed: free text or an identifier, cannot be asked for"));
}

}  // namespace
}  // namespace mc::data
