// SPDX-License-Identifier: Apache-2.0
#include "query/bind/column_name.hpp"

#include <gtest/gtest.h>

#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

TEST(ColumnName, IsFoundExactlyOrAnsweredWithTheNearest) {
  const data::Schema schema = testing::clinic_schema();
  EXPECT_EQ(sealed_column({"bmi", {}}, schema).value_or_stop(), 1u);
  EXPECT_EQ(sealed_column({"BMI", {2, 3}}, schema).error().message, "2:3: unknown column BMI (did you mean bmi?)");
  EXPECT_EQ(sealed_column({"note", {}}, schema).error().code, Code::kInvalidArgument);
}

// A column of empty cells was called text without categories, which sent its owner looking for texts.
TEST(ColumnName, OfAColumnThatIsEmptyEverywhereTheRefusalSaysSo) {
  data::Schema schema = testing::clinic_schema();
  data::Column empty;
  empty.name = "biopsy";
  empty.type = data::ColumnType::kString;
  empty.vacant = true;
  schema.columns.push_back(empty);
  EXPECT_EQ(sealed_column({"biopsy", {1, 12}}, schema).error().message,
            "1:12: biopsy has no value in any owner's file: there is nothing to ask for");
}

// It was an unknown column, answered with a list of twenty others.
TEST(ColumnName, OfASeriesOfEventsTheRefusalNamesItsHistories) {
  data::Schema schema = testing::clinic_schema();
  data::Column latest = schema.columns[1];
  latest.name = "latest(bili)";
  latest.history = data::history_from_text(latest.name).value_or_stop();
  schema.columns.push_back(latest);
  EXPECT_EQ(sealed_column({"bili", {1, 12}}, schema).error().message,
            "1:12: bili is a series of events, and of them a question takes one number per person: latest(bili)");
}

}  // namespace
}  // namespace mc::query
