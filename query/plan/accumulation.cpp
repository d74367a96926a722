// SPDX-License-Identifier: Apache-2.0
#include "query/plan/accumulation.hpp"

#include <algorithm>
#include <map>

namespace mc::query {
namespace {

/// A product that is summed as it is, without a key switch in any block.
bool is_last_product(const Plan& plan, const Accumulation& accumulation, std::size_t i) {
  return plan.nodes[i].kind == NodeKind::kProduct && accumulation.is_summed[i] && !accumulation.inner[i];
}

/// What a last product with a feature multiplies it by, where it is summed, and the product's place.
struct Use {
  NodeId factor;
  bool standalone = false;
  NodeId product;
  friend auto operator<=>(const Use&, const Use&) = default;
};

/// A feature that owners seal, or a sum of multiples of such.
bool is_of_sealed(const Plan& plan, const Node& node) {
  // A number of the researcher's is brought to its scale by a mask of its own.
  if (node.kind == NodeKind::kFeature) return plan.parameters.find(node.handle) == nullptr;
  return node.kind == NodeKind::kLinear && std::ranges::all_of(node.terms, [&](const Term& term) {
           const Node& part = plan.node(term.node);
           return part.kind == NodeKind::kFeature && is_of_sealed(plan, part);
         });
}

/// Per node: its uses, where it is of sealed features and nothing but last products reads it. Otherwise empty.
std::vector<std::vector<Use>> uses_in_last_products(const Plan& plan, const Accumulation& accumulation) {
  std::vector<std::vector<Use>> uses(plan.nodes.size());
  std::vector<bool> has_others(plan.nodes.size(), false);
  for (std::uint32_t i = 0; i < plan.nodes.size(); ++i) {
    const Node& node = plan.nodes[i];
    for (const Term& term : node.terms) has_others[term.node.value] = true;
    if (node.kind == NodeKind::kAlign) has_others[node.left.value] = true;
    if (!is_of_sealed(plan, node) || accumulation.is_summed[i]) has_others[i] = true;
    if (node.kind != NodeKind::kProduct) continue;
    if (is_last_product(plan, accumulation, i) && node.left != node.right) {
      uses[node.left.value].push_back({node.right, accumulation.standalone[i], NodeId(i)});
      uses[node.right.value].push_back({node.left, accumulation.standalone[i], NodeId(i)});
    } else {
      has_others[node.left.value] = has_others[node.right.value] = true;
    }
  }
  for (std::size_t i = 0; i < uses.size(); ++i) {
    if (has_others[i]) uses[i].clear();
    std::ranges::sort(uses[i]);
  }
  return uses;
}

/// Neighbours among the features that have the same factors become pairs, and so do neighbours among combinations. A
/// factor is never of a pair itself: it has to be real.
void pair_features(const Plan& plan, Accumulation& result) {
  const std::vector<std::vector<Use>> uses = uses_in_last_products(plan, result);
  std::vector<bool> is_factor(plan.nodes.size(), false), is_paired(plan.nodes.size(), false);
  using Factors = std::vector<std::pair<NodeId, bool>>;
  std::map<std::pair<NodeKind, Factors>, std::uint32_t> waiting;  // one without a partner
  for (std::uint32_t i = 0; i < plan.nodes.size(); ++i) {
    Factors factors;
    for (const Use& use : uses[i]) factors.emplace_back(use.factor, use.standalone);
    const auto of_pair = [&](const auto& factor) { return is_paired[factor.first.value]; };
    if (factors.empty() || is_factor[i] || std::ranges::any_of(factors, of_pair)) continue;
    const NodeKind kind = plan.nodes[i].kind;
    const auto [found, is_first] = waiting.try_emplace({kind, factors}, i);
    if (is_first) continue;
    const std::uint32_t other = found->second;
    waiting.erase(found);
    // Meanwhile it may have become a factor of another pair.
    if (is_factor[other]) continue;
    is_paired[other] = is_paired[i] = true;
    for (const auto& [factor, standalone] : factors) is_factor[factor.value] = true;
    // Both features are loaded where the first stands; what a combination needs is there where the second stands.
    const auto [real, imaginary] = kind == NodeKind::kFeature ? std::pair(other, i) : std::pair(i, other);
    result.imaginary[real] = NodeId(imaginary);
    result.beside[real] = NodeId(imaginary);
    result.beside[imaginary] = NodeId(real);
    for (std::size_t k = 0; k < factors.size(); ++k) {
      result.real[uses[imaginary][k].product.value] = uses[real][k].product;
    }
  }
}

}  // namespace

Accumulation accumulation_of(const Plan& plan) {
  const std::size_t count = plan.nodes.size();
  Accumulation result;
  result.inner.assign(count, false);
  result.is_summed.assign(count, false);
  result.standalone.assign(count, false);
  result.imaginary.assign(count, kNoNode);
  result.real.assign(count, kNoNode);
  result.beside.assign(count, kNoNode);
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
  for (std::uint32_t i = 0; i < count; ++i) result.standalone[i] = result.is_summed[i] && !combined[i];
  pair_features(plan, result);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (result.is_summed[i] && result.real[i] == kNoNode) result.summed.push_back(NodeId(i));
  }
  return result;
}

std::vector<NodeId> factors_first(const Plan& plan) {
  const auto turn_of = [](const Node& node) {
    if (node.kind == NodeKind::kFeature) return 0;
    return node.kind == NodeKind::kLinear && node.depth == 0 ? 1 : 2;
  };
  std::vector<NodeId> order;
  for (std::uint32_t i = 0; i < plan.nodes.size(); ++i) order.emplace_back(i);
  std::ranges::stable_sort(order, {}, [&](NodeId id) { return turn_of(plan.node(id)); });
  return order;
}

}  // namespace mc::query
