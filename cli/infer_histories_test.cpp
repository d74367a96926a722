// SPDX-License-Identifier: Apache-2.0
#include "cli/infer_histories.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/file.hpp"
#include "base/testing/temporary_folder.hpp"
#include "data/schema/infer.hpp"

namespace mc::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Two hospitals, one of which measures CRP.
class TwoHospitals : public ::testing::Test {
 protected:
  TwoHospitals() {
    put("n.csv", "id,exit\nn1,100\nn2,200\n");
    put("s.csv", "id,exit\ns1,150\ns2,90\n");
    put("n_labs.csv", "who,day,test,result\nn1,1,crp,5\nn1,20,crp,8\n");
    put("n_stays.csv", "who,day\nn2,40\n");
    put("s_stays.csv", "who,day\n");
    options_.id_column = "id";
    options_.layouts = {"labs:person=who,time=day,what=test,value=result", "stay:person=who,time=day,until=exit"};
    options_.events = {path("n.csv") + ":labs=" + path("n_labs.csv"), path("n.csv") + ":stay=" + path("n_stays.csv"),
                       path("s.csv") + ":stay=" + path("s_stays.csv")};
  }
  void put(const std::string& name, std::string_view text) const {
    MC_CHECK(write_file_atomically(folder_ / name, view_of(text)).has_value());
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }

  Result<data::Schema> inferred() const {
    const std::vector<std::string> tables = {path("n.csv"), path("s.csv")};
    MC_TRY(InferredHistories histories, InferredHistories::create(options_, tables));
    std::vector<data::Schema> proposals;
    for (const std::string& file : tables) {
      MC_TRY(data::Table table, data::read_csv_file(file));
      MC_TRY(data::Schema proposal, data::infer(table, file));
      MC_TRY_STATUS(histories.propose(file, std::move(table), proposal));
      proposals.push_back(std::move(proposal));
    }
    MC_TRY(data::Schema schema, data::merge(proposals));
    MC_TRY_STATUS(histories.declare(schema));
    std::vector<DeclaredTimes> times(1);
    times[0].request = data::times_request_from_text("time_to(stay):observed").value_or_stop();
    MC_TRY_STATUS(histories.observe(schema, times));
    if (schema.find("time_to(stay)") != nullptr) {
      MC_TRY_STATUS(data::declare_times(schema, times[0].request, times[0].observed));
    }
    return schema;
  }
  std::string complaint(const std::function<void(HistoryOptions&)>& change) {
    const HistoryOptions before = options_;
    change(options_);
    const auto schema = inferred();
    options_ = before;
    return schema ? "" : schema.error().message;
  }

  mc::testing::TemporaryFolder folder_;
  HistoryOptions options_;
};

TEST_F(TwoHospitals, ProposeOneDictionaryWithTheUsualHistories) {
  const data::Schema schema = inferred().value_or_stop();
  std::vector<std::string> names;
  for (const data::Column& column : schema.columns) names.push_back(column.name);
  EXPECT_THAT(names, ElementsAre("id", "exit", "latest(crp)", "first(crp)", "n_events(crp)", "had(stay)",
                                 "n_events(stay)", "first_time(stay)", "time_to(stay)"));
  EXPECT_FALSE(schema.find_series("crp")->required);
  EXPECT_TRUE(schema.find_series("stay")->required);
  EXPECT_TRUE(schema.find("had(stay)")->required);
  EXPECT_THAT(schema.find("time_to(stay)")->times, ElementsAre(40, 90, 100, 150));
}

TEST_F(TwoHospitals, DeclareWhatIsAskedForAndNothingElseOfThatSeries) {
  options_.histories = {"latest(crp, 10)", "highest(crp)"};
  const data::Schema schema = inferred().value_or_stop();
  EXPECT_NE(schema.find("latest(crp, 10)"), nullptr);
  EXPECT_NE(schema.find("highest(crp)"), nullptr);
  EXPECT_EQ(schema.find("latest(crp)"), nullptr);
  EXPECT_NE(schema.find("had(stay)"), nullptr);
}

TEST_F(TwoHospitals, AreToldWhatCannotBeMeant) {
  EXPECT_THAT(complaint([](HistoryOptions& o) { o.events[0] = "other.csv:labs=x.csv"; }),
              HasSubstr("'other.csv' is none of the tables"));
  EXPECT_THAT(complaint([](HistoryOptions& o) { o.layouts.pop_back(); }),
              HasSubstr("no --layout says what the columns of stay are called"));
  EXPECT_THAT(complaint([](HistoryOptions& o) { o.series = {"mi:dx=I21"}; }), HasSubstr("there is no --layout of dx"));
  EXPECT_THAT(complaint([](HistoryOptions& o) { o.histories = {"last(crp)"}; }), HasSubstr("is not understood"));
  EXPECT_THAT(complaint([](HistoryOptions& o) { o.histories = {"had(mi)"}; }),
              HasSubstr("there is no series \"mi\"; there are crp, stay"));
  EXPECT_THAT(complaint([](HistoryOptions& o) { o.layouts[0] = "labs"; }), HasSubstr("write FILE:person=COLUMN"));
  EXPECT_THAT(complaint([](HistoryOptions& o) { o.id_column = "pid"; }), HasSubstr("has no column \"pid\""));
}

}  // namespace
}  // namespace mc::cli
