// SPDX-License-Identifier: Apache-2.0
// Which comparisons a plan needs: for every computed column that it reads, between which declared edges the threshold
// lies, how near to it a value can be, and the stages of the sign.
#pragma once

#include <span>

#include "query/bind/cells.hpp"
#include "query/plan/comparison_plan.hpp"

namespace mc::query {

/// One comparison per compared handle among `handles`, in their order.
///   range  REQUIRES handles that handle_of made of these domains (MC_CHECK)
std::vector<PlanComparison> comparisons_of(std::span<const std::string> handles, const std::vector<Domain>& domains,
                                           const data::Schema& schema);

}  // namespace mc::query
