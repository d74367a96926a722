// SPDX-License-Identifier: Apache-2.0
#include "query/plan/graph.hpp"

#include <algorithm>
#include <tuple>

namespace mc::query {

bool Graph::NodeOrder::operator()(const Node& a, const Node& b) const {
  const auto key = [](const Node& node) { return std::tie(node.kind, node.handle, node.left, node.right); };
  if (key(a) != key(b)) return key(a) < key(b);
  return std::lexicographical_compare(
      a.terms.begin(), a.terms.end(), b.terms.begin(), b.terms.end(),
      [](const Term& s, const Term& t) { return std::tie(s.node, s.coefficient) < std::tie(t.node, t.coefficient); });
}

NodeId Graph::intern(Node node, std::size_t factor_count) {
  const auto [found, is_new] = known_.try_emplace(node, NodeId(static_cast<std::uint32_t>(nodes_.size())));
  if (is_new) {
    nodes_.push_back(std::move(node));
    factors_.push_back(factor_count);
  }
  return found->second;
}

NodeId Graph::feature(const std::string& handle, bool is_signed) {
  Node node;
  node.kind = NodeKind::kFeature;
  node.handle = handle;
  node.is_signed = is_signed;
  return intern(std::move(node), 1);
}

NodeId Graph::raised(NodeId id, std::uint32_t depth) {
  while (nodes_[id.value].depth < depth) {
    Node node;
    node.kind = NodeKind::kAlign;
    node.depth = nodes_[id.value].depth + 1;
    node.left = id;
    id = intern(std::move(node), factors_[id.value]);
  }
  return id;
}

NodeId Graph::linear(const std::vector<Term>& terms) {
  std::map<NodeId, std::int32_t> sum;
  std::uint32_t depth = 0;
  for (const Term& term : terms) {
    const Node& node = nodes_[term.node.value];
    depth = std::max(depth, node.depth);
    if (node.kind != NodeKind::kLinear) {
      sum[term.node] += term.coefficient;
      continue;
    }
    for (const Term& inner : node.terms) sum[inner.node] += term.coefficient * inner.coefficient;
  }
  std::map<NodeId, std::int32_t> aligned;
  std::size_t factor_count = 1;
  for (const auto& [id, coefficient] : sum) {
    if (coefficient == 0) continue;
    aligned[raised(id, depth)] += coefficient;
    factor_count = std::max(factor_count, factors_[id.value]);
  }
  // A node and the same node raised to this depth may cancel each other.
  std::erase_if(aligned, [](const auto& term) { return term.second == 0; });
  MC_CHECK(!aligned.empty());
  if (aligned.size() == 1 && aligned.begin()->second == 1) return aligned.begin()->first;
  Node node;
  node.kind = NodeKind::kLinear;
  node.depth = depth;
  for (const auto& [id, coefficient] : aligned) node.terms.push_back({coefficient, id});
  return intern(std::move(node), factor_count);
}

NodeId Graph::multiplied(NodeId left, NodeId right) {
  if (right < left) std::swap(left, right);
  Node node;
  node.kind = NodeKind::kProduct;
  node.depth = 1 + std::max(nodes_[left.value].depth, nodes_[right.value].depth);
  node.left = left;
  node.right = right;
  const std::size_t factor_count = factors_[left.value] + factors_[right.value];
  return intern(std::move(node), factor_count);
}

NodeId Graph::product(NodeId left, NodeId right) {
  const std::uint32_t depth = std::max(nodes_[left.value].depth, nodes_[right.value].depth);
  left = raised(left, depth);
  return multiplied(left, raised(right, depth));
}

NodeId Graph::last_product(NodeId left, NodeId right) {
  return multiplied(left, right);
}

NodeId Graph::reduced(std::vector<NodeId> factors, bool last) {
  MC_CHECK(!factors.empty());
  const auto take_shallowest = [&] {
    const auto shallowest = std::min_element(factors.begin(), factors.end(), [&](NodeId a, NodeId b) {
      return nodes_[a.value].depth < nodes_[b.value].depth;
    });
    const NodeId id = *shallowest;
    factors.erase(shallowest);
    return id;
  };
  while (factors.size() > 1) {
    const NodeId left = take_shallowest();
    const NodeId right = take_shallowest();
    const bool is_last = last && factors.empty();
    factors.push_back(is_last ? last_product(left, right) : product(left, right));
  }
  return factors.front();
}

NodeId Graph::balanced_product(std::vector<NodeId> factors) {
  return reduced(std::move(factors), true);
}
NodeId Graph::balanced_inner_product(std::vector<NodeId> factors) {
  return reduced(std::move(factors), false);
}

std::vector<Node> Graph::extract(std::vector<NodeId>& roots) const {
  constexpr std::uint32_t kUnplaced = 0xffffffff;
  std::vector<std::uint32_t> place(nodes_.size(), kUnplaced);
  std::vector<Node> result;
  const auto children_of = [&](const Node& node) {
    std::vector<NodeId> children;
    if (node.kind == NodeKind::kAlign || node.kind == NodeKind::kProduct) children.push_back(node.left);
    if (node.kind == NodeKind::kProduct) children.push_back(node.right);
    for (const Term& term : node.terms) children.push_back(term.node);
    return children;
  };
  // Depth first, so that a feature stands just before its first use and registers live shortly.
  const auto visit = [&](const auto& self, NodeId id) -> void {
    if (place[id.value] != kUnplaced) return;
    for (const NodeId child : children_of(nodes_[id.value])) self(self, child);
    Node node = nodes_[id.value];
    const auto placed = [&](NodeId child) { return NodeId(place[child.value]); };
    if (node.kind == NodeKind::kAlign || node.kind == NodeKind::kProduct) node.left = placed(node.left);
    if (node.kind == NodeKind::kProduct) node.right = placed(node.right);
    for (Term& term : node.terms) term.node = placed(term.node);
    if (node.kind == NodeKind::kProduct && node.right < node.left) std::swap(node.left, node.right);
    std::sort(node.terms.begin(), node.terms.end(), [](const Term& a, const Term& b) { return a.node < b.node; });
    place[id.value] = static_cast<std::uint32_t>(result.size());
    result.push_back(std::move(node));
  };
  for (NodeId& root : roots) {
    visit(visit, root);
    root = NodeId(place[root.value]);
  }
  return result;
}

}  // namespace mc::query
