// SPDX-License-Identifier: Apache-2.0
// The picture of a calibration: what was observed in each bin over what was predicted.
#pragma once

#include <span>
#include <string>

namespace mc::query {

struct CalibrationPoint {
  double predicted = 0;  // a risk, or a score
  double observed = 0;   // a rate, with its interval
  double low = 0, high = 0;
};

/// An SVG document: a point and its interval per bin, and of risks the diagonal on which they would stand.
std::string calibration_svg(std::span<const CalibrationPoint> points, const std::string& title, bool as_risks);

}  // namespace mc::query
