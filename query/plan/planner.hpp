// SPDX-License-Identifier: Apache-2.0
// Sums, and what has to be computed for them, of a question whose names are bound.
#pragma once

#include "query/bind/bound_query.hpp"
#include "query/plan/limb_budget.hpp"
#include "query/plan/plan.hpp"

namespace mc::query {

/// Items, groups, sums, nodes and made columns of a plan whose head (SQL, schema, profile) is there.
///   errors  those of compile (query/plan/compile.hpp) that are not of parsing and binding
Status plan_query(const BoundQuery& query, const LimbBudget& budget, Plan& plan);

}  // namespace mc::query
