// SPDX-License-Identifier: Apache-2.0
#include "query/plan/compile.hpp"

#include <optional>

#include "query/bind/bound_query.hpp"
#include "query/bind/strata.hpp"
#include "query/parse/parser.hpp"
#include "query/plan/models_per_group.hpp"
#include "query/plan/planner.hpp"
#include "query/plan/upload_checks.hpp"

namespace mc::query {
namespace {

/// What is refreshed on the way differs from profile to profile.
Status check_profile(const Plan& plan, const LimbBudget& budget) {
  if (budget.compares) return {};
  std::string what;
  if (!plan.parameters.empty()) what = "a parameter that the researcher seals";
  if (!plan.computed.empty()) what = "a score of a risk predictor";
  if (!plan.comparisons.empty()) what = "a threshold that the dictionary does not declare";
  if (plan.training && plan.training->is_cox()) what = "Cox's model with measurements";
  if (what.empty()) return {};
  return fail(Code::kUnsupported, what + " needs a commons of the profile standard; this one was founded with " +
                                      budget.profile + ", which trains logistic regressions");
}

Result<Plan> planned(const BoundQuery& bound, const LimbBudget& budget, Plan plan) {
  MC_TRY_STATUS(plan_query(bound, budget, plan));
  MC_TRY_STATUS(check_profile(plan, budget));
  return plan;
}

/// Where nothing is trained, logistic regressions of categories are counted.
Status count_models(BoundQuery& bound) {
  for (BoundItem& item : bound.items) {
    if (item.statistic != Statistic::kLogisticRegression) continue;
    MC_TRY_STATUS(count_model(*item.model, bound.schema, bound.domains, item.at));
  }
  return {};
}

/// Cox's model of categories is made of counts in every combination of them. Where those are too many, or told apart by
/// too many products, it is trained, as one with measurements is.
std::optional<BoundQuery> with_trained_cox(const BoundQuery& bound) {
  if (bound.items.size() != 1 || bound.items[0].statistic != Statistic::kCox) return std::nullopt;
  if (bound.items[0].model->trained || !bound.group_columns.empty() || bound.criterion) return std::nullopt;
  BoundQuery trained = bound;
  trained.items[0].model->trained = true;
  trained.items[0].model->strata.clear();
  return trained;
}

}  // namespace

Result<Plan> compile(std::string_view sql, const data::Schema& schema, std::string_view dataset,
                     const LimbBudget& budget) {
  if (asks_upload_check(sql)) return plan_upload_checks(schema, dataset, budget);
  MC_TRY(const Query query, parse(sql));
  return compile(query, schema, dataset, budget);
}

Result<Plan> compile(const Query& query, const data::Schema& schema, std::string_view dataset,
                     const LimbBudget& budget) {
  MC_TRY_STATUS(check_for_person(query));
  MC_TRY(BoundQuery bound, bind(query, schema, dataset, budget.proven_starts));
  if (!budget.trains) {
    MC_TRY_STATUS(count_models(bound));
  } else {
    MC_TRY(const auto models, models_per_group(query, bound));
    if (models) return fail(refusal_of(*models));
  }
  Plan plan;
  plan.person = query.person;
  plan.dataset = dataset;
  plan.schema_hash = data::schema_hash(schema);
  plan.profile = budget.profile;
  plan.sql = canonical_sql(query);
  if (plan.sql.size() > kSqlBytesMax) {  // or nobody could recompile it
    return fail(Code::kLimit, "the query has " + std::to_string(plan.sql.size()) + " bytes in its canonical form, " +
                                  std::to_string(kSqlBytesMax) + " are allowed");
  }
  Result<Plan> result = planned(bound, budget, plan);
  const bool does_not_fit = !result && (result.error().code == Code::kRefused || result.error().code == Code::kLimit);
  if (!does_not_fit || !budget.trains) return result;
  if (const auto trained = with_trained_cox(bound)) {
    Result<Plan> other = planned(*trained, budget, plan);
    if (other) return other;
  }
  return result;
}

Status check_recompiles(const Plan& plan, const data::Schema& schema, const LimbBudget& budget) {
  auto own = compile(plan.sql, schema, plan.dataset, budget);
  if (!own) return fail(own.error().within("the plan does not recompile"));
  if (canonical_bytes(*own) != canonical_bytes(plan)) {
    return fail(Code::kRefused, "the plan " + plan_hash(plan).hex() +
                                    " is not what its SQL compiles to here: " + plan_hash(*own).hex());
  }
  return {};
}

}  // namespace mc::query
