// SPDX-License-Identifier: Apache-2.0
// What a survival model answers, from the counts that were released.
#pragma once

#include <vector>

#include "query/plan/survival_plan.hpp"
#include "query/release/measured.hpp"
#include "query/release/model_answer.hpp"

namespace mc::query {

struct SurvivalSums {
  Measured everybody;          // who matches WHERE, whatever is missing of them
  std::vector<Measured> sums;  // in the order of PlanSurvival::events_index
  /// Of the noise that is in each sum on purpose; empty where there is none. Then counts are made to agree, and
  /// standard errors and intervals contain what it does, drawn kNoiseDraws times.
  std::vector<double> noise_sd = {};
  std::uint32_t round_to = 1;  // then counts are shown as multiples of it
};

/// Table, curve, median and log-rank test as R's survfit and survdiff; strata with nobody in them are left out.
///   digits  all of them when every count is known, otherwise none
///   errors  kCorrupt when counts that are known contradict each other: negative ones, or other persons than those who
///           leave; also above 2^24 events or 2^32 persons, which no sum of ours reaches
Result<ModelAnswer> kaplan_meier_answer(const PlanSurvival& survival, const SurvivalSums& sums);

/// Coefficients, hazard ratios and tests as R's coxph.
///   digits, errors  as kaplan_meier_answer
Result<ModelAnswer> cox_answer(const PlanSurvival& survival, const SurvivalSums& sums);

}  // namespace mc::query
