// SPDX-License-Identifier: Apache-2.0
#include "query/plan/explain.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "data/record/number.hpp"
#include "query/bind/cells.hpp"
#include "query/bind/parameters.hpp"
#include "query/plan/accumulation.hpp"
#include "query/plan/explain_scores.hpp"

namespace mc::query {
namespace {

/// Of the released sums as many are written out; a survival table has thousands that differ in their time only.
constexpr std::size_t kSumsShownMax = 256;

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
  if (cell.n == kZeroMoment) return "NULL";
  const std::string n = sum_name(cell.n);
  const std::string x = sum_name(cell.x1);
  const std::string y = sum_name(cell.y1);
  const double hx = item.x.half_width;
  const double hy = item.y.half_width;
  const std::string xx = spread_text(sum_name(cell.x2), x, x, n);
  const std::string yy = spread_text(sum_name(cell.y2), y, y, n);
  const std::string xy = spread_text(sum_name(cell.xy), x, y, n);
  const std::string slope = factor_text(hy / hx) + xy + " / " + xx;
  switch (item.statistic) {
    case Statistic::kSum:
      if (item.x.centre == 0) return factor_text(hx) + x;
      return data::number_text(item.x.centre) + " * " + n + " + " + factor_text(hx) + x;
    case Statistic::kAverage:
    case Statistic::kRegrAvgX:
      return affine_text(item.x, x + " / " + n);
    case Statistic::kRegrAvgY:
      return affine_text(item.y, y + " / " + n);
    case Statistic::kVariance:
      return factor_text(hx * hx) + xx + " / (" + n + " - 1)";
    case Statistic::kDeviation:
      return factor_text(hx) + "sqrt(" + xx + " / (" + n + " - 1))";
    case Statistic::kCovariance:
      return factor_text(hx * hy) + xy + " / (" + n + " - 1)";
    case Statistic::kCorrelation:
      return xy + " / sqrt(" + xx + " * " + yy + ")";
    case Statistic::kVariancePop:
      return factor_text(hx * hx) + xx + " / " + n;
    case Statistic::kDeviationPop:
      return factor_text(hx) + "sqrt(" + xx + " / " + n + ")";
    case Statistic::kCovariancePop:
      return factor_text(hx * hy) + xy + " / " + n;
    case Statistic::kRegrSlope:
      return slope;
    case Statistic::kRegrIntercept:
      return affine_text(item.y, y + " / " + n) + " - " + slope + " * (" + affine_text(item.x, x + " / " + n) + ")";
    case Statistic::kRegrR2:
      return xy + "^2 / (" + xx + " * " + yy + ")";
    case Statistic::kRegrSxx:
      return factor_text(hx * hx) + xx;
    case Statistic::kRegrSyy:
      return factor_text(hy * hy) + yy;
    case Statistic::kRegrSxy:
      return factor_text(hx * hy) + xy;
    default:
      break;
  }
  MC_CHECK(false && "every statistic of sums has a formula");
}

/// "S1 in [0,40), S2 in [40,80]".
std::string bins_text(const PlanItem& item, std::span<const CellMoments> cells) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    text += (i == 0 ? "" : ", ") + sum_name(cells[i].n) + (are_numbers(item.breaks) ? " have " : " in ") +
            bin_name(item.breaks, i);
  }
  return text;
}

std::string counts_text(std::span<const CellMoments> cells) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) text += (i == 0 ? "" : ", ") + sum_name(cells[i].n);
  return text;
}

std::vector<std::string> chi_square_formulas(const PlanItem& item, std::span<const CellMoments> cells) {
  const std::size_t columns = item.strata / item.rows;
  std::string table;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    table += (i == 0 ? "" : i % columns == 0 ? "; " : ", ") + sum_name(cells[i].n);
  }
  std::vector<std::string> texts{item.parameter == 1 ? "sum of (O - E)^2 / E over what occurs of the table " + table
                                                     : "sum of (|O - E| - c)^2 / E over what occurs of the table " +
                                                           table + ", c Yates' correction if that is 2 x 2, else 0",
                                 "(rows - 1) * (columns - 1), of those that occur", "upper tail of chi-squared"};
  texts.resize(item.names.size(), "E, row sum * column sum / total");
  return texts;
}

std::vector<std::string> odds_ratio_formulas(std::span<const CellMoments> cells) {
  const std::string n[] = {sum_name(cells[0].n), sum_name(cells[1].n), sum_name(cells[2].n), sum_name(cells[3].n)};
  const std::string reach = "1.96 * sqrt(1 / " + n[0] + " + 1 / " + n[1] + " + 1 / " + n[2] + " + 1 / " + n[3] + "))";
  return {n[0] + " * " + n[3] + " / (" + n[1] + " * " + n[2] + ")", "exp(log(odds ratio) - " + reach,
          "exp(log(odds ratio) + " + reach};
}

/// Cells stand outcome by outcome: without it in both arms, then with it.
std::vector<std::string> risk_formulas(const PlanItem& item, std::span<const CellMoments> cells) {
  std::string risks[2];
  for (std::size_t arm : {0, 1}) {
    const std::string with = sum_name(cells[2 + arm].n);
    risks[arm] = with + " / (" + sum_name(cells[arm].n) + " + " + with + ")";
  }
  if (item.statistic == Statistic::kRiskDifference) {
    return {risks[1] + " - " + risks[0], "risk difference - 1.96 * its standard error (Wald)",
            "risk difference + 1.96 * its standard error (Wald)", risks[0], risks[1]};
  }
  return {"(" + risks[1] + ") / (" + risks[0] + ")", "exp(log(risk ratio) - 1.96 * its standard error (Wald))",
          "exp(log(risk ratio) + 1.96 * its standard error (Wald))", risks[0], risks[1]};
}

std::vector<std::string> t_test_formulas(const PlanItem& item, std::span<const CellMoments> cells) {
  const bool pooled = item.parameter == 1;
  const auto group = [&](const CellMoments& cell) {
    return cell.n == kZeroMoment ? "nobody" : sum_name(cell.n) + ", " + sum_name(cell.x1) + ", " + sum_name(cell.x2);
  };
  const auto mean = [&](const CellMoments& cell) {
    return cell.n == kZeroMoment ? "NULL" : affine_text(item.x, sum_name(cell.x1) + " / " + sum_name(cell.n));
  };
  return {"difference of means / its standard error, " + std::string(pooled ? "pooled" : "Welch") + ", from (" +
              group(cells[0]) + ") and (" + group(cells[1]) + ")",
          pooled ? "number of both groups - 2" : "Welch and Satterthwaite's",
          "both tails of Student's t",
          "difference of means - 97.5 % quantile * standard error",
          "difference of means + 97.5 % quantile * standard error",
          mean(cells[0]),
          mean(cells[1])};
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// "S3 to S9, S11": each sum once.
std::string ranges_text(std::span<const MomentId> sums) {
  std::vector<MomentId> once(sums.begin(), sums.end());
  std::sort(once.begin(), once.end());
  once.erase(std::unique(once.begin(), once.end()), once.end());
  std::erase(once, kZeroMoment);
  std::string text;
  for (std::size_t i = 0; i < once.size();) {
    std::size_t end = i + 1;
    while (end < once.size() && once[end].value == once[end - 1].value + 1) ++end;
    text += (text.empty() ? "" : ", ") + sum_name(once[i]);
    if (end - i > 1) text += (end - i > 2 ? " to " : ", ") + sum_name(once[end - 1]);
    i = end;
  }
  return text;
}

std::string linear_model_formula(const PlanItem& item, const CellMoments& cell, std::span<const MomentId> sums) {
  std::string terms;
  for (const std::string& term : item.model->terms) terms += (terms.empty() ? "" : ", ") + term;
  const bool tells_weightless = item.parameter == 1;
  const bool has_weightless = tells_weightless && sums.back() != kZeroMoment;
  const std::string weightless = has_weightless ? ", less the " + sum_name(sums.back()) + " of weight 0" : "";
  const std::optional<Affine>& weights = item.model->weights;
  const bool may_count_them = weights && !tells_weightless && weights->centre <= weights->half_width;
  return std::string(item.model->weights ? "weighted " : "") + (item.model->ridge > 0 ? "ridge" : "least squares") +
         " of " + item.model->formula + " over " + sum_name(cell.n) + " persons" +
         (may_count_them ? " (of weight 0, too: WHERE can leave them out)" : "") + ", from the sums of products " +
         ranges_text(tells_weightless ? sums.first(sums.size() - 1) : sums) + weightless + "; coefficients " + terms;
}

std::string survival_formula(const PlanItem& item, std::span<const MomentId> sums) {
  const PlanSurvival& survival = *item.survival;
  std::string strata;
  for (const std::string& name : survival.strata) strata += (strata.empty() ? "" : "; ") + name;
  return (item.statistic == Statistic::kCox ? "Cox's model of " : "Kaplan and Meier's table of ") + survival.formula +
         " at " + counted(survival.times.size(), "time", "times") + " from " +
         data::number_text(survival.times.front()) + " to " + data::number_text(survival.times.back()) +
         ", from each stratum's persons, and the events and censorings after the time before each: " +
         ranges_text(sums) + ", of " + strata;
}

std::string outcomes_formula(const PlanItem& item, std::span<const MomentId> sums) {
  const PlanOutcomes& outcomes = *item.outcomes;
  std::string strata, terms;
  for (const std::string& name : outcomes.strata) strata += (strata.empty() ? "" : "; ") + name;
  for (const std::string& term : outcomes.terms) terms += (terms.empty() ? "" : ", ") + term;
  return "logistic regression of " + outcomes.formula + ", from who has the outcome and who has not in " +
         counted(outcomes.strata.size(), "combination of categories", "combinations of categories") + ": " +
         ranges_text(sums) + ", of " + strata + "; coefficients " + terms;
}

/// One formula per column of the item.
std::vector<std::string> formulas_of(const PlanItem& item, std::span<const CellMoments> cells,
                                     std::span<const MomentId> sums, const std::string& key) {
  switch (item.statistic) {
    case Statistic::kKey:
      return {key};
    case Statistic::kCountRows:
    case Statistic::kCount:
    case Statistic::kRegrCount:
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
      if (are_numbers(item.breaks)) {
        return {"quantile " + data::number_text(item.parameter) + " (R type 7) of numbers: " + bins_text(item, cells),
                "0: every number is counted by itself"};
      }
      return {"quantile " + data::number_text(item.parameter) +
                  " (R type 7) of persons spread evenly in each bin: " + bins_text(item, cells),
              "width of the bins that hold it: the records' own quantile is not farther away"};
    case Statistic::kChiSquareTest:
      return chi_square_formulas(item, cells);
    case Statistic::kOddsRatio:
      return odds_ratio_formulas(cells);
    case Statistic::kRiskDifference:
    case Statistic::kRiskRatio:
      return risk_formulas(item, cells);
    case Statistic::kTTest:
      return t_test_formulas(item, cells);
    case Statistic::kAuc:
    case Statistic::kCalibration:
      return predictor_formulas(item, cells);
    case Statistic::kKaplanMeier:
    case Statistic::kCox:
      return {survival_formula(item, sums)};
    case Statistic::kLogisticRegression:
      return {outcomes_formula(item, sums)};
    case Statistic::kLinearRegression:
      return {linear_model_formula(item, cells.front(), sums)};
    default:
      return {moment_formula(item, cells.front())};
  }
}

std::string key_text(const GroupKey& key) {
  if (const auto* number = std::get_if<std::int64_t>(&key)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&key)) return "'" + *text + "'";
  return "NULL";
}

}  // namespace

std::string group_text(const Plan& plan, const PlanGroup& group) {
  std::string text;
  for (std::size_t i = 0; i < group.keys.size(); ++i) {
    text += (i == 0 ? "" : ", ") + plan.group_columns[i] + " = " + key_text(group.keys[i]);
  }
  return text;
}

namespace {

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
    std::size_t first_sum = 0;
    for (const PlanItem& item : plan.items) {
      const std::string key = item.statistic == Statistic::kKey ? key_text(group.keys[item.key]) : "";
      const auto formulas = formulas_of(item, std::span(group.cells).subspan(first, item.strata),
                                        std::span(group.sums).subspan(first_sum, item.sums), key);
      for (std::size_t i = 0; i < formulas.size(); ++i) text += indent + item.names[i] + " = " + formulas[i] + "\n";
      first += item.strata;
      first_sum += item.sums;
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
    if (accumulation.real[i] == kNoNode) ++cost.products_per_block;
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

namespace {

std::string product_text(const std::vector<FeatureColumn>& factors) {
  std::string text;
  for (const FeatureColumn& factor : factors) text += (text.empty() ? "" : " * ") + column_text(factor);
  return text.empty() ? "1" : text;
}

double bits_of(double gap) {
  return std::ceil(-std::log2(gap) * 10) / 10;
}

/// Columns that are computed by comparing, and what that costs; empty when there are none.
std::string explain_comparisons(const Plan& plan) {
  if (plan.comparisons.empty()) return "";
  std::string text = "compared under encryption, by composite cubic signs, each followed by a refresh (R14)\n";
  std::size_t most = 0;
  std::size_t polynomials = 0;
  bool proven = false;
  for (const PlanComparison& one : plan.comparisons) {
    const std::string above = one.above.empty() ? "" : column_text(one.above) + " + ";
    const std::string window = one.window.empty() ? "" : column_text(one.window) + " * ";
    text += "  " + one.handle + " = " + above + window + "(" + column_text(one.compared()) + " > " +
            data::number_text(one.middle) + "): nearest value 2^-" + data::number_text(bits_of(one.gap)) + " of " +
            (one.is_proven() ? "what proofs leave" : "the window") + " away, " +
            counted(one.stages.size(), "stage", "stages") + " of two products\n";
    most = std::max(most, refresh_count(one));
    polynomials += refresh_count(one);
    proven = proven || one.is_proven();
  }
  if (proven) text += "  no stage leaves [-1, 1], whatever an owner sealed (docs/design/0046)\n";
  text += "  refreshes: " + std::to_string(most) + " in sequence, " +
          counted(polynomials, "polynomial", "polynomials") + " per block of persons\n";
  if (plan.computed.empty()) {
    text +=
        "  a run (docs/design/0021): every custodian computes it; two of the study's releases, one for the run and one "
        "for its result" +
        std::string(proven ? "; three in a guarded commons, whose counts are judged first\n" : "\n");
  }
  return text;
}

/// What the researcher seals, and what that costs; empty when it is nothing.
std::string explain_parameters(const Plan& plan) {
  if (plan.parameters.empty()) return "";
  std::string text = "sealed by the researcher, forced by the committee to be one number for every person (R23)\n";
  for (const PlanParameter& parameter : plan.parameters.list) {
    text += "  $" + parameter.name;
    if (parameter.kind == ParameterKind::kWeight) {
      text += ": a weight from -1 to 1, in steps of 2^-" + std::to_string(kWeightBits - 2) + "\n";
      continue;
    }
    const SealedThreshold& threshold = parameter.threshold;
    if (parameter.kind == ParameterKind::kList) {
      text += ": a list of";
    } else if (threshold.upper.empty()) {
      text += ": of " + threshold.column + " " + std::string(comparison_sign(threshold.comparison)) + " $" +
              parameter.name + " the bins";
    } else {
      text += ", $" + threshold.upper + ": of " + threshold.column + " between them the bins";
    }
    for (std::size_t i = 0; i < parameter.categories.size(); ++i) {
      text += std::string(i == 0 ? " " : ", ") + "[" + std::to_string(i) + "] '" + parameter.categories[i] + "'";
    }
    text += "; the rules go by the persons of each of them, whichever are meant\n";
  }
  return text + "  a run (docs/design/0023) opens " + counted(plan.parameters.bit_count(), "bit", "bits") +
         " under masks; " +
         (plan.person
              ? "two of the study's releases, one for the run and one for the result\n"
                "  in a commons founded as exact: what it picks out is hers who alone reads it (docs/design/0033)\n"
              : "three of the study's releases, one for the run, one for the counts and one for the result\n"
                "  in a guarded commons only\n");
}

/// What covers what is released, and how exact it is (R16).
std::string explain_guarantee(const Plan& plan) {
  if (plan.comparisons.empty() && plan.computed.empty()) return "";
  return "guarantee: argument S; a compared column is 0 or 1 to within 2^-60 and as good as a sealed one; the "
         "answer says how many digits hold\n";
}

/// A column whose half width is so many times its deviation, which is a 200th of its range then, loses digits: its
/// information is a ten-thousandth of what a column that fills its range has, and is flooded all the same.
constexpr double kNarrow = 100;

/// "; fewer where the standard deviation is below 0.6 of age": columns of numbers that a model takes as they are.
/// Nobody knows the deviations before; whoever asks has an idea of them. Cox's model has units of its own
/// (docs/design/0045).
std::string narrow_columns(const LogisticPlan& training, const PlanModel& model) {
  if (training.is_cox()) return "";
  std::string text;
  const std::size_t first = training.intercept ? 1 : 0;
  for (std::size_t j = first; j < model.terms.size(); ++j) {
    const TrainingColumn& column = training.columns[j - first];
    if (column.size() != 1) continue;
    for (const BasisTerm& term : model.columns[j]) {
      // Of 0/1 columns the half width is that of an indicator, which is 1.
      if (term.index != j || std::fabs(term.coefficient) == 1) continue;
      text += (text.empty() ? "; fewer where the standard deviation is below " : ", ") +
              data::number_text(std::fabs(term.coefficient) / kNarrow) + " of " + model.terms[j];
    }
  }
  return text.empty() ? "" : text + ", a 200th of what the dictionary declares";
}

/// A model that is trained with refreshes.
std::string explain_training(const Plan& plan) {
  const LogisticPlan& training = *plan.training;
  const PlanModel& model = *plan.items[0].model;
  std::string text = "trained on ciphertext by Newton's method, " + std::to_string(training.iterations) +
                     " iterations, each followed by refreshes among the custodians (R14)\n";
  for (const TrainingColumn& column : training.unless)
    text += "not counted: persons with " + product_text(column) + " = 1\n";
  text += "counted: " + std::string(training.unless.empty() ? "" : "other ") + "persons with " +
          product_text(training.where) + " = 1 whose values are complete: " + product_text(training.complete) + "\n";
  text += (training.is_cox() ? "event " : "response ") + column_text(training.response) + "\n";
  if (training.is_cox()) {
    text += "Cox's model with " + std::string(training.efron ? "Efron's" : "Breslow's") +
            " ties: every iteration is one of a Poisson regression of persons exposed to the "
            "cumulative hazard, which is made anew from who is at risk at " +
            counted(training.times(), "time", "times") + ": " + column_text(training.at_risk.front()) + " … " +
            column_text(training.at_risk.back()) + "\n";
    if (training.efron) {
      text +=
          "ties: how many events a time has is counted under encryption, and compared there with how many it has "
          "room for; more than that are taken in groups (docs/design/0032)\n";
    }
  }
  std::size_t number = 0;
  if (training.intercept && !training.is_cox()) text += "  x" + std::to_string(number++) + " = 1\n";
  for (const TrainingColumn& column : training.columns) {
    text += "  x" + std::to_string(number++) + " = " + product_text(column) + "\n";
  }
  if (!training.weights.empty()) text += "weights " + column_text(training.weights) + "\n";
  if (!training.offset.empty()) {
    text += "offset " + data::number_text(training.offset_unit) + " * " + column_text(training.offset) + "\n";
  }
  for (std::size_t j = 0; j < model.terms.size(); ++j) {
    text += "  " + model.terms[j] + " =";
    for (const BasisTerm& term : model.columns[j]) {
      text += (term.coefficient < 0 ? " - " : " + ") + data::number_text(std::fabs(term.coefficient)) + " x" +
              std::to_string(term.index);
    }
    text += "\n";
  }
  const std::size_t size = training.released_size();
  text += "released to the requester: " + std::to_string(plan.answer_count()) + " numbers: " + std::to_string(size) +
          " coefficients, the score of each, " + std::to_string(size * (size + 1) / 2) +
          " entries of the information matrix, " + (training.is_cox() ? "the unit of each column, " : "") + "and " +
          std::to_string(training_sum_count(training)) +
          (!training.is_cox() ? " sums for n and the deviance; in "
           : training.efron   ? " sums for n, the events and those that are told apart; in "
                              : " sums for n and the events; in ") +
          counted(plan.polynomial_count(), "polynomial", "polynomials") + "\n";
  const bool statistical = training_flooding(plan.profile).statistical;
  text += std::string("guarantee: argument ") +
          (statistical ? "S (docs/design/0029), flooded at every refresh" : "H (docs/design/0020)") +
          ": a commons founded as exact only; two of the study's releases, one for the run and one for its result\n";
  text += std::string("digits: about ") + (statistical ? "6" : "5") +
          " of each coefficient or its standard error, whichever is larger; |x'beta| up to " +
          data::number_text(training.is_cox() ? kCoxPredictorMax : kLinearPredictorMax) +
          narrow_columns(training, model) + "\n";
  return text;
}

}  // namespace

std::string explain(const Plan& plan, const LimbBudget& budget) {
  if (plan.training) {
    return plan.sql + "\nplan " + plan_hash(plan).hex() + "\ndata set " + plan.dataset + ", schema " +
           plan.schema_hash.hex().substr(0, 16) + ", profile " + plan.profile + "\n" + explain_scores(plan) +
           explain_comparisons(plan) + explain_training(plan);
  }
  const PlanCost cost = cost_of(plan);
  std::string text = plan.sql + "\n";
  text += "plan " + plan_hash(plan).hex() + "\n";
  text += "data set " + plan.dataset + ", schema " + plan.schema_hash.hex().substr(0, 16) + ", profile " +
          plan.profile + "\n";
  text += explain_scores(plan);
  text += explain_comparisons(plan);
  text += explain_parameters(plan);
  text += (plan.person ? "released to the key that the person " + plan.person->person.hex().substr(0, 16) + " signed: "
                       : std::string("released to the requester: ")) +
          counted(plan.moments.size(), "sum", "sums") +
          (plan.person ? " over her record, while she consents, in " : " over consenting persons, in ") +
          counted(plan.polynomial_count(), "polynomial", "polynomials") + "\n";
  for (std::size_t i = 0; i < plan.moments.size(); ++i) {
    if (i == kSumsShownMax) {
      text += "  ... and so on to S" + std::to_string(plan.moments.size() - 1) + "\n";
      break;
    }
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
  text += explain_guarantee(plan);
  return text;
}

}  // namespace mc::query
