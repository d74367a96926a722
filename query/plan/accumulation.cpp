// SPDX-License-Identifier: Apache-2.0
#include "query/plan/accumulation.hpp"

namespace mc::query {

Accumulation accumulation_of(const Plan& plan) {
  const std::size_t count = plan.nodes.size();
  Accumulation result{
      {}, std::vector<bool>(count, false), std::vector<bool>(count, false), std::vector<bool>(count, false)};
  // Parents stand after children: one pass downwards marks everything that feeds a product.
  for (std::size_t i = count; i-- > 0;) {
    const Node& node = plan.nodes[i];
    if (node.kind == NodeKind::kProduct) {
      result.inner[node.left.value] = true;
      result.inner[node.right.value] = true;
    }
    if (!result.inner[i]) continue;
    if (node.kind == NodeKind::kAlign) result.inner[node.left.value] = true;
    for (const Term& term : node.terms) result.inner[term.node.value] = true;
  }
  std::vector<bool> combined(count, false);  // reached through a combination that is formed at the end
  std::vector<NodeId> queue;
  for (const NodeId root : plan.moments) queue.push_back(root);
  while (!queue.empty()) {
    const NodeId id = queue.back();
    queue.pop_back();
    const Node& node = plan.node(id);
    const bool is_combination = node.kind == NodeKind::kLinear || node.kind == NodeKind::kAlign;
    if (!is_combination || result.inner[id.value]) {
      result.is_summed[id.value] = true;
      continue;
    }
    const auto descend = [&](NodeId child) {
      if (combined[child.value]) return;
      combined[child.value] = true;
      queue.push_back(child);
    };
    if (node.kind == NodeKind::kAlign) descend(node.left);
    for (const Term& term : node.terms) descend(term.node);
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!result.is_summed[i]) continue;
    result.summed.push_back(NodeId(i));
    result.standalone[i] = !combined[i];
  }
  return result;
}

}  // namespace mc::query
