// SPDX-License-Identifier: Apache-2.0
// Products of more factors than the parameters have levels for (docs/design/0038). The first factors become a column
// that is computed and refreshed before everything else, by one product at a time:
//   product/0   the product of two columns
//   product/1   of that and a third one …
// Sums that begin with the same factors share these columns, so what every sum of a group restricts stands first.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "query/plan/computed_plan.hpp"
#include "query/plan/graph.hpp"

namespace mc::query {

class DeepProducts {
 public:
  /// Keeps a reference to the graph. `depth_max`: products in sequence that a plan may have.
  DeepProducts(Graph& graph, std::uint32_t depth_max) : graph_(graph), depth_max_(depth_max) {}

  /// Whether the product of the factors needs more products in sequence than there may be.
  [[nodiscard]] bool too_deep(const std::vector<NodeId>& factors) const;
  /// Factors with the same product, not too deep: the first of them are one column.
  std::vector<NodeId> fitted(std::vector<NodeId> factors);
  /// The columns behind those of `handles` that were made here, each after what it reads.
  [[nodiscard]] std::vector<PlanComputed> columns(std::span<const std::string> handles) const;

 private:
  NodeId multiplied(NodeId left, NodeId right);
  NodeId flat(NodeId id);
  NodeId made(PlanComputed column, bool is_signed);
  [[nodiscard]] FeatureColumn column_of(NodeId id) const;
  [[nodiscard]] bool is_signed(NodeId id) const;

  Graph& graph_;
  std::uint32_t depth_max_;
  std::vector<PlanComputed> columns_;
  std::map<std::pair<NodeId, NodeId>, NodeId> products_;
  std::map<NodeId, NodeId> flat_;
};

/// Whether a column was made here.
bool is_product_handle(std::string_view handle);

}  // namespace mc::query
