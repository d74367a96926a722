// SPDX-License-Identifier: Apache-2.0
// Whom the coefficients of a model name: the groups of persons that rules about small cells have to see (R18).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/bind/model.hpp"

namespace mc::query {

struct NamedCells {
  std::string name;  // "sex=M", "sex=M, arm=B"
  CellMap cells;
};

/// Each category, or crossing of categories, that a column of the design names, in the order of the columns; then per
/// column of the table whoever else is told apart: by I(age > 50) and I(age > 70) those from 50 to 70, and whoever is
/// in none of the categories that are named, which is the reference; then the other combinations of columns that are
/// crossed. Of sex * dept the coefficients tell the mean of every one of them: that of the reference and dept B is dept
/// B's own coefficient. Each once.
std::vector<NamedCells> named_cells(const BoundModel& model, const data::Schema& schema,
                                    const std::vector<Domain>& domains);

/// The cells in which a model's weight is 0. Nothing where it has no weights, where the dictionary lets nobody weigh
/// nothing, and where it does not tell those who do from others.
std::optional<CellSet> weightless_cells(const BoundModel& model, const data::Schema& schema,
                                        const std::vector<Domain>& domains);

}  // namespace mc::query
