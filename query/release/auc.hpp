// SPDX-License-Identifier: Apache-2.0
// How well a measurement or a score tells those with an outcome from those without: the area under the ROC curve.
#pragma once

#include <span>

#include "query/release/measured.hpp"

namespace mc::query {

struct Auc {
  Finished area, low, high;  // 95 % interval
};

/// The chance that somebody with the outcome is in a higher bin than somebody without, ties counting half: the area
/// under the trapezoids, R's pROC::auc of the binned values with direction = "<", and DeLong's interval, ci.auc.
///   shape   persons per bin, from the lowest bin to the highest, as many of each
///           counts with noise may be below 0: then what is above has its share all the same
///   NULL    where nobody has the outcome or nobody lacks it; the interval where fewer than two do
///   error   of rounding alone while counts are exact; otherwise nothing is promised
///   source  Hanley and McNeil 1982; DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44
Auc auc_of(std::span<const Measured> without, std::span<const Measured> with);

}  // namespace mc::query
