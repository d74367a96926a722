// SPDX-License-Identifier: Apache-2.0
// Ratios with their intervals below each other, on a logarithmic axis with a line at 1.
#pragma once

#include <span>
#include <string>

namespace mc::query {

/// One ratio; a line whose numbers are not finite and above 0 is drawn as a name alone.
struct ForestRow {
  std::string name;
  double estimate = 0, low = 0, high = 0;
};

/// A drawing by itself (SVG 1.1); names, title and axis are escaped. Intervals that leave the axis end in its edge.
std::string forest_svg(std::span<const ForestRow> rows, const std::string& title, const std::string& axis);

}  // namespace mc::query
