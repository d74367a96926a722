// SPDX-License-Identifier: Apache-2.0
#include "data/packing/feature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mc::data {
namespace {

using ::testing::ElementsAre;

Schema wards() {
  Schema schema;
  schema.missing_values = {"", "NA"};
  schema.columns.resize(5);
  schema.columns[0] = {
      .name = "age", .type = ColumnType::kInteger, .required = true, .minimum = 0, .maximum = 120, .edges = {60}};
  schema.columns[1] = {
      .name = "male", .type = ColumnType::kInteger, .minimum = 0, .maximum = 1, .categories = {"0", "1"}};
  schema.columns[2] = {
      .name = "mg/dl %", .type = ColumnType::kNumber, .minimum = 0, .maximum = 9, .edges = {2.5}, .times = {1, 9}};
  schema.columns[3] = {.name = "ward", .type = ColumnType::kString, .categories = {"a/is/b", "ICU 2"}};
  schema.columns[4] = {.name = "note", .type = ColumnType::kString};
  return schema;
}

TEST(Feature, EverySealedColumnHasItsFeaturesInAFixedOrder) {
  const Schema schema = wards();
  std::vector<std::string> handles;
  for (const Feature& feature : sealed_features(schema)) handles.push_back(handle(schema, feature));
  EXPECT_THAT(handles, ElementsAre("present", "age/value", "age/ge/60", "age/gt/60", "male/value", "male/valid",
                                   "mg%2Fdl %25/value", "mg%2Fdl %25/valid", "mg%2Fdl %25/ge/2.5", "mg%2Fdl %25/gt/2.5",
                                   "mg%2Fdl %25/after/1", "ward/is/a/is/b", "ward/is/ICU 2"));
}

TEST(Feature, HandlesReadBackToTheirFeature) {
  const Schema schema = wards();
  for (const Feature& feature : sealed_features(schema)) {
    const auto back = feature_from_handle(schema, handle(schema, feature));
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_EQ(*back, feature);
  }
}

TEST(Feature, WhatIsMissingIsNamed) {
  const Schema schema = wards();
  const auto message = [&](std::string_view text) { return feature_from_handle(schema, text).error().message; };
  EXPECT_EQ(message("weight/value"), "there is no column \"weight\"");
  EXPECT_EQ(message("age"), "\"age\" names a column, not a feature of it");
  EXPECT_EQ(message("age/ge/70"), "column \"age\" has no bin edge 70");
  EXPECT_EQ(message("age/ge/60.0"), "column \"age\" has no bin edge 60.0");
  EXPECT_EQ(message("mg%2Fdl %25/after/2"), "column \"mg/dl %\" has no time 2");
  EXPECT_EQ(message("mg%2Fdl %25/after/9"), "feature \"mg%2Fdl %25/after/9\" is not sealed under this schema");
  EXPECT_EQ(message("ward/is/x"), "column \"ward\" has no category \"x\"");
  EXPECT_EQ(message("age/valid"), "feature \"age/valid\" is not sealed under this schema");
  EXPECT_EQ(message("male/is/1"), "feature \"male/is/1\" is not sealed under this schema");
  EXPECT_EQ(message("ward/value"), "feature \"ward/value\" is not sealed under this schema");
  EXPECT_EQ(message("age/mean"), "column \"age\" has no feature \"mean\"");
  EXPECT_EQ(message(""), "there is no column \"\"");
}

}  // namespace
}  // namespace mc::data
