// SPDX-License-Identifier: Apache-2.0
// Persons for whom conditions hold, as factors of a product: one node per column that is restricted, one per
// alternative that is no set of cells, one per value. What is left of the planner's work is to multiply and to sum.
#pragma once

#include <optional>
#include <vector>

#include "query/bind/bound_query.hpp"
#include "query/bind/condition.hpp"
#include "query/plan/graph.hpp"

namespace mc::query {

class Factors {
 public:
  /// Keeps references; nodes are made in `graph`.
  Factors(const BoundQuery& query, Graph& graph)
      : schema_(query.schema), domains_(query.domains), groups_(query.group_columns), graph_(graph) {}

  /// Columns that every sum of a group restricts: their factors come first, so that products of them are shared; those
  /// of GROUP BY after those of WHERE, whose products all groups share. A column whose value is multiplied too keeps
  /// its factor only where `with_values`.
  void share(CellMap columns, bool with_values = false) {
    shared_columns_ = std::move(columns);
    keeps_shared_ = with_values;
  }
  [[nodiscard]] const CellMap& shared() const { return shared_columns_; }

  /// Of the product of `values` over persons for whom `conditions` hold and the `valid` columns are present: at least
  /// one factor, none when no record can be meant.
  std::optional<std::vector<NodeId>> of(std::vector<Condition> conditions, const std::vector<std::uint32_t>& valid,
                                        const std::vector<std::uint32_t>& values);

  /// 1 for everybody within the cells, 0 for everybody else.
  NodeId indicator(const Domain& domain, const CellSet& cells);

 private:
  std::vector<NodeId> factors_of(const Conjunction& conjunction, const std::vector<std::uint32_t>& values);
  NodeId present();
  NodeId complement(NodeId node);
  NodeId any_node(const Condition& any);
  std::optional<NodeId> outside_of(const Condition& part);
  enum class Turn { kWhere, kGroups, kOthers };
  [[nodiscard]] Turn turn_of(std::uint32_t column) const;

  const data::Schema& schema_;
  const std::vector<Domain>& domains_;
  const std::vector<std::uint32_t>& groups_;
  Graph& graph_;
  CellMap shared_columns_;
  bool keeps_shared_ = false;
};

}  // namespace mc::query
