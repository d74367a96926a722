// SPDX-License-Identifier: Apache-2.0
// Comparisons of a column with a value, in WHERE and in I() of formulas: where they divide the column, and in which
// of its cells they are TRUE.
#pragma once

#include "query/bind/cells.hpp"
#include "query/parse/comparison.hpp"
#include "query/parse/identifier.hpp"

namespace mc::query {

/// Divides an ordered column where the comparison needs it: below the number, above it, or at both sides. Nothing
/// happens of texts, and where divide_at does nothing.
void divide_for(Comparison comparison, const Literal& value, Domain& domain, const data::Schema& schema);

/// The cells whose values meet the comparison; the NULL cell is never among them.
///   range   REQUIRES a domain that divide_for has divided for it, or errors as below
///   errors  kInvalidArgument with line:column for a text beside numbers and the other way round, an order of texts, a
///           category that is none, and a number at which the column is not divided (cell_at)
Result<CellSet> compared_cells(Comparison comparison, const Literal& value, const Domain& domain,
                               const data::Schema& schema);

/// value BETWEEN `low` AND `high`; as compared_cells.
Result<CellSet> cells_between(const Literal& low, const Literal& high, const Domain& domain,
                              const data::Schema& schema);

}  // namespace mc::query
