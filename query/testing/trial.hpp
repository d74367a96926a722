// SPDX-License-Identifier: Apache-2.0
// For tests: a small trial with follow-up times, random patients, and what a survival plan should say about them.
#pragma once

#include <random>

#include "query/testing/clinic.hpp"
#include "query/testing/node_values.hpp"
#include "query/testing/survival_records.hpp"

namespace mc::query::testing {

/// `days` has times every 10, the last one before the end of its range: some are followed beyond it.
inline data::Schema trial_schema() {
  using data::ColumnType;
  data::Schema schema;
  schema.name = "trial";
  schema.missing_values = {"", "NA"};
  schema.columns = {
      numeric("days", ColumnType::kInteger, true, 0, 60, {30}),
      numeric("dead", ColumnType::kInteger, true, 0, 1, {}, {"0", "1"}),
      text("arm", true, {"A", "B"}),
      numeric("age", ColumnType::kNumber, false, 20, 90, {50, 70}),
      numeric("grade", ColumnType::kInteger, false, 1, 3, {}, {"1", "2", "3"}),
      numeric("status", ColumnType::kInteger, false, 1, 2, {}, {"1", "2"}),
      numeric("weight", ColumnType::kNumber, true, 30, 200, {}),
  };
  schema.columns[0].times = {10, 20, 30, 40, 50};
  return schema;
}

inline std::vector<Patient> trial_patients(std::size_t count, std::uint64_t seed) {
  return random_patients(trial_schema(), count, seed);
}

/// The table of those of whom `is_in` holds, at trial_schema's times. `event_column` holds `event_value` for an event.
template <class IsIn>
RiskTable trial_table(const std::vector<Patient>& patients, std::size_t event_column, double event_value,
                      const IsIn& is_in) {
  const std::vector<double> times = trial_schema().columns[0].times;
  StratumCounts counts{0, std::vector<double>(times.size()), std::vector<double>(times.size())};
  for (const Patient& patient : patients) {
    if (!is_in(patient) || std::holds_alternative<std::monostate>(patient[event_column])) continue;
    counts.persons += 1;
    const auto time = std::lower_bound(times.begin(), times.end(), std::get<double>(patient[0]));
    if (time == times.end()) continue;
    const bool is_event = std::get<double>(patient[event_column]) == event_value;
    (is_event ? counts.events : counts.censored)[static_cast<std::size_t>(time - times.begin())] += 1;
  }
  return risk_table(times, counts);
}

/// What would be opened of a plan about these patients, in units of `slots`, without noise.
inline std::vector<double> trial_means(const Plan& plan, const std::vector<Patient>& patients, double slots,
                                       const data::Schema& schema = trial_schema()) {
  std::vector<double> means(plan.moments.size());
  for (const Patient& patient : patients) {
    const std::vector<double> values = node_values(plan, [&](const Node& node) {
      return feature_value(schema, data::feature_from_handle(schema, node.handle).value_or_stop(), patient);
    });
    for (std::size_t i = 0; i < means.size(); ++i) means[i] += values[plan.moments[i].value] / slots;
  }
  return means;
}

}  // namespace mc::query::testing
