// SPDX-License-Identifier: Apache-2.0
#include "query/plan/message_range.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>

namespace mc::query {
namespace {

Interval operator+(const Interval& a, const Interval& b) {
  return {a.low + b.low, a.high + b.high};
}
Interval hull(const Interval& a, const Interval& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}
Interval times(double factor, const Interval& a) {
  return factor < 0 ? Interval{factor * a.high, factor * a.low} : Interval{factor * a.low, factor * a.high};
}

/// What a combination takes of one column.
class ColumnTerms {
 public:
  /// `feature` is what stands behind the column in the handle.
  void add(std::string_view feature, bool is_signed, double coefficient) {
    if (feature == "valid") {
      valid_ += coefficient;
    } else if (feature.starts_with("is/")) {
      exclusive_ = hull(exclusive_, {coefficient, coefficient});
    } else if (feature.starts_with("ge/") || feature.starts_with("gt/") || feature.starts_with("after/") ||
               feature.starts_with("above/")) {
      double edge = 0;
      std::from_chars(feature.data() + feature.find('/') + 1, feature.data() + feature.size(), edge);
      cumulative_[{edge, !feature.starts_with("ge/")}] += coefficient;
    } else {
      value_ = value_ + times(coefficient, is_signed ? Interval{-1, 1} : Interval{0, 1});
    }
  }

  /// Over every person who is present: the value is missing, and then all is 0, or it is not.
  [[nodiscard]] Interval range() const {
    Interval chain;
    double sum = 0;
    for (const auto& [edge, coefficient] : cumulative_) {
      sum += coefficient;
      chain = hull(chain, {sum, sum});
    }
    return hull({0, 0}, Interval{valid_, valid_} + exclusive_ + chain + value_);
  }

 private:
  double valid_ = 0;
  Interval exclusive_;  // contains 0: the category may be none of those named
  std::map<std::pair<double, bool>, double> cumulative_;
  Interval value_;
};

Interval range_of_features(const Plan& plan, const Node& linear) {
  std::map<std::string_view, ColumnTerms> columns;
  Interval somebody;
  for (const Term& term : linear.terms) {
    const Node& feature = plan.node(term.node);
    const std::string_view handle = feature.handle;
    const std::size_t slash = handle.find('/');
    if (slash == std::string_view::npos) {
      somebody = somebody + Interval{double(term.coefficient), double(term.coefficient)};  // present
    } else {
      columns[handle.substr(0, slash)].add(handle.substr(slash + 1), feature.is_signed, term.coefficient);
    }
  }
  for (const auto& [name, terms] : columns) somebody = somebody + terms.range();
  return hull({0, 0}, somebody);  // an empty or masked slot is 0
}

/// Of a number that the researcher seals: what the committee lets pass.
Interval range_of_parameter(const Plan& plan, const ParameterFeature& feature) {
  const NumberRange range = number_range(plan.parameters.list[feature.parameter]);
  return times(feature.factor, {range.low, range.high});
}

/// A sum over the categories of a sealed list, each times those who are in it: nobody is in two.
bool is_choice(const Plan& plan, const Node& linear) {
  const auto chooses = [&](NodeId id) {
    const Node& node = plan.node(id);
    const ParameterFeature* feature = node.kind == NodeKind::kFeature ? plan.parameters.find(node.handle) : nullptr;
    return feature != nullptr && feature->parameter == plan.parameters.criterion;
  };
  return plan.parameters.criterion && std::ranges::all_of(linear.terms, [&](const Term& term) {
           const Node& product = plan.node(term.node);
           return product.kind == NodeKind::kProduct && (chooses(product.left) || chooses(product.right));
         });
}

Interval range_of(const Plan& plan, const Node& node, const std::vector<Interval>& ranges) {
  switch (node.kind) {
    case NodeKind::kFeature:
      if (const ParameterFeature* feature = plan.parameters.find(node.handle)) {
        return range_of_parameter(plan, *feature);
      }
      return node.is_signed ? Interval{-1, 1} : Interval{0, 1};
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
  const bool of_features = std::all_of(node.terms.begin(), node.terms.end(), [&](const Term& term) {
    const Node& feature = plan.node(term.node);
    return feature.kind == NodeKind::kFeature && plan.parameters.find(feature.handle) == nullptr;
  });
  if (of_features) return range_of_features(plan, node);
  if (is_choice(plan, node)) {
    Interval one;
    for (const Term& term : node.terms) one = hull(one, times(term.coefficient, ranges[term.node.value]));
    return one;
  }
  Interval sum;
  for (const Term& term : node.terms) sum = sum + times(term.coefficient, ranges[term.node.value]);
  return sum;
}

}  // namespace

double Interval::magnitude() const {
  return std::max(std::abs(low), std::abs(high));
}

std::vector<Interval> message_ranges(const Plan& plan) {
  std::vector<Interval> ranges;
  ranges.reserve(plan.nodes.size());
  for (const Node& node : plan.nodes) ranges.push_back(range_of(plan, node, ranges));
  return ranges;
}

}  // namespace mc::query
