// SPDX-License-Identifier: Apache-2.0
// A threshold of WHERE that the researcher seals (docs/design/0033): the bins between a column's declared edges are
// categories, and the threshold is the list of those for which the comparison holds. Which column is compared and how
// is public, the value is not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/bind/cells.hpp"
#include "query/parse/ast.hpp"

namespace mc::query {

struct SealedThreshold {
  std::string column;
  Comparison comparison = Comparison::kGreaterOrEqual;  // <, <=, > or >=; of BETWEEN the lower one
  std::string upper;                                    // of BETWEEN the parameter of the upper end, else empty
  friend bool operator==(const SealedThreshold&, const SealedThreshold&) = default;
};

/// What a sealed threshold can tell apart; `cells` per name.
struct ThresholdBins {
  std::vector<std::string> names;
  std::vector<CellSet> cells;
};
/// The bins between declared edges, or the categories of a column of numbers.
///   errors  kInvalidArgument, without position, for texts and for columns without edges
Result<ThresholdBins> threshold_bins(const Domain& domain, const data::Schema& schema);

/// Of every bin 1 where the comparison holds for its values. REQUIRES a threshold that is bound to the schema.
///   errors  kInvalidArgument for a value that is no declared edge: the nearest ones are named, the value is not
Result<std::vector<std::uint8_t>> chosen_bins(const SealedThreshold& threshold, const data::Schema& schema,
                                              double value, std::optional<double> upper);

}  // namespace mc::query
