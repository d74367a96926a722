// SPDX-License-Identifier: Apache-2.0
// What has to be computed for the scores of a question. A score stands in the plan as the features of a measurement:
//   risk_score('m')/value   standardised, 0 where a person lacks a value that it needs
//   risk_score('m')/valid   1 for persons who have one
// and what these two are made of: products of columns (…/product/0), the indicators of complete persons (…/complete/0)
// and the score before it is taken away from persons without one (…/all).
#pragma once

#include "query/bind/bound_query.hpp"
#include "query/plan/computed_plan.hpp"

namespace mc::query {

/// The columns behind those of `handles` that belong to a score, each after what it reads; one product deep each.
std::vector<PlanComputed> computed_of(std::span<const std::string> handles, const BoundQuery& query);

/// The score as a sum of multiples of sealed features, 0 where a person lacks a value, over its reach; empty where it
/// multiplies columns.
FeatureColumn sum_of_score(const BoundScore& score, const BoundQuery& query);

/// The query's scores, as plans tell them.
std::vector<PlanScore> scores_of(const BoundQuery& query);

}  // namespace mc::query
