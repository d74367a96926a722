// SPDX-License-Identifier: Apache-2.0
// What a survival model answers, from the counts that were released.
#pragma once

#include "query/plan/survival_plan.hpp"
#include "query/release/counted_sums.hpp"
#include "query/release/model_answer.hpp"

namespace mc::query {

/// Table, curve, median and log-rank test as R's survfit and survdiff; strata with nobody in them are left out. Sums
/// are in the order of PlanSurvival::events_index; with noise they are made to agree, and it is drawn anew kNoiseDraws
/// times.
///   digits  all of them when every count is known, otherwise none
///   errors  kCorrupt when counts that are known contradict each other: negative ones, or other persons than those who
///           leave; also above 2^24 events or 2^32 persons, which no sum of ours reaches
Result<ModelAnswer> kaplan_meier_answer(const PlanSurvival& survival, const CountedSums& sums);

/// Coefficients, hazard ratios and tests as R's coxph.
///   digits, errors  as kaplan_meier_answer
Result<ModelAnswer> cox_answer(const PlanSurvival& survival, const CountedSums& sums);

}  // namespace mc::query
