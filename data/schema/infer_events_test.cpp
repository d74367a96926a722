// SPDX-License-Identifier: Apache-2.0
#include "data/schema/infer_events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/record/testing/missing_values.hpp"

namespace mc::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kMissing;

Result<std::vector<Series>> inferred_series(std::string_view events, const std::string& layout,
                                            const std::vector<std::string>& requests = {},
                                            std::string_view persons = "id\na\nb\nc\n") {
  const Table table = read_csv(persons, "north.csv").value_or_stop();
  const std::vector<std::string> ids = person_ids(table, "id").value_or_stop();
  const NamedLayout source = layout_from_text(layout).value_or_stop();
  std::vector<SeriesRequest> wanted;
  for (const std::string& text : requests) wanted.push_back(series_request_from_text(text).value_or_stop());
  return infer_series(read_csv(events, "labs.csv", Rows::kMayBeNone).value_or_stop(), source, wanted, {table, ids},
                      kMissing);
}

constexpr std::string_view kRecurringLabs =
    "who,day,test,result,unit\n"
    "a,3,4548-4,5.1,%\na,13,4548-4,6.4,%\na,99,4548-4,11.3,%\nb,-7,4548-4,7,%\nb,1,K,4,mmol/l\nc,2,K,5,mmol/l\n";
constexpr const char* kLayout = "labs:person=who,time=day,what=test,value=result,unit=unit";

TEST(InferSeries, EveryCodeThatRecursIsASeriesOfItsOwn) {
  const auto series = inferred_series(kRecurringLabs, kLayout).value_or_stop();
  ASSERT_EQ(series.size(), 2u);
  EXPECT_EQ(series[0].name, "K");
  EXPECT_EQ(series[1].name, "labs_4548_4");
  EXPECT_THAT(series[1].codes, ElementsAre("4548-4"));
  EXPECT_EQ(series[1].file, "labs");
  EXPECT_EQ(series[1].value->unit, "%");
  EXPECT_EQ(series[1].value->step, 0.1);
  EXPECT_EQ(series[1].value->name, "result");
  EXPECT_TRUE(series[1].required);
}

TEST(InferSeries, NobodysNumberTravels) {
  const Series series = inferred_series(kRecurringLabs, kLayout).value_or_stop()[1];
  EXPECT_EQ(series.most, 3u);
  EXPECT_LT(series.time.minimum, -7);
  EXPECT_GT(series.time.maximum, 99);
  EXPECT_LE(series.value->minimum, 5.1);
  EXPECT_GT(series.value->maximum, 11.3);
  std::string many = "who,day,test,result,unit\n";
  for (int i = 0; i < 17; ++i) many += "a," + std::to_string(i) + ",K,4,mmol/l\n";
  EXPECT_EQ(inferred_series(many, kLayout, {"k:labs=K"}).value_or_stop()[0].most, 18u);  // 17, rounded outwards
}

TEST(InferSeries, ARequestTakesCodesByTheirBeginning) {
  const auto series = inferred_series("who,day,icd\na,1,I21.4\na,5,I22.0\nb,2,I25.1\nc,3,E11\n",
                                      "dx:person=who,time=day,what=icd", {"mi:dx=I21*,I22*", "diabetes:dx=E10,E11"})
                          .value_or_stop();
  ASSERT_EQ(series.size(), 2u);
  EXPECT_TRUE(series[0].has_code("I21.4"));
  EXPECT_TRUE(series[0].has_code("I21"));
  EXPECT_FALSE(series[0].has_code("I25.1"));
  EXPECT_FALSE(series[1].has_code("E11.9"));
  EXPECT_EQ(series[0].most, 2u);
  EXPECT_FALSE(series[0].value.has_value());
}

TEST(InferSeries, AFileWithoutCodesIsOneSeriesCalledAsItself) {
  const auto series = inferred_series("who,day\na,1\na,2\n", "stays:person=who,time=day").value_or_stop();
  ASSERT_EQ(series.size(), 1u);
  EXPECT_EQ(series[0].name, "stays");
  EXPECT_THAT(series[0].codes, IsEmpty());
  EXPECT_TRUE(series[0].has_code("anything"));
  EXPECT_EQ(inferred_series("who,day\n", "stays:person=who,time=day").value_or_stop()[0].most, 1u);
}

TEST(InferSeries, TimesHoldTheEndsOfObservation) {
  const auto series = inferred_series("who,on\na,2020-01-03\n", "stays:person=who,time=on,origin=entry,until=exit", {},
                                      "id,entry,exit\na,2020-01-01,2022-06-01\nb,2020-01-01,2020-05-01\n")
                          .value_or_stop();
  EXPECT_EQ(series[0].time.unit, "d");
  EXPECT_EQ(series[0].time.type, ColumnType::kInteger);
  EXPECT_GE(series[0].time.maximum, 882);
}

TEST(InferSeries, WhatCannotBeProposedIsSaid) {
  const auto error = [](std::string_view events, const std::string& layout, const std::vector<std::string>& requests) {
    const auto series = inferred_series(events, layout, requests);
    return series ? std::string() : series.error().message;
  };
  EXPECT_EQ(error("who,day,test,result,unit\na,1,K,4,mmol/l\nb,1,K,4,mg/l\n", kLayout, {"k:labs=K"}),
            "labs.csv:3: column \"unit\" has another unit than on line 2: the series k has one unit");
  EXPECT_THAT(error("who,day,test,result,unit\na,1,w,4,u\nb,1,x,4,u\nc,1,y,4,u\na,2,z,4,u\nb,2,v,4,u\n", kLayout, {}),
              HasSubstr("has too many codes, or none that recurs"));
  EXPECT_THAT(error("who,day,test,result,unit\na,1,a-b,4,u\nb,1,a.b,4,u\na,2,a-b,4,u\nb,3,a.b,4,u\n", kLayout, {}),
              HasSubstr("would both be called a_b"));
  EXPECT_THAT(error(kRecurringLabs, kLayout, {"k:labs"}), HasSubstr("series \"k\" needs codes"));
  EXPECT_THAT(error("who,day\na,1\n", "labs:person=who,time=day", {"k:labs=K"}), HasSubstr("names no column of them"));
  EXPECT_EQ(error("who,day\na,1\n", kLayout, {}), "labs.csv: has no column \"test\"");
}

TEST(InferSeries, LayoutsAndRequestsAreShownHowTheyAreWritten) {
  for (const char* text :
       {"", "labs", "labs:", "labs:person=who", "labs:person=who,time=", "labs:person=who,day=day",
        "labs:person=who,person=who,time=day", "la bs:person=who,time=day", "labs:person=who,time=day,unit=u"}) {
    const auto layout = layout_from_text(text);
    ASSERT_FALSE(layout.has_value()) << text;
    EXPECT_THAT(layout.error().message, HasSubstr("write FILE:person=COLUMN,time=COLUMN")) << text;
  }
  for (const char* text : {"", "mi", "mi:", ":dx", "mi:dx=", "mi:dx=I21,,I22", "m-i:dx=I21"}) {
    const auto request = series_request_from_text(text);
    ASSERT_FALSE(request.has_value()) << text;
    EXPECT_THAT(request.error().message, HasSubstr("write NAME:FILE=CODE,CODE*")) << text;
  }
  EXPECT_EQ(layout_from_text(" labs : person = who , time = day ").value_or_stop().layout.time, "day");
  EXPECT_THAT(series_request_from_text("mi : dx = I21* , I22").value_or_stop().codes, ElementsAre("I21*", "I22"));
}

}  // namespace
}  // namespace mc::data
