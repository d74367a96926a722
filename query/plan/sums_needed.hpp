// SPDX-License-Identifier: Apache-2.0
// Which sums over a stratum a statistic is made of.
#pragma once

#include "query/parse/statistic.hpp"

namespace mc::query {

/// Besides the count of persons: sums of x', y', x'^2, y'^2 and x'y' of the standardised values (CellMoments).
struct SumsNeeded {
  bool x1 = false, y1 = false, x2 = false, y2 = false, xy = false;
};

/// Of a statistic of values; of one that only counts, none.
SumsNeeded sums_needed(Statistic statistic);

}  // namespace mc::query
