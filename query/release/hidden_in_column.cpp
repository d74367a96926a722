// SPDX-License-Identifier: Apache-2.0
#include "query/release/hidden_in_column.hpp"

#include <algorithm>
#include <cmath>

#include "query/plan/accumulation.hpp"

namespace mc::query {
namespace {

using ByHandle = std::map<std::string, Hidden>;

Hidden in_feature(const Plan& plan, const std::string& handle, const ByHandle& made, const Hidden& sealed) {
  if (const auto found = made.find(handle); found != made.end()) return found->second;
  return plan.parameters.find(handle) != nullptr ? Hidden{0, 1, 0} : sealed;
}

Hidden in_column(const Plan& plan, const FeatureColumn& column, const ByHandle& made, const Hidden& sealed) {
  Hidden sum;
  for (const WeightedFeature& feature : column) {
    add(sum, feature.factor, in_feature(plan, feature.handle, made, sealed));
  }
  return sum;
}

Hidden in_comparison(const Plan& plan, const PlanComparison& comparison, const ByHandle& made, const Hidden& sealed) {
  if (!comparison.is_proven()) return {sealed.error, 1, kFactorsUnbounded};
  const Hidden value = in_column(plan, comparison.compared(), made, sealed);
  const double error = steepness(comparison) / 2 * (value.error / comparison.reach + kStagesError * sealed.error);
  const Hidden column{error, 1, error <= kTwoFactorsError * sealed.error ? 2U : 3U};
  return comparison.window.empty() ? column : column * in_column(plan, comparison.window, made, sealed);
}

/// Of one node, from those below it. `beside`: per node what goes with it, or kNoNode.
Hidden in_node(const Node& node, const std::vector<Hidden>& of, const std::vector<NodeId>& beside,
               const ByHandle& columns) {
  const auto factor = [&](NodeId id) {
    Hidden hidden = of[id.value];
    if (beside[id.value] != kNoNode) add(hidden, 1, of[beside[id.value].value]);
    return hidden;
  };
  switch (node.kind) {
    case NodeKind::kFeature:
      return columns.at(node.handle);
    case NodeKind::kProduct:
      return factor(node.left) * factor(node.right);
    case NodeKind::kAlign:
      return of[node.left.value];
    case NodeKind::kLinear:
      break;
  }
  Hidden sum;
  for (const Term& term : node.terms) add(sum, static_cast<double>(term.coefficient), of[term.node.value]);
  return sum;
}

}  // namespace

Hidden operator*(const Hidden& a, const Hidden& b) {
  return {a.error * b.message + a.message * b.error + a.error * b.error, a.message * b.message,
          std::min(a.factors + b.factors, kFactorsUnbounded)};
}

void add(Hidden& sum, double weight, const Hidden& part) {
  sum.error += std::abs(weight) * part.error;
  sum.message += std::abs(weight) * part.message;
  sum.factors = std::max(sum.factors, part.factors);
}

double steepness(const PlanComparison& comparison) {
  // At 0 a stage multiplies by `linear`, at 1 by up to twice that, but what has just been multiplied by more is near 0
  // next: with the weight 1 - y^2 / 2 no stage multiplies a distance by more than `linear`.
  double slope = 2;
  for (const CubicStage& stage : comparison.stages) slope *= stage.linear;
  return slope;
}

std::map<std::string, Hidden> hidden_in_columns(const Plan& plan, const Hidden& sealed) {
  ByHandle made;
  for (const PlanComparison& comparison : plan.comparisons) {
    made.emplace(comparison.handle, in_comparison(plan, comparison, made, sealed));
  }
  for (const PlanComputed& column : plan.computed) {
    Hidden sum = in_column(plan, column.sum, made, sealed);
    for (const PlanComputed::Product& product : column.products) {
      add(sum, 1, in_column(plan, product.left, made, sealed) * in_column(plan, product.right, made, sealed));
    }
    made.emplace(column.handle, sum);
  }
  for (const std::string& handle : features_of(plan)) made.try_emplace(handle, in_feature(plan, handle, made, sealed));
  return made;
}

std::vector<Hidden> hidden_in_nodes(const Plan& plan, const Hidden& sealed) {
  const ByHandle columns = hidden_in_columns(plan, sealed);
  const Accumulation accumulation = accumulation_of(plan);
  std::vector<Hidden> hidden(plan.nodes.size());
  for (const NodeId id : factors_first(plan)) {
    hidden[id.value] = in_node(plan.node(id), hidden, accumulation.beside, columns);
  }
  return hidden;
}

}  // namespace mc::query
