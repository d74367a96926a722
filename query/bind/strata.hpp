// SPDX-License-Identifier: Apache-2.0
// The strata of a survival model: every combination of what its formula tells apart.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "query/bind/model.hpp"

namespace mc::query {

/// What a factor tells apart: a category, or a bin between declared edges.
struct Level {
  std::string name;  // "F", "2", "[40,60)"
  CellSet cells;
};

/// The categories of a column in the dictionary's order, or its bins.
std::vector<Level> levels_of(const Domain& domain, const data::Schema& schema);

struct BoundStratum {
  std::string name;  // "sex=F, arm=1" as R's strata() writes it; "all" where nothing is told apart
  std::map<std::uint32_t, CellSet> cells;  // per column
  std::vector<double> covariates;          // per design column of the model
};

/// How many strata there are; saturates above any number that could be released.
std::size_t strata_count(const BoundModel& model, const data::Schema& schema, const std::vector<Domain>& domains);

/// Every combination, the first column turning slowest.
std::vector<BoundStratum> strata_of(const BoundModel& model, const data::Schema& schema,
                                    const std::vector<Domain>& domains);

}  // namespace mc::query
