// SPDX-License-Identifier: Apache-2.0
#include "query/plan/deep_products.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace mc::query {
namespace {

/// No column of a dictionary has features like product/0: they end in "value", "valid", or a category or edge.
constexpr std::string_view kPrefix = "product/";

}  // namespace

bool is_product_handle(std::string_view handle) {
  if (!handle.starts_with(kPrefix) || handle.size() == kPrefix.size()) return false;
  return std::ranges::all_of(handle.substr(kPrefix.size()), [](char c) { return '0' <= c && c <= '9'; });
}

bool DeepProducts::too_deep(const std::vector<NodeId>& factors) const {
  std::multiset<std::uint32_t> depths;
  for (const NodeId id : factors) depths.insert(graph_.node(id).depth);
  while (depths.size() > 1) {  // as Graph::balanced_product goes
    depths.erase(depths.begin());
    const std::uint32_t larger = *depths.begin();
    depths.erase(depths.begin());
    depths.insert(larger + 1);
  }
  return !depths.empty() && *depths.begin() > depth_max_;
}

std::vector<NodeId> DeepProducts::fitted(std::vector<NodeId> factors) {
  const auto is_shallower = [&](NodeId a, NodeId b) { return graph_.node(a).depth < graph_.node(b).depth; };
  while (too_deep(factors)) {
    const auto deepest = std::ranges::max_element(factors, is_shallower);
    if (graph_.node(*deepest).depth > 0) {
      *deepest = flat(*deepest);
      continue;
    }
    const std::size_t room = std::size_t{1} << depth_max_;
    const auto rest = factors.begin() + static_cast<std::ptrdiff_t>(factors.size() - (room - 1));
    NodeId first = factors.front();
    for (auto factor = std::next(factors.begin()); factor != rest; ++factor) first = multiplied(first, *factor);
    factors.erase(factors.begin(), rest);
    factors.insert(factors.begin(), first);
  }
  return factors;
}

std::vector<PlanComputed> DeepProducts::columns(std::span<const std::string> handles) const {
  std::vector<std::string> wanted(handles.begin(), handles.end());
  std::vector<PlanComputed> result;
  for (std::size_t i = columns_.size(); i-- > 0;) {
    if (std::ranges::find(wanted, columns_[i].handle) == wanted.end()) continue;
    add_features_of(columns_[i], wanted);
    result.push_back(columns_[i]);
  }
  std::ranges::reverse(result);
  return result;
}

NodeId DeepProducts::multiplied(NodeId left, NodeId right) {
  const auto known = products_.find({left, right});
  if (known != products_.end()) return known->second;
  const NodeId product = made({"", {{column_of(left), column_of(right)}}, {}}, is_signed(left) || is_signed(right));
  products_.emplace(std::pair(left, right), product);
  return product;
}

/// A node's value without the products below it: itself, or a column that is computed.
NodeId DeepProducts::flat(NodeId id) {
  const Node node = graph_.node(id);  // a copy: making columns adds nodes
  if (node.depth == 0) return id;
  if (node.kind == NodeKind::kAlign) return flat(node.left);
  if (node.kind == NodeKind::kProduct) {
    const NodeId left = flat(node.left);
    return multiplied(left, flat(node.right));
  }
  if (const auto known = flat_.find(id); known != flat_.end()) return known->second;
  PlanComputed column;
  bool has_sign = false;
  const auto add = [](const FeatureColumn& part, std::int32_t times, FeatureColumn& sum) {
    for (const WeightedFeature& feature : part) sum.push_back({feature.factor * times, feature.handle});
  };
  for (const Term& term : node.terms) {
    NodeId part = term.node;
    while (graph_.node(part).kind == NodeKind::kAlign) part = graph_.node(part).left;
    const Node inner = graph_.node(part);
    has_sign = has_sign || is_signed(part);
    if (inner.kind != NodeKind::kProduct) {
      add(column_of(flat(part)), term.coefficient, column.sum);
      continue;
    }
    const NodeId left = flat(inner.left);
    PlanComputed::Product product;
    add(column_of(left), term.coefficient, product.left);
    product.right = column_of(flat(inner.right));
    column.products.push_back(std::move(product));
  }
  return flat_.emplace(id, made(std::move(column), has_sign)).first->second;
}

NodeId DeepProducts::made(PlanComputed column, bool is_signed) {
  column.handle = std::string(kPrefix) + std::to_string(columns_.size());
  const NodeId feature = graph_.feature(column.handle, is_signed);
  columns_.push_back(std::move(column));
  return feature;
}

/// Of a feature or a combination of features.
FeatureColumn DeepProducts::column_of(NodeId id) const {
  const Node& node = graph_.node(id);
  if (node.kind == NodeKind::kFeature) return {{1, node.handle}};
  FeatureColumn column;
  for (const Term& term : node.terms) {
    column.push_back({static_cast<double>(term.coefficient), graph_.node(term.node).handle});
  }
  return column;
}

bool DeepProducts::is_signed(NodeId id) const {
  const Node& node = graph_.node(id);
  switch (node.kind) {
    case NodeKind::kFeature:
      return node.is_signed;
    case NodeKind::kAlign:
      return is_signed(node.left);
    case NodeKind::kProduct:
      return is_signed(node.left) || is_signed(node.right);
    case NodeKind::kLinear:
      break;
  }
  return std::ranges::any_of(node.terms, [&](const Term& term) { return is_signed(term.node); });
}

}  // namespace mc::query
