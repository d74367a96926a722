// SPDX-License-Identifier: Apache-2.0
// For tests: sums as they are opened.
#pragma once

#include <vector>

#include "query/release/measured.hpp"

namespace mc::query::testing {

/// Counts without noise.
inline std::vector<Measured> exact_counts(const std::vector<double>& counts) {
  std::vector<Measured> result;
  for (const double count : counts) result.push_back(exactly(count));
  return result;
}

}  // namespace mc::query::testing
