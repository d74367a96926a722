// SPDX-License-Identifier: Apache-2.0
// For tests of distributions.
#pragma once

#include <cmath>

namespace mc::fhe::testing {

/// Wilson and Hilferty (1931): a chi-square statistic as a standard normal one.
inline double z_score(double statistic, double freedom) {
  const double v = 2.0 / (9.0 * freedom);
  return (std::cbrt(statistic / freedom) - (1 - v)) / std::sqrt(v);
}

}  // namespace mc::fhe::testing
