// SPDX-License-Identifier: Apache-2.0
// How many decimal digits a bound on the error leaves.
#pragma once

#include <algorithm>
#include <cmath>

namespace mc::query {

/// A double shows no more.
inline constexpr int kDigitsMax = 15;

/// Decimal digits of a number of size `unit` that are certain when it may be off by `error`.
inline int certain_digits(double error, double unit) {
  if (error == 0) return kDigitsMax;
  const double digits = std::floor(-std::log10(error / std::abs(unit)));
  return std::isfinite(digits) ? std::clamp(static_cast<int>(digits), 0, kDigitsMax) : 0;
}

}  // namespace mc::query
