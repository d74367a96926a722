// SPDX-License-Identifier: Apache-2.0
// What the planner makes of parameters that the researcher seals (docs/design/0023): a sum of weights times columns as
// one column of a known range, and the persons whom a sealed list chooses as one more factor.
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

  /// A sum of sealed weights over its reach, times an indicator of `conditions` and, maybe, times `chosen`; nothing
  /// when no record can be meant.
  std::optional<NodeId> weighted(const SealedSum& sum, const std::vector<Condition>& conditions,
                                 std::optional<NodeId> chosen);

  /// 1 for persons in a category, or bin, that the sealed list or threshold of WHERE holds, 0 for everybody else.
  /// REQUIRES that there is one.
  NodeId chosen();

  /// The categories or bins of that list, one after another, each as a condition.
  [[nodiscard]] std::vector<Condition> choices() const;

  /// What of the parameters the plan's features are; `read`: features_of the plan.
  [[nodiscard]] PlanParameters parameters(std::span<const std::string> read) const;

 private:
  [[nodiscard]] std::vector<CellSet> chosen_among() const;
  NodeId feature(std::uint32_t parameter, std::uint32_t number, double factor);
  [[nodiscard]] PlanParameter plan_parameter(const BoundParameter& bound) const;

  const data::Schema& schema_;
  const BoundQuery& query_;
  Graph& graph_;
  Factors& factors_;
  std::map<std::string, ParameterFeature> features_;
};

}  // namespace mc::query
