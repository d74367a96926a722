// SPDX-License-Identifier: Apache-2.0
// What a plan says of a model that is told from numbers of persons: its strata, and what its columns are in each.
#pragma once

#include "query/bind/bound_query.hpp"
#include "query/plan/outcome_plan.hpp"
#include "query/plan/survival_plan.hpp"

namespace mc::query {

/// kLimit with line:column and what to leave out, when a model of so many strata would release more than kAnswersMax
/// sums. Before any sum of it is made.
Status check_survival(const BoundItem& item, const data::Schema& schema, const std::vector<Domain>& domains);
Status check_outcomes(const BoundItem& item, const data::Schema& schema, const std::vector<Domain>& domains);

PlanSurvival plan_survival_of(const BoundModel& model, const data::Schema& schema, const std::vector<Domain>& domains);
/// The margins are named_cells, each once; of a model that names nobody, everybody.
PlanOutcomes plan_outcomes_of(const BoundModel& model, const data::Schema& schema, const std::vector<Domain>& domains);

}  // namespace mc::query
