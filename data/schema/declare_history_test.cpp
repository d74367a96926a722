// SPDX-License-Identifier: Apache-2.0
#include "data/schema/declare_history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "data/schema/infer.hpp"

namespace mc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Series hba1c() {
  Series series;
  series.name = "hba1c";
  series.code = "LOINC:4548-4";
  series.file = "labs";
  series.layout = {.person = "who", .time = "day", .what = "test", .value = "result", .unit = "unit"};
  series.codes = {"4548-4"};
  series.most = 20;
  series.time = {.name = "day", .type = ColumnType::kInteger, .minimum = -400, .maximum = 2000};
  series.value = Column{.name = "result", .unit = "%", .minimum = 3, .maximum = 20, .step = 0.1, .edges = {6.5, 8}};
  return series;
}

Series infarction() {
  Series series;
  series.name = "mi";
  series.file = "diagnoses";
  series.layout = {.person = "who", .time = "day", .what = "icd", .until = "exit"};
  series.codes = {"I21*", "I22.0"};
  series.required = true;
  series.most = 3;
  series.time = {.name = "day",
                 .type = ColumnType::kInteger,
                 .unit = "d",
                 .minimum = -400,
                 .maximum = 2000,
                 .edges = {-200, 0, 1000}};
  return series;
}

Schema schema_of(const std::vector<std::string>& histories) {
  Schema schema;
  schema.missing_values = {"", "NA"};
  schema.columns = {{.name = "age", .type = ColumnType::kInteger, .required = true, .minimum = 0, .maximum = 120}};
  schema.series = {hba1c(), infarction()};
  for (const std::string& text : histories) {
    const auto declared = declare_history(schema, history_from_text(text).value_or_stop());
    EXPECT_TRUE(declared.has_value()) << (declared ? "" : declared.error().message);
  }
  return schema;
}

std::string refusal_of_history(const std::string& text, Schema schema = schema_of({})) {
  const auto declared = declare_history(schema, history_from_text(text).value_or_stop());
  return declared ? "" : declared.error().message;
}

TEST(DeclareHistory, AHistoryHasTheBoundsOfItsSeries) {
  const Schema schema = schema_of({"latest(hba1c)", "highest(hba1c, 0, 365)", "n_events(hba1c)", "n_events(mi)",
                                   "had(mi, 0, 365)", "first_time(mi)", "time_to(mi)"});
  const Column& latest = *schema.find("latest(hba1c)");
  EXPECT_EQ(latest.unit, "%");
  EXPECT_EQ(latest.minimum, 3);
  EXPECT_EQ(latest.maximum, 20);
  EXPECT_EQ(latest.step, 0.1);
  EXPECT_EQ(latest.code, "LOINC:4548-4");
  EXPECT_THAT(latest.edges, ElementsAre(6.5, 8));
  EXPECT_FALSE(latest.required);
  EXPECT_EQ(schema.find("highest(hba1c, 0, 365)")->history->from, 0);

  const Column& many = *schema.find("n_events(hba1c)");
  EXPECT_EQ(many.maximum, 20);
  EXPECT_THAT(many.categories, IsEmpty());
  EXPECT_THAT(many.edges, ElementsAre(1, 2, 4, 6, 8, 10, 12, 14, 16, 18));
  EXPECT_FALSE(many.required);  // not every owner brings labs
  EXPECT_THAT(schema.find("n_events(mi)")->categories, ElementsAre("0", "1", "2", "3"));
  EXPECT_TRUE(schema.find("n_events(mi)")->required);

  EXPECT_TRUE(schema.find("had(mi, 0, 365)")->is_binary());
  EXPECT_TRUE(schema.find("had(mi, 0, 365)")->required);
  EXPECT_EQ(schema.find("first_time(mi)")->minimum, -400);
  EXPECT_FALSE(schema.find("first_time(mi)")->required);
  EXPECT_EQ(schema.find("time_to(mi)")->minimum, 0);
  EXPECT_EQ(schema.find("time_to(mi)")->maximum, 2000);
  EXPECT_EQ(schema.find("time_to(mi)")->unit, "d");
  EXPECT_THAT(schema.find("time_to(mi)")->edges, ElementsAre(1000));
}

TEST(DeclareHistory, WhatASeriesCannotSayIsRefused) {
  EXPECT_EQ(refusal_of_history("latest(mi)"), "latest(mi): the events of mi have no values");
  EXPECT_EQ(refusal_of_history("time_to(hba1c)"),
            "time_to(hba1c): nothing says when a person's observation ended; the layout's until= names the column");
  EXPECT_EQ(refusal_of_history("time_to(mi, 365)"),
            "time_to(mi, 365): follow-up has no window: it runs from 0 to the first event");
  EXPECT_EQ(refusal_of_history("had(stroke)"), "had(stroke): there is no series \"stroke\"; there are hba1c, mi");
  EXPECT_EQ(refusal_of_history("had(mi)", schema_of({"had(mi)"})), "had(mi) is declared twice");
  Schema texts = schema_of({});
  texts.series[0].value =
      Column{.name = "result", .type = ColumnType::kString, .unit = "%", .categories = {"high", "low"}};
  EXPECT_EQ(refusal_of_history("highest(hba1c)", texts), "highest(hba1c): the values of hba1c are text");
  EXPECT_EQ(refusal_of_history("latest(hba1c)", texts), "");
  texts.series[0].value->categories.clear();
  EXPECT_EQ(refusal_of_history("latest(hba1c)", texts),
            "latest(hba1c): the values of hba1c are text that hardly recurs");
}

TEST(DeclareHistory, TheUsualHistoriesCanBeDeclared) {
  Schema schema = schema_of({});
  for (const Series& series : std::vector<Series>(schema.series)) {
    for (const History& history : usual_histories(series)) EXPECT_TRUE(declare_history(schema, history).has_value());
  }
  std::vector<std::string> names;
  for (const Column& column : schema.columns) names.push_back(column.name);
  EXPECT_THAT(names, ElementsAre("age", "latest(hba1c)", "first(hba1c)", "n_events(hba1c)", "had(mi)", "n_events(mi)",
                                 "first_time(mi)", "time_to(mi)"));
}

TEST(DeclareHistory, ASchemaWithSeriesReadsBackFromItsJson) {
  const Schema schema = schema_of({"latest(hba1c, 365)", "had(mi, 0, 365)", "time_to(mi)"});
  const std::string json = to_json(schema);
  const auto again = schema_from_json(json);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(*again, schema);
  EXPECT_EQ(to_json(*again), json);
  EXPECT_THAT(describe(schema),
              HasSubstr("\nseries mi: diagnoses where icd is I21*, I22.0; times -400 to 2000 d, observed "
                        "until exit; at most 3 of one person counted\n"));
  EXPECT_THAT(describe(schema),
              HasSubstr("series hba1c: labs where test is 4548-4; times -400 to 2000; values of result "
                        "from 3 to 20 %; at most 20 of one person counted; not every owner has it; "
                        "LOINC:4548-4\n"));
}

TEST(DeclareHistory, AHistoryThatIsNotWhatItsSeriesMakesIsNoValidSchema) {
  const auto complaint = [](const std::function<void(Schema&)>& damage) {
    Schema schema = schema_of({"latest(hba1c, 365)", "n_events(mi)", "time_to(mi)"});
    EXPECT_TRUE(validate(schema).has_value());
    damage(schema);
    const auto status = validate(schema);
    return status ? std::string() : status.error().message;
  };
  const std::string must = ": type, unit, range, step, categories and required must be as its series says";
  EXPECT_EQ(complaint([](Schema& s) { s.columns[1].maximum = 30; }), "schema fields[1] \"latest(hba1c, 365)\"" + must);
  EXPECT_EQ(complaint([](Schema& s) { s.columns[1].required = true; }),
            "schema fields[1] \"latest(hba1c, 365)\"" + must);
  EXPECT_EQ(complaint([](Schema& s) { s.series[1].most = 4; }), "schema fields[2] \"n_events(mi)\"" + must);
  EXPECT_EQ(complaint([](Schema& s) { s.columns[3].times = {30, 60, 2000}; }), "");
  EXPECT_EQ(complaint([](Schema& s) { s.columns[1].edges = {7}; }), "");
  EXPECT_EQ(complaint([](Schema& s) { s.columns[1].title = "last of the first year"; }), "");
  EXPECT_EQ(complaint([](Schema& s) { s.columns[1].name = "latest(hba1c)"; }),
            "schema fields[1] \"latest(hba1c)\": the history is called latest(hba1c, 365)");
  EXPECT_EQ(
      complaint([](Schema& s) { s.columns[1].history.reset(); }),
      "schema fields[1] \"latest(hba1c, 365)\": the name is a history's, and the column says of no series that it "
      "is made of");
  EXPECT_EQ(complaint([](Schema& s) { s.series.erase(s.series.begin()); }),
            "schema fields[1] \"latest(hba1c, 365)\": there is no series \"hba1c\"");
  EXPECT_EQ(
      complaint([](Schema& s) { s.series[0].name = "a-b"; }),
      "schema series[0] \"a-b\": the name must be letters, digits and _, at most 64, and begin with a letter or _");
  EXPECT_EQ(complaint([](Schema& s) { s.series[0].codes.clear(); }),
            "schema series[0] \"hba1c\": codes and the column that holds them come together");
  EXPECT_EQ(complaint([](Schema& s) {
              s.series[0].codes = {"a", "a"};
            }),
            "schema series[0] \"hba1c\": code \"a\" comes twice");
  EXPECT_EQ(complaint([](Schema& s) { s.series[0].most = 0; }),
            "schema series[0] \"hba1c\": events are counted up to 1 to 10000, not 0");
  EXPECT_EQ(complaint([](Schema& s) { s.series[0].value->unit.clear(); }),
            "schema series[0] \"hba1c\": a column of units needs a value with a unit");
  EXPECT_EQ(complaint([](Schema& s) { s.series.push_back(s.series[0]); }), "schema: series \"hba1c\" comes twice");
}

TEST(DeclareHistory, MergedSeriesHoldWhatEveryOwnerHas) {
  Schema north = schema_of({"latest(hba1c)", "n_events(mi)"});
  Schema south = north;
  south.name = "south";
  south.series[0].value->maximum = 40;
  south.columns[1].maximum = 40;
  south.series[1].most = 12;
  south.columns[2] = history_column(south.series[1], *south.columns[2].history).value_or_stop();
  const Schema sides[] = {north, south};
  const Schema merged = merge(sides).value_or_stop();
  EXPECT_EQ(merged.find("latest(hba1c)")->maximum, 40);
  EXPECT_EQ(merged.find_series("mi")->most, 12);
  EXPECT_EQ(merged.find("n_events(mi)")->maximum, 12);
  EXPECT_TRUE(merged.find_series("mi")->required);
  const Schema again[] = {merged, north};
  EXPECT_EQ(merge(again).value_or_stop(), merged);

  south.series[1].codes = {"I21*"};
  const Schema others[] = {north, south};
  const auto conflict = merge(others);
  ASSERT_FALSE(conflict.has_value());
  EXPECT_EQ(conflict.error().message, "series \"mi\" has another file, other columns or other codes in south than in ");
}

TEST(DeclareHistory, AnOwnerWithoutTheFileMakesItsSeriesOptional) {
  Schema north = schema_of({});
  Schema south = schema_of({});
  south.series.clear();
  const Schema sides[] = {north, south};
  Schema merged = merge(sides).value_or_stop();
  EXPECT_FALSE(merged.find_series("mi")->required);
  EXPECT_TRUE(declare_history(merged, history_from_text("had(mi)").value_or_stop()).has_value());
  EXPECT_FALSE(merged.find("had(mi)")->required);
}

}  // namespace
}  // namespace mc::data
