// SPDX-License-Identifier: Apache-2.0
#include "query/plan/sealed_terms.hpp"

#include "base/check.hpp"

namespace mc::query {

/// A factor x'_k is 0 where x_k is missing, and says so of its own column only; the others' presence is asked for.
std::optional<NodeId> SealedTerms::weighted(const SealedSum& sum, const std::vector<Condition>& conditions,
                                            std::optional<NodeId> chosen) {
  std::vector<Term> terms;
  for (const SealedSum::Part& part : sum.parts) {
    std::vector<Condition> where = conditions;
    std::vector<std::uint32_t> values;
    for (const auto& [column, power] : part.monomial.powers) values.insert(values.end(), power, column);
    for (const auto& [column, cells] : part.monomial.cells) {
      where.push_back(Condition::of_cells(query_.domains[column], cells));
    }
    auto factors = factors_.of(std::move(where), sum.complete, values);
    if (!factors) continue;
    std::vector<Term> sealed;
    for (const auto& [parameter, factor] : part.weights) sealed.push_back({1, feature(parameter, 0, factor)});
    factors->push_back(graph_.linear(sealed));
    if (chosen) factors->push_back(*chosen);
    terms.push_back({1, graph_.balanced_inner_product(std::move(*factors))});
  }
  if (terms.empty()) return std::nullopt;
  return graph_.linear(terms);
}

std::vector<CellSet> SealedTerms::chosen_among() const {
  MC_CHECK(query_.criterion.has_value());
  const BoundParameter& list = query_.parameters[*query_.criterion];
  const Domain& domain = query_.domains[list.column];
  if (list.threshold) return threshold_bins(domain, schema_).value_or_stop().cells;
  std::vector<CellSet> categories;
  for (std::size_t i = 0; i < domain.value_cells; ++i) categories.emplace_back(domain.value_cells).insert(i);
  return categories;
}

std::vector<Condition> SealedTerms::choices() const {
  std::vector<Condition> conditions;
  for (CellSet& cells : chosen_among()) {
    conditions.push_back(
        Condition::of_cells(query_.domains[query_.parameters[*query_.criterion].column], std::move(cells)));
  }
  return conditions;
}

NodeId SealedTerms::chosen() {
  const std::vector<CellSet> among = chosen_among();
  const Domain& domain = query_.domains[query_.parameters[*query_.criterion].column];
  std::vector<Term> terms;
  for (std::uint32_t i = 0; i < among.size(); ++i) {
    const NodeId in_it = factors_.indicator(domain, among[i]);
    terms.push_back({1, graph_.balanced_inner_product({feature(*query_.criterion, i, 1), in_it})});
  }
  return graph_.linear(terms);
}

PlanParameter SealedTerms::plan_parameter(const BoundParameter& bound) const {
  if (!bound.is_list) return {bound.name, ParameterKind::kWeight, {}};
  if (bound.threshold) {
    const ThresholdBins bins = threshold_bins(query_.domains[bound.column], schema_).value_or_stop();
    return {bound.name, ParameterKind::kThreshold, bins.names, *bound.threshold};
  }
  return {bound.name, ParameterKind::kList, schema_.columns[bound.column].categories};
}

NodeId SealedTerms::feature(std::uint32_t parameter, std::uint32_t number, double factor) {
  const PlanParameter planned = plan_parameter(query_.parameters[parameter]);
  std::string handle = parameter_handle(planned, number, factor);
  const NodeId node = graph_.feature(handle, planned.kind == ParameterKind::kWeight);
  features_.try_emplace(handle, ParameterFeature{handle, parameter, number, factor});
  return node;
}

PlanParameters SealedTerms::parameters(std::span<const std::string> read) const {
  PlanParameters parameters;
  for (const BoundParameter& bound : query_.parameters) parameters.list.push_back(plan_parameter(bound));
  for (const std::string& handle : read) {
    if (const auto found = features_.find(handle); found != features_.end()) {
      parameters.features.push_back(found->second);
    }
  }
  parameters.criterion = query_.criterion;
  return parameters;
}

}  // namespace mc::query
