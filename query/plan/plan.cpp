// SPDX-License-Identifier: Apache-2.0
#include "query/plan/plan.hpp"

#include <algorithm>

namespace mc::query {

std::size_t column_count(const PlanItem& item) {
  switch (item.statistic) {
    case Statistic::kHistogram:
      return item.strata;
    case Statistic::kQuantile:
    case Statistic::kMedian:
      return 2;
    case Statistic::kCountDistinct:
      return 1;
    case Statistic::kChiSquareTest:
      return 3 + std::size_t{item.strata};
    case Statistic::kOddsRatio:
      return item.strata == 4 ? 3 : 0;
    case Statistic::kRiskDifference:
    case Statistic::kRiskRatio:
      return item.strata == 4 ? 5 : 0;
    case Statistic::kTTest:
      return item.strata == 2 ? 7 : 0;
    case Statistic::kAuc:
      return item.strata % 2 == 0 ? 3 : 0;
    case Statistic::kCalibration:
      return item.strata % 2 == 0 ? 1 : 0;
    default:
      return item.strata == 1 ? 1 : 0;
  }
}

std::size_t strata_per_bin(Statistic statistic) {
  return is_of_predictor(statistic) ? 2 : 1;
}

std::size_t Plan::cell_count() const {
  std::size_t count = 0;
  for (const PlanItem& item : items) count += item.strata;
  return count;
}

std::size_t sum_count(const PlanItem& item) {
  if (item.survival) return item.survival->sum_count();
  if (item.outcomes) return item.outcomes->sum_count();
  if (item.statistic != Statistic::kLinearRegression || !item.model) return 0;
  const std::size_t weightless = item.parameter == 1 ? 1 : 0;
  return item.model->pair_count() * (item.model->weights ? 2 : 1) + weightless;
}

std::size_t Plan::sum_count() const {
  std::size_t count = 0;
  for (const PlanItem& item : items) count += item.sums;
  return count;
}

bool is_always_shown(const Plan& plan, const PlanGroup& group) {
  return plan.group_columns.size() > 1 && std::none_of(group.keys.begin(), group.keys.end(), [](const GroupKey& key) {
           return std::holds_alternative<std::monostate>(key);
         });
}

std::vector<std::string> features_of(const Plan& plan) {
  if (plan.training) return features_of(*plan.training);
  std::vector<std::string> handles;
  for (const Node& node : plan.nodes) {
    if (node.kind == NodeKind::kFeature) handles.push_back(node.handle);
  }
  return handles;
}

std::vector<std::string> sealed_features_of(const Plan& plan) {
  std::vector<std::string> handles = features_of(plan);
  for (const PlanComparison& comparison : plan.comparisons) {
    add_features_of(comparison.compared(), handles);
    add_features_of(comparison.window, handles);
    add_features_of(comparison.above, handles);
  }
  for (const PlanComputed& column : plan.computed) add_features_of(column, handles);
  const auto is_made = [&](const std::string& handle) {
    const auto named = [&](const auto& column) { return column.handle == handle; };
    return std::ranges::any_of(plan.comparisons, named) || std::ranges::any_of(plan.computed, named) ||
           plan.parameters.find(handle) != nullptr;
  };
  std::erase_if(handles, is_made);
  return handles;
}

}  // namespace mc::query
