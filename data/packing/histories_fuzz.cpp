// SPDX-License-Identifier: Apache-2.0
// Any bytes as an owner's file of events: what series are proposed of, the histories of these series can be made of.
#include "data/packing/cohort.hpp"
#include "data/schema/declare_history.hpp"
#include "data/schema/infer.hpp"
#include "data/schema/infer_events.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::data;
  static const Table kPersons =
      read_csv("id,entry,exit\n1,2020-01-01,2021-01-01\n2,2019-06-01,NA\n3,2020-02-29,2020-02-29\n", "p")
          .value_or_stop();
  static const std::vector<std::string> kIds = {"1", "2", "3"};
  const auto events = read_csv(mc::text_of({data, size}), "fuzz.csv", Rows::kMayBeNone);
  if (!events) return 0;
  const bool has_dates = size % 2 == 0;
  NamedLayout source{"e", {.person = "p", .time = "t", .what = "w", .value = "v"}};
  if (has_dates) source.layout.origin = "entry";
  if (has_dates) source.layout.until = "exit";
  Schema proposal = infer(kPersons, "persons").value_or_stop();
  const auto series = infer_series(*events, source, {}, {kPersons, kIds}, proposal.missing_values);
  if (!series) return 0;
  proposal.series = *series;
  auto schema = merge(std::span(&proposal, 1));
  if (!schema) return 0;
  for (const Series& one : *series) {
    for (const History& history : usual_histories(one)) (void)declare_history(*schema, history);
  }
  MC_CHECK(schema_from_json(to_json(*schema)).value_or_stop() == *schema);
  const std::vector<EventFile> files = [&] {
    std::vector<EventFile> list;
    list.push_back({"e", *events});
    return list;
  }();
  const auto histories =
      history_columns(*schema, {kPersons, kIds}, schema->series.empty() ? std::span<const EventFile>() : files);
  MC_CHECK(histories.has_value());
  const auto cohort = Cohort::parse(kPersons, *schema, *histories);
  MC_CHECK(cohort.has_value());
  for (const Feature& feature : sealed_features(*schema)) {
    for (const double slot : cohort->pack(feature, 0, 3).value_or_stop()) MC_CHECK(slot >= -1 && slot <= 1);
  }
  return 0;
}
