// SPDX-License-Identifier: Apache-2.0
// Conditions of WHERE whose values the researcher seals: IN $who, age >= $t, age BETWEEN $from AND $to.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "query/parse/ast.hpp"

namespace mc::query {

/// Turns a condition (kIn, kCompare or kBetween) whose values are parameters into the sealed one.
///   shape   names: one, of BETWEEN two, or one beside a literal
///   errors  kUnsupported with line:column, for = and <> and for BETWEEN of which one end is no parameter
Status seal_condition(std::vector<Identifier> names, Predicate& condition);

}  // namespace mc::query
