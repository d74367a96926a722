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

/// Any of them, for people: "[50,60) or [70,90]", "B or C". NULL is not among what is said.
std::string cells_text(const CellSet& cells, const Domain& domain, const data::Schema& schema);

struct BoundStratum {
  std::string name;  // "sex=F, arm=1" as R's strata() writes it; "all" where nothing is told apart
  std::map<std::uint32_t, CellSet> cells;  // per column
  std::vector<double> covariates;          // per design column of the model
  double offset = 0;                       // sum of the model's offsets
};

/// Whether all its persons are in these cells.
bool lies_in(const BoundStratum& stratum, const CellMap& cells);

/// A logistic regression whose predictors have categories, or are measurements cut by factor() or a comparison, reads
/// nothing but how many of every combination of them have the outcome: counted is set, and the columns that are told
/// apart.
///   errors  kUnsupported for a measurement among predictors or offsets, and for weights; `at`: of the item
Status count_model(BoundModel& model, const data::Schema& schema, const std::vector<Domain>& domains,
                   const Position& at);

/// No more strata than so many are counted: far above what is released.
inline constexpr std::size_t kStrataUncounted = std::size_t{1} << 20;
/// How many strata there are; saturates at kStrataUncounted.
std::size_t strata_count(const BoundModel& model, const data::Schema& schema, const std::vector<Domain>& domains);

/// Every combination, the first column turning slowest. Columns are told apart as finely as the model reads them:
/// categories and bins are cut where a comparison cuts them, and of I(age > 50) alone there are two parts. Where
/// persons with missing predictors stay, a column that may be missing has one level more.
std::vector<BoundStratum> strata_of(const BoundModel& model, const data::Schema& schema,
                                    const std::vector<Domain>& domains);

}  // namespace mc::query
