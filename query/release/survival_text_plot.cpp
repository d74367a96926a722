// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <vector>

#include "data/record/number.hpp"
#include "query/release/answer_text.hpp"
#include "query/release/survival_picture.hpp"

namespace mc::query {
namespace {

constexpr std::size_t kWidth = 61;
constexpr std::size_t kHeight = 17;  // a line per sixteenth
constexpr std::size_t kBandStrataMax = 3;
constexpr std::string_view kMarks = "*o+x#@%&";
constexpr char kBand = '.';

struct Level {
  double survival = 1, lower = 1, upper = 1;
};

/// The curve at a time; nothing after its last row.
std::optional<Level> level_at(const SurvivalStratum& stratum, double time) {
  const std::vector<double>& times = stratum.table.time;
  if (times.empty() || time > times.back()) return std::nullopt;
  const auto next = std::upper_bound(times.begin(), times.end(), time);
  if (next == times.begin()) return Level{};
  const auto row = static_cast<std::size_t>(next - times.begin()) - 1;
  return Level{stratum.curve.survival[row], stratum.curve.lower[row], stratum.curve.upper[row]};
}

std::size_t line_of(double survival) {
  return static_cast<std::size_t>(std::lround((1 - survival) * (kHeight - 1)));
}

class TextPlot {
 public:
  explicit TextPlot(std::span<const SurvivalStratum> strata)
      : strata_(strata.first(std::min(strata.size(), kMarks.size()))), lines_(kHeight, std::string(kWidth, ' ')) {
    double end = 0;
    for (const SurvivalStratum& stratum : strata_) {
      if (!stratum.table.time.empty()) end = std::max(end, stratum.table.time.back());
    }
    ticks_ = axis_ticks(end);
    for (const SurvivalStratum& stratum : strata_) margin_ = std::max(margin_, stratum.name.size() + 3);
    margin_ = std::min<std::size_t>(margin_, 28);
  }

  std::string run() {
    if (strata_.size() <= kBandStrataMax) {
      for (const SurvivalStratum& stratum : strata_) draw_band(stratum);
    }
    for (std::size_t i = 0; i < strata_.size(); ++i) draw_curve(strata_[i], kMarks[i]);
    std::string text;
    for (std::size_t line = 0; line < kHeight; ++line) {
      std::array<char, 16> label;
      std::snprintf(label.data(), label.size(), "%.2f", 1 - static_cast<double>(line) / (kHeight - 1));
      text += trimmed_end(padded(line % 4 == 0 ? label.data() : "", margin_, true) + " |" + lines_[line]);
    }
    std::string axis(kWidth, '-');
    for (const double tick : ticks_) {
      if (tick > 0) axis[column_of(tick)] = '+';
    }
    text += std::string(margin_, ' ') + " +" + axis + "\n" + tick_row("", [](double tick) { return tick; });
    text += "number at risk\n";
    for (std::size_t i = 0; i < strata_.size(); ++i) {
      const RiskTable& table = strata_[i].table;
      text += tick_row(std::string(1, kMarks[i]) + " " + strata_[i].name,
                       [&](double tick) { return at_risk(table, tick); });
    }
    return text;
  }

 private:
  static std::string trimmed_end(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  }

  [[nodiscard]] double time_of(std::size_t column) const {
    return ticks_.back() * static_cast<double>(column) / (kWidth - 1);
  }
  [[nodiscard]] std::size_t column_of(double time) const {
    return static_cast<std::size_t>(std::lround(time / ticks_.back() * (kWidth - 1)));
  }

  void put(std::size_t line, std::size_t column, char mark) { lines_[line][column] = mark; }

  void draw_band(const SurvivalStratum& stratum) {
    for (std::size_t column = 0; column < kWidth; ++column) {
      const auto level = level_at(stratum, time_of(column));
      if (!level || std::isnan(level->lower)) continue;
      put(line_of(level->lower), column, kBand);
      put(line_of(level->upper), column, kBand);
    }
  }

  void draw_curve(const SurvivalStratum& stratum, char mark) {
    std::optional<std::size_t> before;
    for (std::size_t column = 0; column < kWidth; ++column) {
      const auto level = level_at(stratum, time_of(column));
      if (!level) break;
      const std::size_t line = line_of(level->survival);
      for (std::size_t between = before ? *before + 1 : line; between < line; ++between) put(between, column, mark);
      put(line, column, mark);
      before = line;
    }
  }

  /// Numbers centred below the ticks.
  template <class Number>
  std::string tick_row(const std::string& name, const Number& number) const {
    std::string row = padded(name.size() > margin_ ? name.substr(0, margin_) : name, margin_ + 2, false);
    for (const double tick : ticks_) {
      const std::string text = data::number_text(number(tick));
      const std::size_t middle = margin_ + 2 + column_of(tick);
      const std::size_t begin = middle - std::min(middle, (text.size() - 1) / 2);
      if (row.size() < begin) row.append(begin - row.size(), ' ');
      row += text + " ";
    }
    return trimmed_end(std::move(row));
  }

  std::span<const SurvivalStratum> strata_;
  std::vector<std::string> lines_;
  std::vector<double> ticks_;
  std::size_t margin_ = 6;
};

}  // namespace

std::vector<double> axis_ticks(double end) {
  if (!(end > 0) || !std::isfinite(end)) return {0, 1};
  const double unit = std::pow(10, std::floor(std::log10(end / 5)));
  double step = unit;
  for (const double factor : {1.0, 2.0, 2.5, 5.0, 10.0}) {
    step = unit * factor;
    if (end / step <= 6) break;
  }
  std::vector<double> ticks;
  for (double k = 0; ticks.empty() || ticks.back() < end; ++k) ticks.push_back(k * step);
  return ticks;
}

std::string survival_text_plot(std::span<const SurvivalStratum> strata) {
  return TextPlot(strata).run();
}

}  // namespace mc::query
