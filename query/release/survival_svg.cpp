// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "data/record/number.hpp"
#include "query/release/survival_picture.hpp"
#include "query/release/svg.hpp"

namespace mc::query {
namespace {

constexpr double kWidth = 760;
constexpr double kLeft = 150, kRight = 30, kTop = 70;  // around the plot; names of strata stand on the left
constexpr double kPlotHeight = 330;
constexpr double kRowHeight = 20;
constexpr std::string_view kInk = "#222222", kGrid = "#dddddd";

class Picture {
 public:
  Picture(std::span<const SurvivalStratum> strata, const std::string& title, const std::string& subtitle)
      : strata_(strata), svg_(kWidth, height_of(strata.size())) {
    double end = 0;
    for (const SurvivalStratum& stratum : strata) {
      if (!stratum.table.time.empty()) end = std::max(end, stratum.table.time.back());
    }
    ticks_ = axis_ticks(end);
    svg_.text({kLeft, 28}, title, Anchor::kStart, 17, kInk, true);
    svg_.text({kLeft, 50}, subtitle);
  }

  std::string run() && {
    draw_axes();
    for (std::size_t i = 0; i < strata_.size(); ++i) draw_band(strata_[i], chart_colour(i));
    for (std::size_t i = 0; i < strata_.size(); ++i) draw_curve(strata_[i], chart_colour(i));
    draw_legend();
    draw_risk_table();
    return std::move(svg_).finish();
  }

 private:
  static double height_of(std::size_t strata) {
    return kTop + kPlotHeight + 90 + kRowHeight * static_cast<double>(strata);
  }
  [[nodiscard]] double x_of(double time) const { return kLeft + (kWidth - kLeft - kRight) * time / ticks_.back(); }
  [[nodiscard]] static double y_of(double survival) { return kTop + kPlotHeight * (1 - survival); }

  void draw_axes() {
    for (const double level : {0.0, 0.25, 0.5, 0.75, 1.0}) {
      svg_.line({kLeft, y_of(level)}, {kWidth - kRight, y_of(level)}, level == 0 ? kInk : kGrid);
      svg_.text({kLeft - 10, y_of(level) + 4}, data::number_text(level), Anchor::kEnd);
    }
    for (const double tick : ticks_) {
      svg_.line({x_of(tick), y_of(0)}, {x_of(tick), y_of(0) + 6}, kInk);
      svg_.text({x_of(tick), y_of(0) + 22}, data::number_text(tick), Anchor::kMiddle);
    }
    svg_.line({kLeft, y_of(0)}, {kLeft, y_of(1)}, kInk);
  }

  /// The steps of one column of the curve, from (0, 1) to where it ends or is not a number.
  [[nodiscard]] std::vector<Point> steps(const SurvivalStratum& stratum, const std::vector<double>& curve) const {
    std::vector<Point> points{{x_of(0), y_of(1)}};
    double level = 1;
    for (std::size_t i = 0; i < curve.size(); ++i) {
      points.push_back({x_of(stratum.table.time[i]), y_of(level)});
      if (std::isnan(curve[i])) break;
      level = curve[i];
      points.push_back({x_of(stratum.table.time[i]), y_of(level)});
    }
    return points;
  }

  void draw_band(const SurvivalStratum& stratum, std::string_view colour) {
    std::vector<Point> outline = steps(stratum, stratum.curve.upper);
    const std::vector<Point> lower = steps(stratum, stratum.curve.lower);
    outline.insert(outline.end(), lower.rbegin(), lower.rend());
    svg_.area(outline, colour, 0.15);
  }

  void draw_curve(const SurvivalStratum& stratum, std::string_view colour) {
    svg_.polyline(steps(stratum, stratum.curve.survival), colour, 2);
    for (std::size_t i = 0; i < stratum.table.time.size(); ++i) {
      if (stratum.table.n_censor[i] == 0) continue;
      const double x = x_of(stratum.table.time[i]);
      const double y = y_of(stratum.curve.survival[i]);
      svg_.line({x, y - 4}, {x, y + 4}, colour);
    }
  }

  void draw_legend() {
    for (std::size_t i = 0; i < strata_.size(); ++i) {
      const double median = strata_[i].curve.median;
      const double y = kTop + 10 + kRowHeight * static_cast<double>(i);
      svg_.square({kWidth - kRight - 10, y - 4}, 11, chart_colour(i));
      svg_.text(
          {kWidth - kRight - 22, y},
          strata_[i].name + (std::isnan(median) ? ", median not reached" : ", median " + data::number_text(median)),
          Anchor::kEnd);
    }
  }

  void draw_risk_table() {
    const double top = y_of(0) + 50;
    svg_.text({12, top}, "number at risk", Anchor::kStart, 13, kInk, true);
    for (std::size_t i = 0; i < strata_.size(); ++i) {
      const double y = top + kRowHeight * static_cast<double>(i + 1);
      svg_.text({12, y}, strata_[i].name, Anchor::kStart, 13, chart_colour(i));
      for (const double tick : ticks_) {
        svg_.text({x_of(tick), y}, data::number_text(at_risk(strata_[i].table, tick)), Anchor::kMiddle);
      }
    }
  }

  std::span<const SurvivalStratum> strata_;
  Svg svg_;
  std::vector<double> ticks_;
};

}  // namespace

std::string survival_svg(std::span<const SurvivalStratum> strata, const std::string& title,
                         const std::string& subtitle) {
  return Picture(strata, title, subtitle).run();
}

}  // namespace mc::query
