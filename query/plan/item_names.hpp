// SPDX-License-Identifier: Apache-2.0
// How the columns of an answer are called, and the values by which groups are told apart.
#pragma once

#include "query/bind/bound_query.hpp"
#include "query/plan/plan.hpp"

namespace mc::query {

/// The columns that the item fills: where it fills several, its own name, a point and what R calls the number.
///   range  `planned` has its strata and breaks
std::vector<std::string> names_of(const BoundItem& item, const PlanItem& planned, const BoundQuery& query);

/// The category in this cell of a column, NULL behind the last one.
GroupKey key_of(const BoundQuery& query, std::uint32_t column, std::size_t cell);

}  // namespace mc::query
