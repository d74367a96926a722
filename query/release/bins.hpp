// SPDX-License-Identifier: Apache-2.0
// Quantiles of persons of whom only the bin is known.
#pragma once

#include <span>

#include "query/release/measured.hpp"

namespace mc::query {

struct BinnedQuantile {
  Finished value;
  Finished width;  // from the beginning of the first bin that it lies in to the end of the last; 0 where each of them
                   // holds one number only
};

/// The quantile `p` of persons counted in bins, bin i from breaks[i] to breaks[i+1]: the m persons of a bin stand at
/// the middles of m equal parts of it, and their quantile is of type 7, R's default: with h = (n - 1) p it lies between
/// the persons floor(h) and floor(h) + 1, counted from 0, at the fraction h - floor(h). Where values are multiples of
/// `step` (0: not known), persons of a bin that holds one such number only stand at it; where the last break stands
/// twice, persons of every bin stand where it begins (Bins).
///   range   p in [0, 1]; breaks ascend, but for the last; NULL when nobody is counted
///   error   of the number so defined: 0 but for rounding when the counts are exact, otherwise up to the whole range.
///           The quantile of the records themselves is within `width` of it, since the same persons stand in the same
///           bins
///   source  Hyndman and Fan 1996, definition 7
BinnedQuantile binned_quantile(std::span<const double> breaks, std::span<const Measured> counts, double p, double step);

}  // namespace mc::query
