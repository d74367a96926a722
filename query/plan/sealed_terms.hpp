// SPDX-License-Identifier: Apache-2.0
// What the planner makes of parameters that the researcher seals (docs/design/0023): a weighted sum of columns as one
// column of a known range, and the persons whom a sealed list chooses as one more factor.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "query/bind/bound_query.hpp"
#include "query/plan/factors.hpp"

namespace mc::query {

class SealedTerms {
 public:
  /// Keeps references; nodes are made in `graph`.
  SealedTerms(const data::Schema& schema, const BoundQuery& query, Graph& graph, Factors& factors)
      : schema_(schema), query_(query), graph_(graph), factors_(factors) {}

  /// The columns of a weighted sum, all of which a person must have to be counted.
  static std::vector<std::uint32_t> columns_of(std::span<const BoundWeight> weights);

  /// How large a weighted sum can be for one person, whatever the weights.
  [[nodiscard]] double reach(std::span<const BoundWeight> weights) const;

  /// The weighted sum over its reach, times an indicator of `conditions` and, maybe, times `chosen`; nothing when no
  /// record can be meant.
  std::optional<NodeId> weighted(std::span<const BoundWeight> weights, const std::vector<Condition>& conditions,
                                 std::optional<NodeId> chosen);

  /// 1 for persons in a category that the sealed list of WHERE holds, 0 for everybody else. REQUIRES that there is one.
  NodeId chosen();

  /// The categories of that list, one after another, each as a condition.
  [[nodiscard]] std::vector<Condition> choices() const;

  /// What of the parameters the plan's features are; `read`: features_of the plan.
  [[nodiscard]] PlanParameters parameters(std::span<const std::string> read) const;

 private:
  NodeId feature(std::uint32_t parameter, std::uint32_t number, double factor);
  [[nodiscard]] PlanParameter plan_parameter(const BoundParameter& bound) const;

  const data::Schema& schema_;
  const BoundQuery& query_;
  Graph& graph_;
  Factors& factors_;
  std::map<std::string, ParameterFeature> features_;
};

}  // namespace mc::query
