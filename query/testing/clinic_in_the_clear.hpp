// SPDX-License-Identifier: Apache-2.0
// For tests: plans run over patients of the clinic without encryption.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "query/plan/explain.hpp"
#include "query/plan/message_range.hpp"
#include "query/release/finish.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query::testing {

/// Runs a plan in the clear: every node for every patient.
inline ResultTable run_in_the_clear(const Plan& plan, const data::Schema& schema,
                                    const std::vector<Patient>& patients) {
  std::vector<double> totals(plan.moments.size(), 0);
  const std::vector<Interval> ranges = message_ranges(plan);
  for (const Patient& patient : patients) {
    std::vector<double> values;
    for (const Node& node : plan.nodes) {
      double value = 0;
      switch (node.kind) {
        case NodeKind::kFeature:
          value = feature_value(schema, data::feature_from_handle(schema, node.handle).value_or_stop(), patient);
          break;
        case NodeKind::kLinear:
          for (const Term& term : node.terms) value += term.coefficient * values[term.node.value];
          break;
        case NodeKind::kProduct:
          value = values[node.left.value] * values[node.right.value];
          break;
        case NodeKind::kAlign:
          value = values[node.left.value];
          break;
      }
      EXPECT_GE(value, ranges[values.size()].low - 1e-12)
          << node_text(plan, NodeId(static_cast<std::uint32_t>(values.size())));
      EXPECT_LE(value, ranges[values.size()].high + 1e-12)
          << node_text(plan, NodeId(static_cast<std::uint32_t>(values.size())));
      values.push_back(value);
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
