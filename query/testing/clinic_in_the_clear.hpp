// SPDX-License-Identifier: Apache-2.0
// For tests: plans run over patients of the clinic without encryption.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "query/plan/explain.hpp"
#include "query/plan/message_range.hpp"
#include "query/release/finish.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/node_values.hpp"

namespace mc::query::testing {

inline double value_of_handle(const Plan& plan, const data::Schema& schema, const std::string& handle,
                              const Patient& patient, const std::vector<double>& numbers = {});

inline double value_of_column(const Plan& plan, const data::Schema& schema, const FeatureColumn& column,
                              const Patient& patient) {
  double sum = 0;
  for (const WeightedFeature& feature : column) {
    sum += feature.factor * value_of_handle(plan, schema, feature.handle, patient);
  }
  return sum;
}

/// What is computed in one layer of products; everything in it is at most 1.
inline double value_of_computed(const Plan& plan, const data::Schema& schema, const PlanComputed& computed,
                                const Patient& patient) {
  double sum = value_of_column(plan, schema, computed.sum, patient);
  for (const PlanComputed::Product& product : computed.products) {
    const double left = value_of_column(plan, schema, product.left, patient);
    const double right = value_of_column(plan, schema, product.right, patient);
    EXPECT_LE(std::abs(left), 1 + 1e-12) << computed.handle;
    EXPECT_LE(std::abs(right), 1 + 1e-12) << computed.handle;
    sum += left * right;
  }
  EXPECT_LE(std::abs(sum), 1 + 1e-12) << computed.handle;
  return sum;
}

/// A sealed feature, a number of a parameter, one that is computed, or a comparison: also in the clear no value is
/// nearer to the threshold than the plan says.
inline double value_of_handle(const Plan& plan, const data::Schema& schema, const std::string& handle,
                              const Patient& patient, const std::vector<double>& numbers) {
  if (const ParameterFeature* feature = plan.parameters.find(handle)) {
    return feature->factor * numbers.at(plan.parameters.number_index(*feature));
  }
  for (const PlanComputed& computed : plan.computed) {
    if (computed.handle == handle) return value_of_computed(plan, schema, computed, patient);
  }
  for (const PlanComparison& comparison : plan.comparisons) {
    if (comparison.handle != handle) continue;
    const double above = value_of_column(plan, schema, comparison.above, patient);
    const bool is_everybodys = comparison.window.empty();
    if (!is_everybodys && value_of_column(plan, schema, comparison.window, patient) == 0) return above;
    const double off = value_of_column(plan, schema, comparison.compared(), patient) - comparison.middle;
    EXPECT_GE(std::abs(off) / comparison.reach, comparison.gap * (1 - 1e-4)) << handle;
    EXPECT_LE(std::abs(off) / comparison.reach, 1 + 1e-9) << handle;
    return above + (off > 0 ? 1 : 0);
  }
  return feature_value(schema, data::feature_from_handle(schema, handle).value_or_stop(), patient);
}

/// Runs a plan in the clear: every node for every patient. `numbers`: of its parameters.
inline ResultTable run_in_the_clear(const Plan& plan, const data::Schema& schema, const std::vector<Patient>& patients,
                                    const std::vector<double>& numbers = {}) {
  std::vector<double> totals(plan.moments.size(), 0);
  const std::vector<Interval> ranges = message_ranges(plan);
  for (const Patient& patient : patients) {
    const std::vector<double> values = node_values(
        plan, [&](const Node& node) { return value_of_handle(plan, schema, node.handle, patient, numbers); });
    for (std::uint32_t i = 0; i < values.size(); ++i) {
      EXPECT_GE(values[i], ranges[i].low - 1e-12) << node_text(plan, NodeId(i));
      EXPECT_LE(values[i], ranges[i].high + 1e-12) << node_text(plan, NodeId(i));
    }
    for (std::size_t i = 0; i < totals.size(); ++i) totals[i] += values[plan.moments[i].value];
  }
  constexpr std::size_t slots = 8192;
  for (double& total : totals) total /= slots;
  auto table = finish(plan, totals, std::vector<double>(totals.size(), 1e-9), slots);
  EXPECT_TRUE(table) << plan.sql << ": " << (table ? "" : table.error().message);
  return std::move(table).value_or_stop();
}

}  // namespace mc::query::testing
