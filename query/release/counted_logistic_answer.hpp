// SPDX-License-Identifier: Apache-2.0
// What a logistic regression that is counted answers.
#pragma once

#include "query/plan/outcome_plan.hpp"
#include "query/release/counted_sums.hpp"
#include "query/release/model_answer.hpp"

namespace mc::query {

/// Coefficients, odds ratios and tests as summary(glm), and Wald's test of all slopes; sums are in the order of
/// PlanOutcomes::with_index. No deviance: of noised counts it is none of the records, and its differences would take
/// noise for effects.
///   digits  without noise all of them when every count is known, otherwise none; with it of every coefficient down to
///           the first one that the noise reaches
///   errors  kCorrupt when counts that are known contradict each other
Result<ModelAnswer> counted_logistic_answer(const PlanOutcomes& outcomes, const CountedSums& sums);

}  // namespace mc::query
