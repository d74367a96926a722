// SPDX-License-Identifier: Apache-2.0
// Proposing a data dictionary. Every owner infers from its own file; only the proposal travels. A proposal carries no
// raw minimum, maximum or quantile: ranges are rounded outwards to a 1-2-2.5-5 x 10^k grid before they leave the owner.
// What does travel: column names, types, whether values are missing, and the category lists of coded columns.
#pragma once

#include <span>
#include <string_view>

#include "data/record/csv.hpp"
#include "data/schema/missing_codes.hpp"
#include "data/schema/schema.hpp"

namespace mc::data {

/// A numeric column with at most this many distinct values is a coded column and gets categories; it needs no edges,
/// every comparison is a sum of its indicators ...
inline constexpr std::size_t kNumericCategoriesMax = 8;
/// ... unless one of them is larger than this: it is then a quantity ...
inline constexpr double kNumericCategoryMagnitudeMax = 1000;
/// ... or integers lie further apart than this and hardly recur: they are then few measurements, not codes ...
inline constexpr double kIntegerCategorySpanMax = 10;
/// ... or others (0.5, 1 and 2 mg) have more decimals than this, or fewer persons each on average.
inline constexpr double kDoseStepMin = 0.001;
inline constexpr std::size_t kPersonsPerDose = 5;
/// A string column with more distinct values than this is free text and is not sealed.
inline constexpr std::size_t kStringCategoriesMax = 32;
/// A proposed range spans at most this many grid steps; the steps inside are the proposed edges.
inline constexpr int kRangeStepsMax = 10;

/// One owner's proposal.
///   types     integer when every value is integral (63.0 is), number when every value is a number, string otherwise
///   missing   "", NA, NaN, nan, N/A, NULL, null, ? and ., and `codes`
///   ids       R's row names, and columns named like an identifier whose values are all different, are not sealed
///   vacant    a column without any value takes part in the merge without an opinion
///   `name`    names the owner in merge's messages
Result<Schema> infer(const Table& table, std::string_view name, std::span<const MissingCode> codes = {});

/// The proposals of several owners as one schema, called `name`; columns in order of first appearance.
///   errors  kConflict naming both owners when a column is text for one and a number for the other
///   flags   an integer column that is 0 (or 1) for everybody becomes a 0/1 column; so merge even a single proposal
///   law     merge of a merged schema, alone or with its parts, changes nothing
Result<Schema> merge(std::span<const Schema> proposals, std::string_view name = "commons");

/// A range rounded outwards to the grid, and the grid points strictly inside it.
struct NiceRange {
  double minimum = 0;
  double maximum = 0;
  std::vector<double> edges;
};

/// The finest grid on which [minimum, maximum] needs at most kRangeStepsMax steps; integer grids have whole steps.
///   range   width below 1.8 times the span (integer grids: or one step); never below 0 when minimum >= 0
///   law     nice_range of a nice range is itself
NiceRange nice_range(double minimum, double maximum, bool integer);

}  // namespace mc::data
