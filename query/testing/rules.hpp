// SPDX-License-Identifier: Apache-2.0
// For tests: a rule of disclosure.
#pragma once

#include "query/release/disclosure.hpp"

namespace mc::query::testing {

/// Nobody is told of fewer than five.
inline constexpr DisclosureRules kFive{.cohort_min = 5, .cell_min = 5, .difference_min = 5};

}  // namespace mc::query::testing
