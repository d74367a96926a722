// SPDX-License-Identifier: Apache-2.0
#include "query/plan/explain_scores.hpp"

#include <algorithm>

#include "data/record/number.hpp"
#include "query/bind/cells.hpp"

namespace mc::query {
namespace {

std::string computed_text(const PlanComputed& column) {
  std::string text;
  for (const PlanComputed::Product& product : column.products) {
    text += (text.empty() ? "" : " + ") + column_text(product.left) + " * " + column_text(product.right);
  }
  if (!column.sum.empty()) text += (text.empty() ? "" : " + ") + column_text(column.sum);
  return text;
}

std::string plural(std::size_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

}  // namespace

std::string sum_name(MomentId id) {
  return id == kZeroMoment ? "0" : "S" + std::to_string(id.value);
}

namespace {

/// What guarded commons take of runs (docs/design/0040, 0050).
bool may_be_guarded(const Plan& plan) {
  return !plan.training && std::ranges::all_of(plan.comparisons, &PlanComparison::is_proven);
}

}  // namespace

std::string explain_scores(const Plan& plan) {
  std::string text;
  for (const PlanScore& score : plan.scores) {
    if (score.is_sealed()) {
      text +=
          score.name + " = " + score.equation +
          "\n  its coefficients $ are sealed: the scale times weights from -1 to 1, of values less the middle of their "
          "range over half its width, of indicators and of their products; rounding them moves nobody's score by "
          "more than " +
          data::number_text(score.rounding) + "\n";
      continue;
    }
    text += score.name + " = " + score.equation + "\n  in multiples of " + data::number_text(score.step) +
            (score.rounding == 0 ? ", which changes nobody's score"
                                 : ", which moves nobody's score by more than " + data::number_text(score.rounding)) +
            "; predicted_risk is 1 / (1 + exp(-score))\n";
  }
  if (plan.computed.empty()) return text;
  text += "computed under encryption, one layer of products and a refresh each (R14)\n";
  for (const PlanComputed& column : plan.computed) text += "  " + column.handle + " = " + computed_text(column) + "\n";
  const std::vector<std::size_t> rounds = rounds_of(plan.computed);
  return text + "  refreshes: " + std::to_string(*std::ranges::max_element(rounds) + 1) + " in sequence, " +
         plural(plan.computed.size(), "polynomial") + " per block of persons" +
         (may_be_guarded(plan) ? ", in a guarded commons of every owner by herself\n" : "\n") +
         "  a run (docs/design/0022): every custodian computes it; two of the study's releases, one for the run and "
         "one for its result" +
         (may_be_guarded(plan) ? "; three in a guarded commons, whose counts are judged first\n" : "\n");
}

std::vector<std::string> predictor_formulas(const PlanItem& item, std::span<const CellMoments> cells) {
  std::string bins;
  for (std::size_t i = 0; i + 1 < cells.size(); i += 2) {
    const std::string first = sum_name(cells[i].n);
    const std::string events = sum_name(cells[i + 1].n);
    bins += (i == 0 ? "" : "; ") + bin_name(item.breaks, i / 2) + " ";
    if (item.statistic == Statistic::kAuc) {
      bins += first + " without, " + events + " with";
    } else {
      bins += first + " persons, " + events + " with the outcome, scores from " + sum_name(cells[i].x1);
    }
  }
  if (item.statistic == Statistic::kCalibration) {
    return {"per bin the observed rate with Wilson's interval and the mean score: " + bins};
  }
  return {"pairs in the right order, ties counted half, of all pairs of persons with and without the outcome: " + bins,
          "area - 1.96 * its standard error (DeLong)", "area + 1.96 * its standard error (DeLong)"};
}

}  // namespace mc::query
