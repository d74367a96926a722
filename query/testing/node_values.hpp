// SPDX-License-Identifier: Apache-2.0
// For tests: a plan's nodes for one person, in the clear.
#pragma once

#include <vector>

#include "query/plan/plan.hpp"

namespace mc::query::testing {

/// `value_of`: of a node that is a feature.
template <class ValueOf>
std::vector<double> node_values(const Plan& plan, const ValueOf& value_of) {
  std::vector<double> values;
  for (const Node& node : plan.nodes) {
    double value = 0;
    switch (node.kind) {
      case NodeKind::kFeature:
        value = value_of(node);
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
    values.push_back(value);
  }
  return values;
}

}  // namespace mc::query::testing
