// SPDX-License-Identifier: Apache-2.0
#include "data/schema/time_grid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/codec.hpp"

namespace mc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Schema trial() {
  Schema schema;
  schema.name = "trial";
  schema.columns.resize(3);
  schema.columns[0] = {
      .name = "time", .type = ColumnType::kInteger, .unit = "d", .required = true, .minimum = 0, .maximum = 20};
  schema.columns[1] = {
      .name = "dead", .type = ColumnType::kInteger, .minimum = 0, .maximum = 1, .categories = {"0", "1"}};
  schema.columns[2] = {.name = "arm", .type = ColumnType::kString, .categories = {"A", "B"}};
  return schema;
}

std::string message_of(std::string_view text, Schema schema = trial(), const std::set<double>& observed = {}) {
  const auto request = times_request_from_text(text);
  if (!request) return request.error().message;
  const auto status = declare_times(schema, *request, observed);
  return status ? "" : status.error().message;
}

std::vector<double> times_of(std::string_view text, const std::set<double>& observed = {}) {
  Schema schema = trial();
  EXPECT_TRUE(declare_times(schema, times_request_from_text(text).value_or_stop(), observed).has_value());
  return schema.columns[0].times;
}

TEST(TimeGrid, AStepRunsThroughTheRangeToItsEnd) {
  EXPECT_THAT(times_of("time:7"), ElementsAre(0, 7, 14, 20));
  EXPECT_THAT(times_of("time:10"), ElementsAre(0, 10, 20));
  EXPECT_THAT(times_of("time:100"), ElementsAre(0, 20));
}

TEST(TimeGrid, AListIsTakenAsItStands) {
  EXPECT_THAT(times_of("time:5, 11,12"), ElementsAre(5, 11, 12));
}

TEST(TimeGrid, ObservedTimesComeFromTheFiles) {
  const Table table = read_csv("time,dead\n5,1\nNA,0\n12,0\n5,0\n", "a.csv").value_or_stop();
  const auto observed = observed_numbers(table, "time").value_or_stop();
  EXPECT_THAT(times_of("time:observed", observed), ElementsAre(5, 12));
  EXPECT_EQ(observed_numbers(table, "day").error().message, "a.csv: has no column \"day\"");
}

TEST(TimeGrid, AColumnMayHaveAColonInItsName) {
  EXPECT_EQ(times_request_from_text("os:days:7").value_or_stop().column, "os:days");
}

TEST(TimeGrid, WhatCannotBeMeantSaysWhatWould) {
  for (const char* text : {"time", ":7", "time:", "time:a", "time:5,,6"}) {
    EXPECT_THAT(message_of(text), HasSubstr("write COLUMN:STEP, COLUMN:TIME,TIME,... or COLUMN:observed")) << text;
  }
  EXPECT_EQ(message_of("day:7"), "there is no column \"day\" whose times could be declared");
  EXPECT_THAT(message_of("arm:7"), HasSubstr("is no measurement"));
  EXPECT_THAT(message_of("dead:1"), HasSubstr("is no measurement"));
  EXPECT_EQ(message_of("time:0"), "the step between times of \"time\" must be above 0, it is 0");
  EXPECT_EQ(message_of("time:-7"), "the step between times of \"time\" must be above 0, it is -7");
  EXPECT_THAT(message_of("time:5,21"), HasSubstr("the time 21 is outside the range 0 to 20"));
  EXPECT_THAT(message_of("time:11,5"), HasSubstr("times must ascend: 5 follows 11"));
  EXPECT_EQ(message_of("time:observed"), "no file has a number in column \"time\"");
}

TEST(TimeGrid, TooFineAGridNamesTheStepThatFits) {
  Schema schema = trial();
  schema.columns[0].maximum = 2000;
  EXPECT_EQ(message_of("time:1", schema),
            "a step of 1 makes 2001 times of \"time\", at most 1024 are sealed; a step of 2 would fit");
  EXPECT_EQ(message_of("time:2", schema), "");
  std::set<double> observed;
  for (int i = 0; i < 1025; ++i) observed.insert(i);
  EXPECT_EQ(message_of("time:observed", schema, observed),
            "column \"time\" would have 1025 times, at most 1024 are sealed; declare a step instead");
}

}  // namespace
}  // namespace mc::data
