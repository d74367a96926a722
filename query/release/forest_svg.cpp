// SPDX-License-Identifier: Apache-2.0
#include "query/release/forest_svg.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "data/record/number.hpp"
#include "query/release/answer_text.hpp"
#include "query/release/svg.hpp"

namespace mc::query {
namespace {

constexpr double kWidth = 760, kLeft = 230, kRight = 200, kTop = 60, kRowHeight = 26;
constexpr double kRatioMax = 1000;  // an axis reaches no further than this, or its inverse
constexpr std::string_view kInk = "#222222", kGrid = "#dddddd";

bool is_shown(const ForestRow& row) {
  return std::isfinite(row.estimate) && row.estimate > 0 && std::isfinite(row.low) && row.low > 0 &&
         std::isfinite(row.high) && row.high > 0;
}

/// The axis runs from 1 / reach to reach.
double reach_of(std::span<const ForestRow> rows) {
  double reach = 2;
  for (const ForestRow& row : rows) {
    if (is_shown(row)) reach = std::max({reach, row.high, 1 / row.low});
  }
  return std::min(reach * 1.1, kRatioMax);
}

}  // namespace

std::string forest_svg(std::span<const ForestRow> rows, const std::string& title, const std::string& axis) {
  const double bottom = kTop + kRowHeight * static_cast<double>(rows.size()) + 10;
  const double reach = std::log(reach_of(rows));
  const auto x_of = [&](double ratio) {
    const double place = std::clamp(std::log(ratio) / reach, -1.0, 1.0);
    return kLeft + (kWidth - kLeft - kRight) * (1 + place) / 2;
  };
  Svg svg(kWidth, bottom + 60);
  svg.text({12, 28}, title, Anchor::kStart, 17, kInk, true);
  constexpr std::array kTicks{0.01, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 100.0};
  for (const double tick : kTicks) {
    if (std::abs(std::log(tick)) > reach) continue;
    svg.line({x_of(tick), kTop - 10}, {x_of(tick), bottom}, tick == 1 ? kInk : kGrid);
    svg.text({x_of(tick), bottom + 18}, data::number_text(tick), Anchor::kMiddle);
  }
  svg.text({x_of(1), bottom + 42}, axis, Anchor::kMiddle);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ForestRow& row = rows[i];
    const double y = kTop + kRowHeight * (static_cast<double>(i) + 0.5);
    svg.text({12, y + 4}, row.name);
    if (!is_shown(row)) continue;
    svg.line({x_of(row.low), y}, {x_of(row.high), y}, chart_colour(0), 2);
    svg.square({x_of(row.estimate), y}, 9, chart_colour(0));
    svg.text({kWidth - 12, y + 4}, shown(row.estimate, 3) + " (" + shown(row.low, 3) + ", " + shown(row.high, 3) + ")",
             Anchor::kEnd);
  }
  return std::move(svg).finish();
}

}  // namespace mc::query
