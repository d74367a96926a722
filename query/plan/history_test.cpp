// SPDX-License-Identifier: Apache-2.0
// Questions about histories, from files of events to the answer: owners' clients make columns of them, plans run over
// these columns in the clear, and the answers are those of the events themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "data/schema/declare_history.hpp"
#include "data/schema/infer_events.hpp"
#include "data/schema/time_grid.hpp"
#include "query/release/model_answer.hpp"
#include "query/testing/open_data.hpp"

namespace mc::query {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// One hospital's files and what is asked of them.
struct Ward {
  data::Table persons;
  std::vector<std::string> ids;
  std::vector<data::EventFile> files;
  data::Schema schema;
  data::Cohort cohort;
};

Ward ward_of(const std::string& persons_csv, const std::vector<std::pair<std::string, std::string>>& layouts_and_csv,
             const std::vector<std::string>& histories, const std::string& times = "") {
  data::Table persons = data::read_csv(persons_csv, "persons.csv").value_or_stop();
  std::vector<std::string> ids = data::person_ids(persons, "id").value_or_stop();
  data::Schema proposal = data::infer(persons, "persons").value_or_stop();
  std::vector<data::EventFile> files;
  for (const auto& [layout, csv] : layouts_and_csv) {
    const data::NamedLayout source = data::layout_from_text(layout).value_or_stop();
    data::Table events = data::read_csv(csv, source.file).value_or_stop();
    for (data::Series& series :
         data::infer_series(events, source, {}, {persons, ids}, proposal.missing_values).value_or_stop()) {
      proposal.series.push_back(std::move(series));
    }
    files.push_back({source.file, std::move(events)});
  }
  data::Schema schema = data::merge(std::span(&proposal, 1)).value_or_stop();
  for (const std::string& text : histories) {
    data::declare_history(schema, data::history_from_text(text).value_or_stop()).value_or_stop();
  }
  if (!times.empty()) {
    const auto request = data::times_request_from_text(times).value_or_stop();
    const auto made = data::history_columns(schema, {persons, ids}, files).value_or_stop();
    std::set<double> observed;
    for (const double value :
         made.values[static_cast<std::size_t>(schema.find(request.column) - schema.columns.data())]) {
      if (!std::isnan(value)) observed.insert(value);
    }
    data::declare_times(schema, request, observed).value_or_stop();
  }
  auto made = data::history_columns(schema, {persons, ids}, files).value_or_stop();
  data::Cohort cohort = data::Cohort::parse(persons, schema, std::move(made)).value_or_stop();
  return {std::move(persons), std::move(ids), std::move(files), std::move(schema), std::move(cohort)};
}

ResultTable asked(const Ward& ward, const std::string& sql) {
  const auto plan = compile(sql, ward.schema, "ward", limb_budget("standard").value_or_stop());
  EXPECT_TRUE(plan) << sql << ": " << (plan ? "" : plan.error().message);
  return testing::run_in_the_clear(*plan, ward.cohort);
}

std::string history_refusal(const Ward& ward, const std::string& sql) {
  const auto plan = compile(sql, ward.schema, "ward", limb_budget("standard").value_or_stop());
  return plan ? "accepted" : plan.error().message;
}

/// Random persons with HbA1c values and admissions, and the same as plain numbers.
struct Story {
  std::string persons = "id,age,exit\n", labs = "who,day,test,result\n", stays = "who,day\n";
  std::vector<double> age;
  std::vector<std::vector<std::pair<double, double>>> results;  // per person: day, value; days differ
  std::vector<std::set<double>> days;                           // of admissions

  explicit Story(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < 60; ++i) {
      age.push_back(30 + static_cast<double>(random() % 50));
      results.emplace_back();
      days.emplace_back();
      const std::string id = "p" + std::to_string(i);
      persons += id + "," + data::number_text(age.back()) + "," + std::to_string(random() % 600 + 1) + "\n";
      std::set<double> measured;
      for (std::uint64_t k = random() % 5; k > 0; --k) {
        const double day = static_cast<double>(random() % 700);
        const double value = static_cast<double>(40 + random() % 80) / 8;
        if (!measured.insert(day).second) continue;
        results.back().emplace_back(day, value);
        labs += id + "," + data::number_text(day) + ",hba1c," + data::number_text(value) + "\n";
      }
      std::sort(results.back().begin(), results.back().end());
      for (std::uint64_t k = random() % 4; k > 0; --k) {
        const double day = static_cast<double>(random() % 700);
        days.back().insert(day);
        stays += id + "," + data::number_text(day) + "\n";
      }
    }
  }
  [[nodiscard]] std::optional<double> latest(std::size_t person, double to) const {
    std::optional<double> value;
    for (const auto& [day, result] : results[person]) {
      if (day <= to) value = result;
    }
    return value;
  }
  [[nodiscard]] double events(std::size_t person, double from, double to) const {
    return static_cast<double>(
        std::count_if(days[person].begin(), days[person].end(), [&](double day) { return day > from && day <= to; }));
  }
};

TEST(HistoryQuestions, AggregatesConditionsAndGroupsAreThoseOfTheEvents) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Story story(seed);
    const Ward ward = ward_of(
        story.persons,
        {{"labs:person=who,time=day,what=test,value=result", story.labs}, {"stay:person=who,time=day", story.stays}},
        {"latest(hba1c, 365)", "n_events(stay, 0, 365)", "had(stay, 100, 200)"});
    double n = 0, sum = 0, products = 0, stays_sum = 0;
    std::map<double, double> by_stays;
    double had = 0;
    for (std::size_t i = 0; i < story.age.size(); ++i) {
      const double stays = story.events(i, 0, 365);
      by_stays[stays] += 1;
      had += story.events(i, 100, 200) > 0 ? 1 : 0;
      stays_sum += stays;
      const auto value = story.latest(i, 365);
      if (!value || stays < 1) continue;
      n += 1;
      sum += *value;
      products += *value * story.age[i];
    }
    const ResultTable table = asked(ward,
                                    "SELECT count(latest(hba1c, 365)), avg(latest(hba1c, 365)) FROM ward WHERE "
                                    "n_events(stay, 0, 365) >= 1");
    EXPECT_EQ(testing::number(table.rows[0][0]), n) << seed;
    EXPECT_NEAR(testing::number(table.rows[0][1]), sum / n, 1e-9) << seed;
    EXPECT_NEAR(testing::number(asked(ward, "SELECT sum(n_events(stay, 0, 365)) FROM ward").rows[0][0]), stays_sum,
                1e-9);
    const ResultTable groups =
        asked(ward, "SELECT n_events(stay, 0, 365), count(*) FROM ward GROUP BY n_events(stay, 0, 365)");
    ASSERT_EQ(groups.rows.size(), by_stays.size());
    for (const auto& row : groups.rows) EXPECT_EQ(testing::number(row[1]), by_stays[testing::number(row[0])]) << seed;
    EXPECT_EQ(testing::number(asked(ward, "SELECT count(*) FROM ward WHERE had(stay, 100, 200)").rows[0][0]), had);
    const ResultTable both = asked(ward,
                                   "SELECT corr(latest(hba1c, 365), age), count(*) FROM ward WHERE "
                                   "n_events(stay, 0, 365) >= 1 AND latest(hba1c, 365) IS NOT NULL");
    EXPECT_EQ(testing::number(both.rows[0][1]), n);
    (void)products;
  }
}

TEST(HistoryQuestions, ModelsTakeThemAsVariables) {
  const Story story(7);
  const Ward ward = ward_of(
      story.persons,
      {{"labs:person=who,time=day,what=test,value=result", story.labs}, {"stay:person=who,time=day", story.stays}},
      {"latest(hba1c)", "had(stay)"});
  const ResultTable table = asked(ward, "SELECT linear_regression('latest(hba1c) ~ had(stay)') FROM ward");
  const json model = json::parse(std::get<ModelCell>(table.rows[0][0])->json);
  double sums[2] = {0, 0}, counts[2] = {0, 0};
  for (std::size_t i = 0; i < story.age.size(); ++i) {
    const auto value = story.latest(i, 1e9);
    if (!value) continue;
    const std::size_t group = story.days[i].empty() ? 0 : 1;
    sums[group] += *value;
    counts[group] += 1;
  }
  // With one 0/1 predictor least squares are the groups' means.
  EXPECT_EQ(model["coefficients"][1]["term"], "had(stay)");
  EXPECT_NEAR(model["coefficients"][0]["estimate"].get<double>(), sums[0] / counts[0], 1e-6);
  EXPECT_NEAR(model["coefficients"][1]["estimate"].get<double>(), sums[1] / counts[1] - sums[0] / counts[0], 1e-6);
  EXPECT_EQ(model["n"].get<double>(), counts[0] + counts[1]);
}

TEST(HistoryQuestions, WhatTheDictionaryLacksIsSaidWithWhatItHas) {
  const Ward ward =
      ward_of("id,age,exit\na,50,300\nb,60,200\n", {{"mi:person=who,time=day,until=exit", "who,day\na,5\n"}},
              {"had(mi)", "first_time(mi)", "time_to(mi)"}, "time_to(mi):30");
  EXPECT_EQ(history_refusal(ward, "SELECT count(*) FROM ward WHERE had(mi, 0, 365)"),
            "1:33: the dictionary declares no had(mi, 0, 365); of mi there are had(mi), first_time(mi), time_to(mi)");
  EXPECT_EQ(history_refusal(ward, "SELECT avg(latest(hba1c)) FROM ward"),
            "1:12: the dictionary declares no latest(hba1c); the series are mi");
  EXPECT_EQ(history_refusal(ward, "SELECT kaplan_meier('Surv(first_time(mi), had(mi)) ~ 1') FROM ward"),
            "1:27: first_time(mi) is NULL for those without an event, whom survival counts too; write "
            "Surv(time_to(mi), had(mi))");
  EXPECT_EQ(history_refusal(ward, "SELECT kaplan_meier('Surv(time_to(mi), age) ~ 1') FROM ward"),
            "1:40: the event of time_to(mi) is had(mi), not age");
  EXPECT_EQ(history_refusal(ward, "SELECT kaplan_meier('Surv(time_to(mi), had(mi)) ~ 1') FROM ward"), "accepted");
  const Ward plain = ward_of("id,age,exit\na,50,300\nb,60,200\n",
                             {{"mi:person=who,time=day,until=exit", "who,day\na,5\n"}}, {"had(mi)", "time_to(mi)"});
  EXPECT_THAT(history_refusal(plain, "SELECT kaplan_meier('Surv(time_to(mi), had(mi)) ~ 1') FROM ward"),
              HasSubstr("`medcommons schema infer --times 'time_to(mi):30'` declares"));
}

// Infections of chronic granulomatous disease: several per person, in the counting form that R's survival package has
// them in. Here they become events and a table of persons.
TEST(HistoryQuestions, TheFirstInfectionOfEveryPatientIsThatOfR) {
  const auto file = testing::open_data() / "survival" / "cgd.csv";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "the open data are not here; MC_SHARED_DATA names their folder";
  const data::Table rows = data::read_csv_file(file).value_or_stop();
  const auto cell = [&](std::size_t row, const char* column) {
    return std::string(data::trimmed(rows.cell(row, rows.find(column).value())));
  };
  std::map<std::string, std::pair<std::string, double>> persons;
  std::string infections = "who,day\n";
  std::size_t total = 0;
  for (std::size_t row = 0; row < rows.row_count(); ++row) {
    auto& [arm, exit] = persons[cell(row, "id")];
    arm = cell(row, "treat");
    exit = std::max(exit, data::parse_number(cell(row, "tstop")).value());
    if (cell(row, "status") != "1") continue;
    infections += cell(row, "id") + "," + cell(row, "tstop") + "\n";
    ++total;
  }
  std::string table = "id,arm,exit\n";
  for (const auto& [id, person] : persons) {
    table += id + "," + person.first + "," + data::number_text(person.second) + "\n";
  }
  const Ward ward =
      ward_of(table, {{"infection:person=who,time=day,until=exit", infections}},
              {"n_events(infection)", "had(infection)", "time_to(infection)"}, "time_to(infection):observed");
  const json reference = testing::reference_of("published_survival_full_data")["cgd_first_infection"];
  const ResultTable answer =
      asked(ward, "SELECT kaplan_meier('Surv(time_to(infection), had(infection)) ~ arm') FROM ward");
  const json model = json::parse(std::get<ModelCell>(answer.rows[0][0])->json);
  EXPECT_NEAR(model["logrank"]["chisq"].get<double>(), reference["logrank_chisq"].get<double>(), 1e-9);
  std::multiset<double> n, observed;
  for (const json& stratum : model["strata"]) {
    n.insert(stratum["n"].get<double>());
    observed.insert(stratum["events"].get<double>());
  }
  EXPECT_EQ(n, reference["n"].get<std::multiset<double>>());
  EXPECT_EQ(observed, reference["observed"].get<std::multiset<double>>());
  EXPECT_NEAR(testing::number(asked(ward, "SELECT sum(n_events(infection)) FROM ward").rows[0][0]),
              static_cast<double>(total), 1e-9);
}

}  // namespace
}  // namespace mc::query
