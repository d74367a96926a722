// SPDX-License-Identifier: Apache-2.0
#include "query/release/calibration_svg.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "query/release/answer_text.hpp"
#include "query/release/svg.hpp"

namespace mc::query {
namespace {

constexpr double kWidth = 620, kHeight = 560, kLeft = 80, kRight = 40, kTop = 60, kBottom = 80;
constexpr std::string_view kInk = "#222222", kGrid = "#dddddd";
constexpr std::array kFifths{0.0, 0.2, 0.4, 0.6, 0.8, 1.0};

}  // namespace

std::string calibration_svg(std::span<const CalibrationPoint> points, const std::string& title, bool as_risks) {
  double from = 0;
  double to = 1;
  if (!as_risks && !points.empty()) {
    const auto [least, most] = std::ranges::minmax(points, {}, &CalibrationPoint::predicted);
    from = std::floor(least.predicted);
    to = std::max(from + 1, std::ceil(most.predicted));
  }
  const auto x_of = [&](double predicted) {
    return kLeft + (kWidth - kLeft - kRight) * (predicted - from) / (to - from);
  };
  const auto y_of = [&](double rate) { return kHeight - kBottom - (kHeight - kTop - kBottom) * rate; };
  Svg svg(kWidth, kHeight);
  svg.text({12, 28}, title, Anchor::kStart, 15, kInk, true);
  for (const double part : kFifths) {
    const double predicted = from + part * (to - from);
    svg.line({x_of(from), y_of(part)}, {x_of(to), y_of(part)}, part == 0 ? kInk : kGrid);
    svg.line({x_of(predicted), y_of(0)}, {x_of(predicted), y_of(1)}, part == 0 ? kInk : kGrid);
    svg.text({kLeft - 10, y_of(part) + 4}, shown(part, 3), Anchor::kEnd);
    svg.text({x_of(predicted), y_of(0) + 20}, shown(predicted, 3), Anchor::kMiddle);
  }
  if (as_risks) svg.line({x_of(0), y_of(0)}, {x_of(1), y_of(1)}, "#888888");
  svg.text({x_of((from + to) / 2), kHeight - 30}, as_risks ? "predicted risk, at the bin's mean score" : "mean score",
           Anchor::kMiddle);
  svg.text({12, kTop - 12}, "observed");
  for (const CalibrationPoint& point : points) {
    const double x = x_of(point.predicted);
    svg.line({x, y_of(point.low)}, {x, y_of(point.high)}, chart_colour(0), 2);
    svg.square({x, y_of(point.observed)}, 9, chart_colour(0));
  }
  return std::move(svg).finish();
}

}  // namespace mc::query
