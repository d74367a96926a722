// SPDX-License-Identifier: Apache-2.0
#include "query/plan/factors.hpp"

#include <algorithm>

#include "data/packing/feature.hpp"
#include "query/plan/indicator.hpp"

namespace mc::query {
namespace {

bool exclude_each_other(const CellMap& a, const CellMap& b) {
  return std::any_of(a.begin(), a.end(), [&](const auto& entry) {
    const auto other = b.find(entry.first);
    return other != b.end() && entry.second.disjoint_from(other->second);
  });
}

}  // namespace

std::optional<std::vector<NodeId>> Factors::of(std::vector<Condition> conditions,
                                               const std::vector<std::uint32_t>& valid,
                                               const std::vector<std::uint32_t>& values) {
  std::vector<std::uint32_t> factors;
  for (const std::uint32_t column : values) {
    const Domain& domain = domains_[column];
    CellSet cells = domain.values();
    if (domain.kind == Domain::Kind::kBinary) {
      // A 0/1 value is its own indicator: multiplying by it, once or twice, is asking for 1.
      cells = CellSet(domain.value_cells);
      cells.insert(1);
    } else {
      factors.push_back(column);
    }
    conditions.push_back(Condition::of_cells(domain, std::move(cells)));
  }
  for (const std::uint32_t column : valid) {
    conditions.push_back(Condition::of_cells(domains_[column], domains_[column].values()));
  }
  const auto conjunction = conjunction_of(conditions, domains_);
  if (!conjunction) return std::nullopt;
  return factors_of(*conjunction, factors);
}

Factors::Turn Factors::turn_of(std::uint32_t column) const {
  if (!shared_columns_.contains(column)) return Turn::kOthers;
  return std::ranges::find(groups_, column) == groups_.end() ? Turn::kWhere : Turn::kGroups;
}

/// First the indicators that every sum of the group has, so that their products are shared, then the others, then
/// values; `present` only when nothing else is left.
std::vector<NodeId> Factors::factors_of(const Conjunction& conjunction, const std::vector<std::uint32_t>& values) {
  std::vector<NodeId> factors;
  for (const Turn turn : {Turn::kWhere, Turn::kGroups, Turn::kOthers}) {
    for (const auto& [column, cells] : conjunction.cells) {
      if (turn_of(column) != turn) continue;
      const Domain& domain = domains_[column];
      const bool has_value = std::find(values.begin(), values.end(), column) != values.end();
      // value(x) is 0 where x is missing, so valid(x) changes nothing next to it.
      if (has_value && domain.values().subset_of(cells) && !(turn != Turn::kOthers && keeps_shared_)) continue;
      factors.push_back(indicator(domain, cells));
    }
  }
  for (const Condition& alternative : conjunction.alternatives) {
    const NodeId node = any_node(alternative);
    if (std::find(factors.begin(), factors.end(), node) == factors.end()) factors.push_back(node);
  }
  for (const std::uint32_t column : values) {
    factors.push_back(graph_.feature(data::handle(schema_, {data::FeatureKind::kValue, column, 0}), true));
  }
  if (factors.empty()) factors.push_back(present());
  return factors;
}

NodeId Factors::present() {
  return graph_.feature(data::handle(schema_, data::Feature{}), false);
}

NodeId Factors::indicator(const Domain& domain, const CellSet& cells) {
  std::vector<Term> terms;
  for (const auto& [feature, coefficient] : indicator_of(domain, schema_, cells)) {
    terms.push_back({coefficient, graph_.feature(handle_of(domain, schema_, feature), false)});
  }
  return graph_.linear(terms);
}

/// 1 - x.
NodeId Factors::complement(NodeId node) {
  return graph_.linear({{1, present()}, {-1, node}});
}

/// OR. Alternatives that exclude each other add up without a product; the rest is 1 - (1-a)(1-b)….
NodeId Factors::any_node(const Condition& any) {
  struct Cluster {
    std::vector<CellMap> cells;
    std::vector<Term> terms;
    std::optional<NodeId> outside;  // set while the cluster is one cell set: its complement needs no `present`
  };
  std::vector<Cluster> clusters;
  for (const Condition& part : any.parts) {
    const auto conjunction = conjunction_of({part}, domains_);
    if (!conjunction) continue;
    const CellMap cells = necessary_cells(part);
    const Term term{1, graph_.balanced_inner_product(factors_of(*conjunction, {}))};
    const auto fits = [&](const Cluster& cluster) {
      return std::all_of(cluster.cells.begin(), cluster.cells.end(),
                         [&](const CellMap& other) { return exclude_each_other(cells, other); });
    };
    const auto found = std::find_if(clusters.begin(), clusters.end(), fits);
    if (found == clusters.end()) {
      clusters.push_back({{cells}, {term}, outside_of(part)});
      continue;
    }
    found->cells.push_back(cells);
    found->terms.push_back(term);
    found->outside.reset();
  }
  MC_CHECK(!clusters.empty());
  if (clusters.size() == 1) return graph_.linear(clusters.front().terms);
  std::vector<NodeId> outsides;
  for (const Cluster& cluster : clusters) {
    outsides.push_back(cluster.outside ? *cluster.outside : complement(graph_.linear(cluster.terms)));
  }
  return complement(graph_.balanced_inner_product(std::move(outsides)));
}

std::optional<NodeId> Factors::outside_of(const Condition& part) {
  if (part.kind != Condition::Kind::kCells) return std::nullopt;
  const Domain& domain = domains_[part.column];
  return indicator(domain, domain.everything() - part.cells);
}

}  // namespace mc::query
