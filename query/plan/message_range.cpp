// SPDX-License-Identifier: Apache-2.0
#include "query/plan/message_range.hpp"

#include <algorithm>
#include <cmath>

namespace mc::query {
namespace {

Interval range_of(const Node& node, const std::vector<Interval>& ranges) {
  switch (node.kind) {
    case NodeKind::kFeature:
      return {node.handle.ends_with("/value") ? -1.0 : 0.0, 1.0};
    case NodeKind::kAlign:
      return ranges[node.left.value];
    case NodeKind::kProduct: {
      const Interval a = ranges[node.left.value];
      const Interval b = ranges[node.right.value];
      const auto [low, high] = std::minmax({a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high});
      if (node.left == node.right) return {std::max(low, 0.0), high};  // a square
      return {low, high};
    }
    case NodeKind::kLinear:
      break;
  }
  Interval sum;
  for (const Term& term : node.terms) {
    const Interval part = ranges[term.node.value];
    sum.low += term.coefficient * (term.coefficient > 0 ? part.low : part.high);
    sum.high += term.coefficient * (term.coefficient > 0 ? part.high : part.low);
  }
  return sum;
}

}  // namespace

double Interval::magnitude() const { return std::max(std::abs(low), std::abs(high)); }

std::vector<Interval> message_ranges(const Plan& plan) {
  std::vector<Interval> ranges;
  ranges.reserve(plan.nodes.size());
  for (const Node& node : plan.nodes) ranges.push_back(range_of(node, ranges));
  return ranges;
}

}  // namespace mc::query
