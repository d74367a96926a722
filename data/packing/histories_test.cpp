// SPDX-License-Identifier: Apache-2.0
#include "data/packing/histories.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "data/packing/cohort.hpp"
#include "data/schema/declare_history.hpp"

namespace mc::data {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Schema clinic_with_histories(const std::vector<std::string>& histories, std::uint32_t most = 3) {
  Series labs;
  labs.name = "crp";
  labs.file = "labs";
  labs.layout = {.person = "who", .time = "day", .what = "test", .value = "result", .unit = "unit"};
  labs.layout.until = "exit";
  labs.codes = {"CRP"};
  labs.most = most;
  labs.required = true;
  labs.time = {.name = "day", .type = ColumnType::kInteger, .minimum = -100, .maximum = 1000};
  labs.value = Column{.name = "result", .unit = "mg/l", .minimum = 0, .maximum = 500, .step = 0.5};
  Series stays = labs;
  stays.name = "stay";
  stays.file = "stays";
  stays.layout = {.person = "who", .time = "day"};
  stays.layout.until = "exit";
  stays.codes.clear();
  stays.value.reset();
  Schema schema;
  schema.missing_values = {"", "NA"};
  schema.columns = {{.name = "age", .type = ColumnType::kInteger, .required = true, .minimum = 0, .maximum = 120}};
  schema.series = {labs, stays};
  for (const std::string& text : histories) {
    MC_CHECK(declare_history(schema, history_from_text(text).value_or_stop()).has_value());
  }
  return schema;
}

Table table_named(std::string_view csv, std::string_view name) {
  return read_csv(csv, name, Rows::kMayBeNone).value_or_stop();
}

constexpr std::string_view kFourPersons = "id,age,exit\na,50,400\nb,60,300\nc,70,NA\nd,80,0\n";
constexpr std::string_view kNoStays = "who,day\n";

Result<HistoryColumns> made(const Schema& schema, std::string_view labs, std::string_view stays,
                            std::string_view persons = kFourPersons) {
  const Table table = table_named(persons, "north.csv");
  const std::vector<std::string> ids = person_ids(table, "id").value_or_stop();
  std::vector<EventFile> files;
  if (!labs.empty()) files.push_back({"labs", table_named(labs, "labs.csv")});
  if (!stays.empty()) files.push_back({"stays", table_named(stays, "stays.csv")});
  return history_columns(schema, {table, ids}, files);
}

/// The values of one history; NULL is -1e9, so that vectors compare.
std::vector<double> values(const std::string& history, std::string_view labs, std::string_view stays = kNoStays) {
  const Schema schema = clinic_with_histories({history});
  auto columns = made(schema, labs, stays).value_or_stop().values.back();
  std::replace_if(
      columns.begin(), columns.end(), [](double value) { return std::isnan(value); }, -1e9);
  return columns;
}
constexpr double kNullHere = -1e9;

std::string refusal_of_events(const Schema& schema, std::string_view labs, std::string_view stays = kNoStays) {
  const auto columns = made(schema, labs, stays);
  return columns ? "" : columns.error().message;
}

constexpr std::string_view kCrpLabs =
    "who,day,test,result,unit\n"
    "a,10,CRP,5,mg/l\nb,200,CRP,7,mg/l\na,-3,CRP,9,mg/l\na,365,CRP,2.5,mg/l\na,366,CRP,30,mg/l\nb,200,CRP,8,mg/l\n";

TEST(Histories, LatestAndFirstFollowTimeAndThenTheFile) {
  EXPECT_THAT(values("latest(crp)", kCrpLabs), ElementsAre(30, 8, kNullHere, kNullHere));
  EXPECT_THAT(values("first(crp)", kCrpLabs), ElementsAre(9, 7, kNullHere, kNullHere));
  EXPECT_THAT(values("latest(crp, 365)", kCrpLabs), ElementsAre(2.5, 8, kNullHere, kNullHere));
  EXPECT_THAT(values("latest(crp, 0)", kCrpLabs), ElementsAre(9, kNullHere, kNullHere, kNullHere));
  EXPECT_THAT(values("first(crp, 0, 365)", kCrpLabs), ElementsAre(5, 7, kNullHere, kNullHere));
  EXPECT_THAT(values("first(crp, 10, 365)", kCrpLabs), ElementsAre(2.5, 7, kNullHere, kNullHere));
  EXPECT_THAT(values("highest(crp)", kCrpLabs), ElementsAre(30, 8, kNullHere, kNullHere));
  EXPECT_THAT(values("lowest(crp, 0, 1000)", kCrpLabs), ElementsAre(2.5, 7, kNullHere, kNullHere));
}

TEST(Histories, CountsAreZeroWithoutEventsAndStopAtTheDeclaredMost) {
  EXPECT_THAT(values("n_events(crp)", kCrpLabs), ElementsAre(3, 2, 0, 0));  // a has four, three are counted
  EXPECT_THAT(values("n_events(crp, 0, 365)", kCrpLabs), ElementsAre(2, 2, 0, 0));
  EXPECT_THAT(values("had(crp, 200)", kCrpLabs), ElementsAre(1, 1, 0, 0));
  EXPECT_THAT(values("had(crp, 200, 364)", kCrpLabs), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(made(clinic_with_histories({"n_events(crp)"}), kCrpLabs, kNoStays).value_or_stop().notes,
              ElementsAre("labs.csv: 1 persons have more than 3 events of n_events(crp) and count as 3"));
}

TEST(Histories, FollowUpEndsWithTheFirstEventOrWithObservation) {
  constexpr std::string_view stays = "who,day\na,120\na,130\nc,9\n";
  EXPECT_THAT(values("first_time(stay)", kCrpLabs, stays), ElementsAre(120, kNullHere, 9, kNullHere));
  // c's observation has no known end, d's ends at 0
  EXPECT_THAT(values("time_to(stay)", kCrpLabs, stays), ElementsAre(120, 300, kNullHere, kNullHere));
  // whoever had it by day 0 is not at risk of a first one
  EXPECT_THAT(values("time_to(stay)", kCrpLabs, "who,day\na,0\na,50\nb,-20\n"),
              ElementsAre(kNullHere, kNullHere, kNullHere, kNullHere));
  // an event after the end of observation does not count
  EXPECT_THAT(values("time_to(stay)", kCrpLabs, "who,day\nb,301\nb,300\n"),
              ElementsAre(400, 300, kNullHere, kNullHere));
  EXPECT_THAT(values("had(stay)", kCrpLabs, "who,day\nb,301\n"), ElementsAre(0, 0, 0, 0));
}

TEST(Histories, WhatWasLeftOutIsSaid) {
  const auto columns = made(clinic_with_histories({"latest(crp)", "had(stay)"}),
                            "who,day,test,result,unit\na,1,CRP,NA,mg/l\na,2,CRP,3,mg/l\na,3,Na,140,mmol/l\n"
                            "a,3,K,4,mmol/l\nz,1,CRP,4,mg/l\na,2,CRP,3,mg/l\na,401,CRP,4,mg/l\n",
                            kNoStays);
  ASSERT_TRUE(columns.has_value()) << columns.error().message;
  EXPECT_THAT(columns->notes,
              UnorderedElementsAre(
                  "labs.csv: 1 events of persons who are not in north.csv are left out (the first on line 6)",
                  "labs.csv: 1 events after the end of their person's observation are left out (the first on line 8)",
                  "labs.csv: 1 rows repeat an earlier one and are left out (the first on line 7)",
                  "labs.csv: 1 events of crp without a value are left out",
                  "labs.csv: 2 events whose \"test\" is in no series are left out"));
  EXPECT_EQ(columns->values[1][0], 3);
}

TEST(Histories, WhatDoesNotFitIsRefusedByFileLineAndColumn) {
  const Schema schema = clinic_with_histories({"latest(crp)", "time_to(stay)"});
  const auto labs = [](const std::string& row) { return "who,day,test,result,unit\nb,1,CRP,1,mg/l\n" + row + "\n"; };
  EXPECT_EQ(refusal_of_events(schema, labs("a,1,CRP,501,mg/l")),
            "labs.csv:3: column \"result\" is outside the declared range 0 to 500");
  EXPECT_EQ(refusal_of_events(schema, labs("a,1,CRP,1.3,mg/l")),
            "labs.csv:3: column \"result\" is not a multiple of the declared step 0.5");
  EXPECT_EQ(refusal_of_events(schema, labs("a,1,CRP,<5,mg/l")), "labs.csv:3: column \"result\" is not a number");
  EXPECT_EQ(refusal_of_events(schema, labs("a,1,CRP,5,mg/dl")),
            "labs.csv:3: column \"unit\" is not \"mg/l\", the declared unit of crp");
  EXPECT_EQ(refusal_of_events(schema, labs("a,1,CRP,5,")),
            "labs.csv:3: column \"unit\" is not \"mg/l\", the declared unit of crp");
  EXPECT_EQ(refusal_of_events(schema, labs("c,1001,CRP,5,mg/l")),
            "labs.csv:3: column \"day\" is outside the declared range -100 to 1000");
  EXPECT_EQ(refusal_of_events(schema, labs("a,1.5,CRP,5,mg/l")), "labs.csv:3: column \"day\" is not an integer");
  EXPECT_EQ(refusal_of_events(schema, "who,day,test,unit\na,1,CRP,mg/l\n"), "labs.csv: has no column \"result\"");
  EXPECT_EQ(refusal_of_events(schema, kCrpLabs, ""),
            "north.csv: comes without the file \"stays\" of events, which the series stay requires");
  const auto late = made(schema, kCrpLabs, kNoStays, "id,age,exit\na,50,5000\n");
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().message, "north.csv:2: column \"exit\" does not fit the declared times of stay, 0 to 1000");
  const Table table = table_named(kFourPersons, "north.csv");
  const std::vector<std::string> ids = person_ids(table, "id").value_or_stop();
  std::vector<EventFile> files;
  files.push_back({"drugs", table_named(kNoStays, "drugs.csv")});
  EXPECT_EQ(history_columns(schema, {table, ids}, files).error().message,
            "drugs.csv: the dictionary has no series of a file called \"drugs\"");
}

TEST(Histories, AnOwnerWithoutAnOptionalFileHasMissingValuesAndNotZeros) {
  Schema schema = clinic_with_histories({});
  schema.series[1].required = false;
  ASSERT_TRUE(declare_history(schema, history_from_text("had(stay)").value_or_stop()).has_value());
  const auto columns = made(schema, kCrpLabs, "");
  ASSERT_TRUE(columns.has_value()) << columns.error().message;
  EXPECT_THAT(columns->values[1], IsEmpty());
  EXPECT_THAT(columns->notes,
              Contains("north.csv: comes without the file \"stays\" of events, so every history of stay is missing"));
  const Table table = table_named(kFourPersons, "north.csv");
  const Cohort cohort = Cohort::parse(table, schema, *columns).value_or_stop();
  const auto packed = [&](const char* name) {
    return cohort.pack(feature_from_handle(schema, name).value_or_stop(), 0, 4).value_or_stop();
  };
  EXPECT_THAT(packed("had(stay)/value"), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(packed("had(stay)/valid"), ElementsAre(0, 0, 0, 0));
}

TEST(Histories, ACohortPacksThemAsItPacksItsTable) {
  const Schema schema = clinic_with_histories({"latest(crp)", "n_events(crp)", "had(stay)"});
  const Table table = table_named(kFourPersons, "north.csv");
  const auto columns = made(schema, kCrpLabs, "who,day\nb,7\n").value_or_stop();
  const Cohort cohort = Cohort::parse(table, schema, columns).value_or_stop();
  const auto packed = [&](const char* name) {
    return cohort.pack(feature_from_handle(schema, name).value_or_stop(), 0, 4).value_or_stop();
  };
  EXPECT_THAT(packed("latest(crp)/value"), ElementsAre((30.0 - 250) / 250, (8.0 - 250) / 250, 0, 0));
  EXPECT_THAT(packed("latest(crp)/valid"), ElementsAre(1, 1, 0, 0));
  EXPECT_THAT(packed("n_events(crp)/is/2"), ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(packed("n_events(crp)/is/0"), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(packed("had(stay)/value"), ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(cohort.notes(), Contains(HasSubstr("count as 3")));

  // Without its events a cohort with required series is none, and a table cannot bring a history by itself.
  const auto without = Cohort::parse(table, schema);
  ASSERT_FALSE(without.has_value());
  EXPECT_THAT(without.error().message, HasSubstr("comes without the file \"labs\""));
  const Table claims = table_named("age,exit,had(stay)\n1,2,1\n", "north.csv");
  HistoryColumns any;
  any.values.resize(schema.columns.size());
  EXPECT_EQ(Cohort::parse(claims, schema, any).error().message,
            "north.csv: column \"had(stay)\" is a history, which is made of events and not read");
}

// What each word means, said again without sorting: every event is looked at for every person and history.
double by_definition(const History& history, const std::vector<std::tuple<int, double, double>>& rows, int person,
                     double until) {
  double best_time = 0, best_value = 0;
  std::size_t count = 0;
  bool found = false;
  for (const auto& [who, time, value] : rows) {
    if (who != person || time > until) continue;
    if (history.from && !(time > *history.from)) continue;
    if (history.to && !(time <= *history.to)) continue;
    ++count;
    bool better = !found;
    if (history.take == Take::kLatest) better = better || time >= best_time;
    if (history.take == Take::kFirst || history.take == Take::kFirstTime || history.take == Take::kTimeTo) {
      better = better || time < best_time;
    }
    if (history.take == Take::kHighest) better = better || value > best_value;
    if (history.take == Take::kLowest) better = better || value < best_value;
    if (better) {
      best_time = time;
      best_value = value;
    }
    found = true;
  }
  const double null = std::numeric_limits<double>::quiet_NaN();
  switch (history.take) {
    case Take::kEvents:
      return static_cast<double>(std::min<std::size_t>(count, 5));
    case Take::kHad:
      return found ? 1 : 0;
    case Take::kFirstTime:
      return found ? best_time : null;
    case Take::kTimeTo:
      return until <= 0 || (found && best_time <= 0) ? null : found ? best_time : until;
    default:
      return found ? best_value : null;
  }
}

TEST(Histories, AgreeWithTheirDefinitionsOnRandomEvents) {
  const std::vector<std::string> texts = {
      "latest(crp)",        "latest(crp, 100)",     "latest(crp, 50, 300)", "first(crp)",
      "first(crp, 0, 200)", "highest(crp, 0, 100)", "lowest(crp)",          "n_events(crp)",
      "n_events(crp, 0)",   "n_events(crp, 0, 90)", "had(crp, 10, 20)",     "had(stay, 100)",
      "first_time(stay)",   "first_time(crp, 0)",   "time_to(stay)",        "time_to(crp)"};
  const Schema schema = clinic_with_histories(texts, 5);
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random(seed);
    const int persons = 1 + static_cast<int>(random() % 30);
    std::string table = "id,age,exit\n", labs = "who,day,test,result,unit\n", stays = "who,day\n";
    std::vector<double> until;
    for (int person = 0; person < persons; ++person) {
      until.push_back(static_cast<double>(static_cast<int>(random() % 500) - 20));
      table += "p" + std::to_string(person) + ",50," + number_text(until.back()) + "\n";
    }
    std::vector<std::tuple<int, double, double>> tests, beds;
    for (int i = 0; i < 150; ++i) {
      const int person = static_cast<int>(random() % static_cast<std::uint64_t>(persons));
      const double day = static_cast<double>(static_cast<int>(random() % 400) - 50);
      const double result = static_cast<double>(random() % 1000) / 2;
      const std::string begin = "p" + std::to_string(person) + "," + number_text(day);
      if (random() % 3 == 0) {
        const bool known = std::find(beds.begin(), beds.end(), std::tuple(person, day, 0.0)) != beds.end();
        if (!known) beds.emplace_back(person, day, 0.0);
        stays += begin + "\n";
      } else {
        const bool known = std::find(tests.begin(), tests.end(), std::tuple(person, day, result)) != tests.end();
        if (!known) tests.emplace_back(person, day, result);
        labs += begin + ",CRP," + number_text(result) + ",mg/l\n";
      }
    }
    const auto columns = made(schema, labs, stays, table);
    ASSERT_TRUE(columns.has_value()) << columns.error().message;
    for (std::size_t i = 1; i < schema.columns.size(); ++i) {
      const History& history = *schema.columns[i].history;
      for (int person = 0; person < persons; ++person) {
        const double expected = by_definition(history, history.series == "crp" ? tests : beds, person,
                                              until[static_cast<std::size_t>(person)]);
        const double actual = columns->values[i][static_cast<std::size_t>(person)];
        if (std::isnan(expected)) {
          EXPECT_TRUE(std::isnan(actual)) << "seed " << seed << ", " << schema.columns[i].name << ", p" << person;
        } else {
          EXPECT_EQ(actual, expected) << "seed " << seed << ", " << schema.columns[i].name << ", p" << person;
        }
      }
    }
  }
}

}  // namespace
}  // namespace mc::data
