// SPDX-License-Identifier: Apache-2.0
// A set of cells as a linear combination of sealed features: 1 for the persons inside, 0 for everybody else.
#pragma once

#include <map>

#include "query/bind/cells.hpp"
#include "query/plan/feature_column.hpp"

namespace mc::query {

/// Integer multiples of features; no zero multiples.
using FeatureSum = std::map<data::Feature, std::int32_t>;

/// The indicator of `cells` with as few features as the schema allows; no product in any case.
///   range  cells within domain.everything(); the empty set gives the empty sum, everything gives `present`
FeatureSum indicator_of(const Domain& domain, const data::Schema& schema, const CellSet& cells);

/// The same by handles.
FeatureColumn column_of(const Domain& domain, const data::Schema& schema, const CellSet& cells);

}  // namespace mc::query
