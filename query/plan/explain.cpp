// SPDX-License-Identifier: Apache-2.0
#include "query/plan/explain.hpp"

#include <algorithm>
#include <span>

#include "data/record/number.hpp"
#include "query/bind/cells.hpp"
#include "query/plan/accumulation.hpp"

namespace mc::query {
namespace {

std::string sum_name(MomentId id) {
  return id == kZeroMoment ? "0" : "S" + std::to_string(id.value);
}

/// Appends the formula of a node. Shared nodes are written wherever they stand, so the text of a plan from elsewhere
/// could be far longer than the plan: past kFormulaBytesMax it ends in "...".
void append_node(const Plan& plan, NodeId id, std::string& text) {
  constexpr std::size_t kFormulaBytesMax = 8 * 1024;
  if (text.size() > kFormulaBytesMax) {
    if (!text.ends_with("...")) text += "...";
    return;
  }
  const Node& node = plan.node(id);
  switch (node.kind) {
    case NodeKind::kFeature:
      text += node.handle;
      return;
    case NodeKind::kAlign:
      return append_node(plan, node.left, text);
    case NodeKind::kProduct:
      text += "(";
      append_node(plan, node.left, text);
      text += " * ";
      append_node(plan, node.right, text);
      text += ")";
      return;
    case NodeKind::kLinear:
      break;
  }
  // What is added first, then what is taken away.
  std::vector<Term> terms = node.terms;
  std::stable_partition(terms.begin(), terms.end(), [](const Term& term) { return term.coefficient > 0; });
  text += "(";
  for (std::size_t i = 0; i < terms.size() && text.size() <= kFormulaBytesMax; ++i) {
    const std::int64_t coefficient = terms[i].coefficient;
    text += coefficient < 0 ? (i == 0 ? "-" : " - ") : (i == 0 ? "" : " + ");
    if (std::abs(coefficient) != 1) text += std::to_string(std::abs(coefficient)) + " * ";
    append_node(plan, terms[i].node, text);
  }
  text += ")";
}

/// "50 + 50 * m" for a mean of standardised values m.
std::string affine_text(const Affine& affine, const std::string& mean) {
  if (affine.centre == 0 && affine.half_width == 1) return mean;
  return data::number_text(affine.centre) + " + " + data::number_text(affine.half_width) + " * " + mean;
}

std::string factor_text(double factor) {
  return factor == 1 ? "" : data::number_text(factor) + " * ";
}

std::string spread_text(const std::string& xy, const std::string& x, const std::string& y, const std::string& n) {
  return "(" + xy + " - " + x + " * " + y + " / " + n + ")";
}

/// What a statistic of standardised sums over one stratum is.
std::string moment_formula(const PlanItem& item, const CellMoments& cell) {
  const std::string n = sum_name(cell.n);
  const std::string x = sum_name(cell.x1);
  const std::string y = sum_name(cell.y1);
  const double hx = item.x.half_width;
  const double hy = item.y.half_width;
  if (cell.n == kZeroMoment) return "NULL";
  switch (item.statistic) {
    case Statistic::kSum:
      if (item.x.centre == 0) return factor_text(hx) + x;
      return data::number_text(item.x.centre) + " * " + n + " + " + factor_text(hx) + x;
    case Statistic::kAverage:
      return affine_text(item.x, x + " / " + n);
    case Statistic::kVariance:
      return factor_text(hx * hx) + spread_text(sum_name(cell.x2), x, x, n) + " / (" + n + " - 1)";
    case Statistic::kDeviation:
      return factor_text(hx) + "sqrt(" + spread_text(sum_name(cell.x2), x, x, n) + " / (" + n + " - 1))";
    case Statistic::kCovariance:
      return factor_text(hx * hy) + spread_text(sum_name(cell.xy), x, y, n) + " / (" + n + " - 1)";
    case Statistic::kCorrelation:
      return spread_text(sum_name(cell.xy), x, y, n) + " / sqrt(" + spread_text(sum_name(cell.x2), x, x, n) + " * " +
             spread_text(sum_name(cell.y2), y, y, n) + ")";
    default:
      break;
  }
  MC_CHECK(false && "every statistic of sums has a formula");
}

/// "S1 in [0,40), S2 in [40,80]".
std::string bins_text(const PlanItem& item, std::span<const CellMoments> cells) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    text += (i == 0 ? "" : ", ") + sum_name(cells[i].n) + " in " + bin_name(item.breaks, i);
  }
  return text;
}

std::string counts_text(std::span<const CellMoments> cells) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) text += (i == 0 ? "" : ", ") + sum_name(cells[i].n);
  return text;
}

/// One formula per column of the item.
std::vector<std::string> formulas_of(const PlanItem& item, std::span<const CellMoments> cells, const std::string& key) {
  switch (item.statistic) {
    case Statistic::kKey:
      return {key};
    case Statistic::kCountRows:
    case Statistic::kCount:
      return {sum_name(cells.front().n)};
    case Statistic::kCountDistinct:
      return {"how many of " + counts_text(cells) + " are not 0"};
    case Statistic::kHistogram: {
      std::vector<std::string> counts;
      for (const CellMoments& bin : cells) counts.push_back(sum_name(bin.n));
      return counts;
    }
    case Statistic::kQuantile:
    case Statistic::kMedian:
      return {"quantile " + data::number_text(item.parameter) +
                  " (R type 7) of persons spread evenly in each bin: " + bins_text(item, cells),
              "width of the bins that hold it: the records' own quantile is not farther away"};
    default:
      return {moment_formula(item, cells.front())};
  }
}

std::string key_text(const GroupKey& key) {
  if (const auto* number = std::get_if<std::int64_t>(&key)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&key)) return "'" + *text + "'";
  return "NULL";
}

std::string group_text(const Plan& plan, const PlanGroup& group) {
  std::string text;
  for (std::size_t i = 0; i < group.keys.size(); ++i) {
    text += (i == 0 ? "" : ", ") + plan.group_columns[i] + " = " + key_text(group.keys[i]);
  }
  return text;
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string answer_text(const Plan& plan) {
  std::string text = "answer\n";
  for (const PlanGroup& group : plan.groups) {
    std::string indent = "  ";
    if (!group.keys.empty()) {
      text += "  group " + group_text(plan, group) +
              (is_always_shown(plan, group) ? ", whose count is " + sum_name(group.n)
                                            : ", printed when its count " + sum_name(group.n) + " is not 0") +
              "\n";
      indent = "    ";
    }
    std::size_t first = 0;
    for (const PlanItem& item : plan.items) {
      const std::string key = item.statistic == Statistic::kKey ? key_text(group.keys[item.key]) : "";
      const auto formulas = formulas_of(item, std::span(group.cells).subspan(first, item.strata), key);
      for (std::size_t i = 0; i < formulas.size(); ++i) text += indent + item.names[i] + " = " + formulas[i] + "\n";
      first += item.strata;
    }
  }
  const std::string n = plan.group_columns.empty() ? sum_name(plan.groups.front().n) : "the sum of the groups' counts";
  return text + "  n = " + n + ", the persons who match WHERE\n" +
         "  division and square root happen after opening, on the released sums only\n";
}

}  // namespace

PlanCost cost_of(const Plan& plan) {
  PlanCost cost;
  std::vector<std::size_t> factors(plan.nodes.size(), 1);
  const Accumulation accumulation = accumulation_of(plan);
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const Node& node = plan.nodes[i];
    if (node.kind == NodeKind::kFeature) ++cost.features;
    if (node.kind == NodeKind::kAlign) factors[i] = factors[node.left.value];
    for (const Term& term : node.terms) factors[i] = std::max(factors[i], factors[term.node.value]);
    cost.factors_max = std::max(cost.factors_max, factors[i]);
    if (node.kind != NodeKind::kProduct) continue;
    factors[i] = factors[node.left.value] + factors[node.right.value];
    cost.factors_max = std::max(cost.factors_max, factors[i]);
    ++cost.products_per_block;
    if (accumulation.inner[i]) ++cost.relinearisations_per_block;
  }
  for (const NodeId id : accumulation.summed) {
    if (plan.node(id).kind == NodeKind::kProduct && !accumulation.inner[id.value]) ++cost.relinearisations_at_end;
  }
  return cost;
}

std::string node_text(const Plan& plan, NodeId id) {
  std::string text;
  append_node(plan, id, text);
  return text;
}

std::string explain(const Plan& plan, const LimbBudget& budget) {
  const PlanCost cost = cost_of(plan);
  std::string text = plan.sql + "\n";
  text += "plan " + plan_hash(plan).hex() + "\n";
  text += "data set " + plan.dataset + ", schema " + plan.schema_hash.hex().substr(0, 16) + ", profile " +
          plan.profile + "\n";
  text += "released to the requester: " + counted(plan.moments.size(), "sum", "sums") +
          " over consenting persons, in " + counted(plan.polynomial_count(), "polynomial", "polynomials") + "\n";
  for (std::size_t i = 0; i < plan.moments.size(); ++i) {
    text += "  S" + std::to_string(i) + " = sum of " + node_text(plan, plan.moments[i]) + "\n";
  }
  text += answer_text(plan);
  const std::uint32_t used = budget.mask + budget.product * plan.depth + budget.release;
  text += "depth\n  " + counted(plan.depth, "product", "products") + " in sequence (" +
          counted(cost.factors_max, "factor", "factors") + "), " + plan.profile + " allows " +
          std::to_string(budget.depth_max()) + "\n";
  text += "  limbs: mask " + std::to_string(budget.mask) + " + products " +
          std::to_string(budget.product * plan.depth) + " + release " + std::to_string(budget.release) + " = " +
          std::to_string(used) + " of " + std::to_string(budget.limbs) + "\n";
  text += "cost\n  per owner and block: " + counted(cost.features, "feature", "features") + " read and masked\n";
  text += "  per block: " + counted(cost.products_per_block, "product", "products") + ", " +
          counted(cost.relinearisations_per_block, "relinearisation", "relinearisations") + "\n";
  text += "  at the end: " + counted(cost.relinearisations_at_end, "relinearisation", "relinearisations") +
          "; rotations: 0\n";
  return text;
}

}  // namespace mc::query
