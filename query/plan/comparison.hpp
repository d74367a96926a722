// SPDX-License-Identifier: Apache-2.0
// Which comparisons a plan needs: for every computed column that it reads, between which declared edges the threshold
// lies, how near to it a value can be, and the stages of the sign.
#pragma once

#include <span>

#include "query/bind/bound_query.hpp"
#include "query/plan/comparison_plan.hpp"

namespace mc::query {

/// One comparison per compared handle among `handles`, in their order. `proven`: their first arguments are within
/// [-1, 1] whoever sealed the values (docs/design/0046), of columns that are sealed.
///   range   REQUIRES handles that handle_of made of the query's domains (MC_CHECK)
///   errors  kLimit for a column whose steps are too fine for the noise, with the finest that are not
Result<std::vector<PlanComparison>> comparisons_of(std::span<const std::string> handles, const BoundQuery& query,
                                                   bool proven);

}  // namespace mc::query
