// SPDX-License-Identifier: Apache-2.0
// How many decimal digits a bound on the error leaves.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace mc::query {

/// A double shows no more.
inline constexpr int kDigitsMax = 15;

/// Decimal digits of a number of size `unit` that are certain when it may be off by `error`.
inline int certain_digits(double error, double unit) {
  if (error == 0) return kDigitsMax;
  const double digits = std::floor(-std::log10(error / std::abs(unit)));
  return std::isfinite(digits) ? std::clamp(static_cast<int>(digits), 0, kDigitsMax) : 0;
}

/// Significant digits of a number down to the first one that noise of this standard deviation reaches, at least 1.
inline int digits_down_to(double noise_sd, double value) {
  if (noise_sd == 0 || value == 0 || !std::isfinite(value)) return kDigitsMax;
  const double digits = std::floor(std::log10(std::abs(value))) - std::floor(std::log10(noise_sd)) + 1;
  return std::isfinite(digits) ? std::clamp(static_cast<int>(digits), 1, kDigitsMax) : 1;
}

/// So many deviations of its noise an answer is read with: 95 times of 100.
inline constexpr double kReadDeviations = 2;

/// The nearest multiple, halves upwards; of 0 as of 1.
inline double rounded_to(double count, std::uint32_t multiple) {
  const double unit = std::max(multiple, 1U);
  return std::floor(count / unit + 0.5) * unit;
}

}  // namespace mc::query
