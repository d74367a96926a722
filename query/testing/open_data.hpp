// SPDX-License-Identifier: Apache-2.0
// For tests: the open data sets, and plans run over their records in the clear.
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/packing/cohort.hpp"
#include "data/record/testing/open_data.hpp"
#include "data/schema/infer.hpp"
#include "query/plan/compile.hpp"
#include "query/release/finish.hpp"
#include "query/testing/slots.hpp"
#include "query/testing/values.hpp"

namespace mc::query::testing {

using data::testing::open_data;

inline bool has_open_data(const std::string& name) {
  return std::filesystem::exists(open_data() / "clean" / (name + ".csv"));
}

inline nlohmann::json reference_of(const std::string& name) {
  std::ifstream in(open_data() / "reference" / (name + ".json"));
  return nlohmann::json::parse(in);
}

/// The cohort of a cleaned file, with the schema that schema inference proposes.
inline data::Cohort cohort_of(const data::Table& table, const std::string& name) {
  const std::vector<data::Schema> proposals{data::infer(table, name).value_or_stop()};
  return data::Cohort::parse(table, data::merge(proposals).value_or_stop()).value_or_stop();
}
inline data::Cohort open_cohort(const std::string& name) {
  return cohort_of(data::read_csv_file(open_data() / "clean" / (name + ".csv")).value_or_stop(), name);
}

/// A handle's number for every person: sealed, or computed in the clear from what is.
inline std::vector<double> slots_of(const Plan& plan, const data::Cohort& cohort, const std::string& handle);

inline std::vector<double> slots_of(const Plan& plan, const data::Cohort& cohort, const FeatureColumn& column) {
  std::vector<double> sum(cohort.row_count(), 0);
  for (const WeightedFeature& feature : column) {
    const std::vector<double> slots = slots_of(plan, cohort, feature.handle);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += feature.factor * slots[i];
  }
  return sum;
}

inline std::vector<double> slots_of(const Plan& plan, const data::Cohort& cohort, const std::string& handle) {
  for (const PlanComputed& computed : plan.computed) {
    if (computed.handle != handle) continue;
    std::vector<double> sum = slots_of(plan, cohort, computed.sum);
    for (const PlanComputed::Product& product : computed.products) {
      const std::vector<double> left = slots_of(plan, cohort, product.left);
      const std::vector<double> right = slots_of(plan, cohort, product.right);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += left[i] * right[i];
    }
    return sum;
  }
  for (const PlanComparison& comparison : plan.comparisons) {
    if (comparison.handle != handle) continue;
    const std::vector<double> window = comparison.window.empty() ? std::vector<double>(cohort.row_count(), 1)
                                                                 : slots_of(plan, cohort, comparison.window);
    std::vector<double> above = slots_of(plan, cohort, comparison.above);
    const std::vector<double> value = slots_of(plan, cohort, comparison.compared());
    for (std::size_t i = 0; i < above.size(); ++i) above[i] += value[i] > comparison.middle ? window[i] : 0;
    return above;
  }
  return cohort.pack(data::feature_from_handle(cohort.schema(), handle).value_or_stop(), 0, cohort.row_count())
      .value_or_stop();
}

/// A plan over one cohort in the clear.
inline ResultTable run_in_the_clear(const Plan& plan, const data::Cohort& cohort) {
  std::vector<std::vector<double>> values;
  for (const Node& node : plan.nodes) {
    std::vector<double> slots(cohort.row_count(), 0);
    if (node.kind == NodeKind::kFeature) slots = slots_of(plan, cohort, node.handle);
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (node.kind == NodeKind::kAlign) slots[i] = values[node.left.value][i];
      if (node.kind == NodeKind::kProduct) slots[i] = values[node.left.value][i] * values[node.right.value][i];
      for (const Term& term : node.terms) slots[i] += term.coefficient * values[term.node.value][i];
    }
    values.push_back(std::move(slots));
  }
  std::vector<double> means;
  for (const NodeId id : plan.moments) {
    double sum = 0;
    for (const double slot : values[id.value]) sum += slot;
    means.push_back(sum / kSlots);
  }
  return finish(plan, means, std::vector<double>(means.size(), 1e-9), kSlots).value_or_stop();
}

}  // namespace mc::query::testing
