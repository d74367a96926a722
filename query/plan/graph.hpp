// SPDX-License-Identifier: Apache-2.0
// Builds the nodes of a plan: equal nodes are one node (hash-consing), so what several sums share is computed once.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "query/plan/plan.hpp"

namespace mc::query {

class Graph {
 public:
  NodeId feature(const std::string& handle, bool is_signed);
  /// Sum of integer multiples; combinations inside are taken apart, shallow nodes are raised to the deepest. One term
  /// with coefficient 1 is the node itself. The sum must not be empty (MC_CHECK).
  NodeId linear(const std::vector<Term>& terms);
  /// Product inside the graph: both factors at equal depth, so that every node of a depth has one scale.
  NodeId product(NodeId left, NodeId right);
  /// The last product before a sum over persons: factors may differ in depth, because nothing is added to it afterwards
  /// but other persons' products of the same two nodes.
  NodeId last_product(NodeId left, NodeId right);
  /// Factors as a tree of least depth (Huffman over depths, ties in the order given); the last one a last_product.
  NodeId balanced_product(std::vector<NodeId> factors);
  /// As balanced_product, for a product that is used inside the graph.
  NodeId balanced_inner_product(std::vector<NodeId> factors);

  [[nodiscard]] const Node& node(NodeId id) const { return nodes_[id.value]; }
  /// How many factors the product below `id` has.
  [[nodiscard]] std::size_t factor_count(NodeId id) const { return factors_[id.value]; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

  /// The nodes that `roots` need, children first, and the roots' places among them.
  [[nodiscard]] std::vector<Node> extract(std::vector<NodeId>& roots) const;

 private:
  NodeId intern(Node node, std::size_t factor_count);
  NodeId raised(NodeId id, std::uint32_t depth);
  NodeId multiplied(NodeId left, NodeId right);
  NodeId reduced(std::vector<NodeId> factors, bool last);

  struct NodeOrder {
    bool operator()(const Node& a, const Node& b) const;
  };
  std::vector<Node> nodes_;
  std::vector<std::size_t> factors_;
  std::map<Node, NodeId, NodeOrder> known_;
};

}  // namespace mc::query
