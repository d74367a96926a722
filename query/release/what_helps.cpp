// SPDX-License-Identifier: Apache-2.0
#include "query/release/what_helps.hpp"

#include <algorithm>

#include "query/plan/node_words.hpp"
#include "query/release/told_curves.hpp"

namespace mc::query {
namespace {

/// Names are repeated in the advice as long as a sentence bears it.
constexpr std::size_t kNamesBytesMax = 160;

/// Items of which a part can be told (left_out.hpp).
bool has_parts(const PlanItem& item) {
  return item.is_counted() || item.statistic == Statistic::kChiSquareTest || item.statistic == Statistic::kHistogram ||
         item.statistic == Statistic::kCalibration;
}

/// A model of counts of which too few combinations of categories stand.
std::string of_combinations(const PlanItem& item, const PlanGroup& group, const CountsById& counts,
                            const DisclosureRules& rules) {
  if (!item.survival) {
    return "; without them it has no two combinations of categories to compare: ask with fewer covariates or "
           "categories";
  }
  const PlanSurvival& survival = *item.survival;
  if (survival.strata.size() == 1) return "; a model of an event that more persons have could be told";
  const ToldCurves best = told_curves(survival, group.sums, counts, rules);
  const auto can_be = std::ranges::count_if(std::span(group.sums).first(survival.strata.size()),
                                            [](MomentId persons) { return persons != kZeroMoment; });
  std::string text = "; of its " + std::to_string(can_be) + " combinations of categories ";
  const std::string only = best.standing.empty() ? "" : survival.strata[best.standing.front()];
  text += only.empty() || only.size() > kNamesBytesMax ? "too few" : "only " + only;
  return text + " could be told of, at whatever times: ask with fewer covariates or categories";
}

/// Categories of factors can go, as rows of R's data frame do; of a 0/1 column that is read as a number nothing can.
std::string of_linear_regression(const Plan& plan, const PlanGroup& group, std::span<const std::string> too_few) {
  std::string categories;
  bool all = true;
  for (const std::string& name : too_few) {
    const bool is_category = std::ranges::any_of(
        group.guards, [&](MomentId id) { return node_words(plan, plan.moments[id.value]) == name; });
    all = all && is_category;
    if (is_category) categories += (categories.empty() ? "" : " OR ") + name;
  }
  const std::string apart = "; its sums are over everybody, so that it is told whole or not at all: ";
  const std::string formula = "ask without the columns that these are values of";
  if (categories.empty() || categories.size() > kNamesBytesMax) return apart + formula;
  return apart + "ask with WHERE NOT (" + categories + ")" + (all ? "" : ", and " + formula.substr(4)) +
         ", or with fewer factors";
}

}  // namespace

std::string what_helps(const Plan& plan, const PlanGroup& group, std::span<const std::string> too_few,
                       const CountsById& counts, const DisclosureRules& rules) {
  const auto is_asked = [](const PlanItem& item) { return item.statistic != Statistic::kKey; };
  const auto items = std::ranges::count_if(plan.items, is_asked);
  if (plan.parameters.criterion || plan.groups.size() > 1) return ": leave it out with WHERE";
  if (items > 1) {
    const bool parts = std::ranges::any_of(plan.items, has_parts);
    return parts ? "; asked alone, tables and models are told without what may be small; beside other items leave it "
                   "out with WHERE"
                 : ": leave it out with WHERE";
  }
  const PlanItem& item = *std::ranges::find_if(plan.items, is_asked);
  if (item.is_counted()) return of_combinations(item, group, counts, rules);
  switch (item.statistic) {
    case Statistic::kLinearRegression:
      return of_linear_regression(plan, group, too_few);
    case Statistic::kTTest:
      return "; a t test compares two groups and has none to spare: ask for the average of the larger one alone, or "
             "with two other categories";
    case Statistic::kOddsRatio:
    case Statistic::kRiskDifference:
    case Statistic::kRiskRatio:
      return "; it takes all four cells of its table and has none to spare: ask for an outcome that more persons have, "
             "or with other categories";
    case Statistic::kChiSquareTest:
      return "; without them no table of two rows and two columns would be left: ask with other categories";
    case Statistic::kAuc:
      return "; an area compares those who have the outcome with those who have not: ask for an outcome that more "
             "persons have, or have not";
    case Statistic::kHistogram:
    case Statistic::kCalibration:
      return "; no bin may be shown: ask with fewer, wider ones";
    default:
      return ": leave it out with WHERE";
  }
}

}  // namespace mc::query
