// SPDX-License-Identifier: Apache-2.0
#include "query/plan/counted_models.hpp"

#include <algorithm>

#include "query/bind/named_cells.hpp"
#include "query/bind/strata.hpp"
#include "query/plan/plan.hpp"

namespace mc::query {
namespace {

PlanPatterns patterns_of(const BoundModel& model, const std::vector<BoundStratum>& strata) {
  PlanPatterns result;
  for (const DesignColumn& column : model.design) result.terms.push_back(column.name);
  for (const BoundStratum& stratum : strata) {
    result.strata.push_back(stratum.name);
    result.covariates.push_back(stratum.covariates);
  }
  return result;
}

void add_margin(const NamedCells& named, const std::vector<BoundStratum>& strata, std::vector<PlanMargin>& margins) {
  PlanMargin margin{named.name, {}};
  for (std::uint32_t s = 0; s < strata.size(); ++s) {
    if (lies_in(strata[s], named.cells)) margin.strata.push_back(s);
  }
  const bool is_known =
      std::ranges::any_of(margins, [&](const PlanMargin& other) { return other.strata == margin.strata; });
  if (!margin.strata.empty() && !is_known) margins.push_back(std::move(margin));
}

}  // namespace

Status check_survival(const BoundItem& item, const data::Schema& schema, const std::vector<Domain>& domains) {
  const BoundModel& model = *item.model;
  const std::size_t strata = strata_count(model, schema, domains);
  const std::size_t times = schema.columns[model.response].times.size();
  const std::size_t sums = strata > kAnswersMax ? kAnswersMax + 1 : strata * (1 + 2 * times);
  if (sums <= kAnswersMax) return {};
  return fail(Code::kLimit, item.at.text() + ": " + std::string(aggregate_name(item.statistic)) + " tells apart " +
                                std::to_string(strata) + " groups at " + std::to_string(times) +
                                " times, two sums each, and at most " + std::to_string(kAnswersMax) +
                                " sums are released by one query; ask for fewer groups, or declare a coarser grid of "
                                "times in the dictionary");
}

Status check_outcomes(const BoundItem& item, const data::Schema& schema, const std::vector<Domain>& domains) {
  const std::size_t strata = strata_count(*item.model, schema, domains);
  const std::size_t columns = item.model->design.size();
  if (columns > kCovariatesMax) {
    return fail(Code::kLimit, item.at.text() + ": " + item.name + " has " + std::to_string(columns) +
                                  " columns, and a model that is counted at most " + std::to_string(kCovariatesMax) +
                                  "; leave out terms");
  }
  if (2 * strata <= kAnswersMax) return {};
  return fail(Code::kLimit,
              item.at.text() + ": where models are not trained, " + std::string(aggregate_name(item.statistic)) +
                  " counts who has the outcome and who has not in every combination of its predictors' "
                  "categories; these have " +
                  (strata < kStrataUncounted ? std::to_string(strata) : "a million or more") + ", and at most " +
                  std::to_string(kAnswersMax) + " sums are released by one query; leave out terms");
}

PlanSurvival plan_survival_of(const BoundModel& model, const data::Schema& schema, const std::vector<Domain>& domains) {
  const data::Column& time = schema.columns[model.response];
  PlanSurvival result;
  static_cast<PlanPatterns&>(result) = patterns_of(model, strata_of(model, schema, domains));
  result.formula = model.formula;
  result.options = model.survival;
  result.times = time.times;
  result.beyond = time.times.back() < time.maximum;
  return result;
}

PlanOutcomes plan_outcomes_of(const BoundModel& model, const data::Schema& schema, const std::vector<Domain>& domains) {
  const std::vector<BoundStratum> strata = strata_of(model, schema, domains);
  PlanOutcomes result;
  static_cast<PlanPatterns&>(result) = patterns_of(model, strata);
  result.formula = model.formula;
  result.intercept = model.intercept;
  result.ridge = model.ridge;
  if (!model.offsets.empty()) {
    for (const BoundStratum& stratum : strata) result.offsets.push_back(stratum.offset);
  }
  for (const NamedCells& named : named_cells(model, schema, domains)) add_margin(named, strata, result.margins);
  if (result.margins.empty()) add_margin({"all", {}}, strata, result.margins);
  return result;
}

}  // namespace mc::query
