// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "data/schema/infer.hpp"

namespace mc::data {
namespace {

/// A grid 1, 2, 2.5 or 5 times a power of ten. Points are read from their decimal text, so that the third point of the
/// grid 0.1 is the number people write as 0.3 (3 * 0.1 is another double).
struct Grid {
  std::int64_t mantissa = 10;  // 10, 20, 25 or 50, a tenth of it counts
  int exponent = 0;            // of the tenth

  [[nodiscard]] double point(std::int64_t k) const {
    return parse_number(std::to_string(k * mantissa) + "e" + std::to_string(exponent)).value_or(0);
  }
  [[nodiscard]] bool is_integral() const { return exponent >= 0 || (exponent == -1 && mantissa != 25); }

  [[nodiscard]] std::int64_t floor_of(double value) const {
    auto k = static_cast<std::int64_t>(std::floor(value / point(1)));
    while (point(k) > value) --k;
    while (point(k + 1) <= value) ++k;
    return k;
  }
  [[nodiscard]] std::int64_t ceiling_of(double value) const {
    const std::int64_t k = floor_of(value);
    return point(k) == value ? k : k + 1;
  }
  [[nodiscard]] Grid coarser() const {
    switch (mantissa) {
      case 10:
        return {20, exponent};
      case 20:
        return {25, exponent};
      case 25:
        return {50, exponent};
      default:
        return {10, exponent + 1};
    }
  }
};

}  // namespace

NiceRange nice_range(double minimum, double maximum, bool integer) {
  MC_CHECK(std::isfinite(minimum) && std::isfinite(maximum) && minimum <= maximum);
  const double magnitude = std::max(std::abs(minimum), std::abs(maximum));
  // A column that holds one value (or nearly) gets a range from its magnitude; the value itself must not travel.
  if (maximum - minimum <= magnitude * 1e-12 || magnitude < 1e-90) {
    const bool is_zero = magnitude < 1e-90;
    const double span = is_zero ? 1 : magnitude / 4;
    if (!is_zero || minimum < 0) minimum -= span;
    maximum += span;
    if (integer) {
      minimum = std::floor(minimum);
      maximum = std::ceil(maximum);
    }
  }
  const auto exponent = static_cast<int>(std::floor(std::log10((maximum - minimum) / kRangeStepsMax)));
  Grid grid{10, exponent - 2};
  while ((integer && !grid.is_integral()) || grid.ceiling_of(maximum) - grid.floor_of(minimum) > kRangeStepsMax) {
    grid = grid.coarser();
  }
  const std::int64_t first = grid.floor_of(minimum);
  const std::int64_t last = grid.ceiling_of(maximum);
  NiceRange range{grid.point(first), grid.point(last), {}};
  for (std::int64_t k = first + 1; k < last; ++k) range.edges.push_back(grid.point(k));
  return range;
}

}  // namespace mc::data
