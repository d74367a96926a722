// SPDX-License-Identifier: Apache-2.0
#include "data/record/events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "data/record/number.hpp"
#include "data/record/testing/missing_values.hpp"

namespace mc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kMissing;

const EventLayout kLabsLayout{.person = "who", .time = "day", .what = "test", .value = "result", .unit = "unit"};

/// The events of one file and the persons of one table, "person@time#line" each.
struct Read {
  std::vector<std::string> events;
  std::vector<double> until;
  std::vector<std::string> notes;
  std::string error;
};

Read read(std::string_view persons_csv, std::string_view events_csv, const EventLayout& layout) {
  const Table persons = read_csv(persons_csv, "north.csv").value_or_stop();
  const Table file = read_csv(events_csv, "labs.csv", Rows::kMayBeNone).value_or_stop();
  const std::vector<std::string> ids = person_ids(persons, "id").value_or_stop();
  const auto log = read_events(file, layout, {persons, ids}, kMissing);
  Read result;
  if (!log) {
    result.error = log.error().message;
    return result;
  }
  for (const Event& event : log->events) {
    result.events.push_back(ids[event.person] + "@" + number_text(event.time) + "#" +
                            std::to_string(file.line(event.row)));
  }
  result.until = log->until;
  result.notes = log->notes;
  return result;
}

constexpr std::string_view kTwoPersons = "id,entry,exit\na,2020-01-10,2020-12-31\nb,2020-03-01,NA\n";

TEST(Events, AreSortedByPersonTimeAndLine) {
  const Read log =
      read("id\na\nb\n", "who,day,test,result,unit\nb,5,x,1,\na,9,x,1,\nb,-2,x,2,\nb,5,x,3,\na,0.5,y,,\n", kLabsLayout);
  EXPECT_THAT(log.events, ElementsAre("a@0.5#6", "a@9#3", "b@-2#4", "b@5#2", "b@5#5"));
  EXPECT_THAT(log.notes, IsEmpty());
  EXPECT_THAT(log.until, IsEmpty());
}

TEST(Events, DatesCountFromEachPersonsOwnDayZeroUntilHerLastDay) {
  EventLayout layout{.person = "who", .time = "on"};
  layout.origin = "entry";
  layout.until = "exit";
  const Read log = read(
      kTwoPersons, "who,on\na,2020-01-10\na,2020-01-09T23:00:00Z\nb,2021-03-01\na,2021-01-01\na,2020-12-31\n", layout);
  EXPECT_THAT(log.events, ElementsAre("a@-1#3", "a@0#2", "a@356#6", "b@365#4"));
  EXPECT_EQ(log.until[0], 356);
  EXPECT_TRUE(std::isnan(log.until[1]));
  EXPECT_THAT(
      log.notes,
      ElementsAre("labs.csv: 1 events after the end of their person's observation are left out (the first on line 5)"));
}

TEST(Events, WhatDoesNotCountIsSaidWithHowManyAndWhereTheFirstStands) {
  const Read log = read("id\na\nb\n",
                        "who,day,test,result,unit\nzoe,1,x,1,\na,,x,1,\na,1,x,1,%\na,1,x,1,%\na,1,x,1,g\na,1,y,1,%\n"
                        "b,NA,x,1,\nyan,1,x,1,\na,1,x,1,%\n",
                        kLabsLayout);
  EXPECT_THAT(log.events, ElementsAre("a@1#4", "a@1#6", "a@1#7"));
  EXPECT_THAT(log.notes,
              ElementsAre("labs.csv: 2 events of persons who are not in north.csv are left out (the first on line 2)",
                          "labs.csv: 2 events without a time are left out (the first on line 3)",
                          "labs.csv: 2 rows repeat an earlier one and are left out (the first on line 5)"));
}

TEST(Events, WithoutAnyEventThereIsNothingToSay) {
  const Read log = read("id\na\n", "who,day,test,result,unit\n", kLabsLayout);
  EXPECT_THAT(log.events, IsEmpty());
  EXPECT_THAT(log.notes, IsEmpty());
  EXPECT_EQ(log.error, "");
}

TEST(Events, EveryErrorNamesFileLineAndColumnAndNeverWhatStandsThere) {
  EventLayout dated{.person = "who", .time = "on"};
  dated.origin = "entry";
  const auto error = [](std::string_view persons, std::string_view events, const EventLayout& layout) {
    return read(persons, events, layout).error;
  };
  EXPECT_EQ(error("id\na\n", "who,on,test,result,unit\na,1,x,1,\n", kLabsLayout), "labs.csv: has no column \"day\"");
  EXPECT_EQ(error("id\na\n", "who,day,test,result,unit\n,1,x,1,\n", kLabsLayout),
            "labs.csv:2: column \"who\" is empty: every event is a person's");
  EXPECT_EQ(error("id\na\n", "who,day,test,result,unit\na,soon,x,1,\n", kLabsLayout),
            "labs.csv:2: column \"day\" is neither a number nor a date");
  EXPECT_EQ(error("id\na\n", "who,day,test,result,unit\na,2020-01-01,x,1,\n", kLabsLayout),
            "labs.csv:2: column \"day\" is a date, and the dictionary says no day from which days are counted");
  EXPECT_EQ(error("id\na\n", "who,day,test,result,unit\nz,1,x,1,\ny,2,x,1,\n", kLabsLayout),
            "labs.csv: no event is of a person in north.csv: column \"who\" names none of them");
  EXPECT_EQ(error(kTwoPersons, "who,on\na,17\n", dated),
            "labs.csv:2: column \"on\" is a number where others are dates");
  EXPECT_EQ(error(kTwoPersons, "who,on\na,2020-02-30\n", dated),
            "labs.csv:2: column \"on\" is neither a number nor a date");
  EXPECT_EQ(error("id,entry\na,2020-01-01\nb,\n", "who,on\na,2020-02-03\n", dated),
            "north.csv:3: column \"entry\" is missing, and events are counted from it");
  EXPECT_EQ(error("id,entry\na,2020-01-01\nb,5\n", "who,on\na,2020-02-03\n", dated),
            "north.csv:3: column \"entry\" is a number where others are dates");
  EXPECT_EQ(error("id\na\n", "who,on\na,2020-02-03\n", dated), "north.csv: has no column \"entry\"");
}

}  // namespace
}  // namespace mc::data
