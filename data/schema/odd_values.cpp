// SPDX-License-Identifier: Apache-2.0
#include "data/schema/odd_values.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/check.hpp"
#include "data/record/date.hpp"
#include "data/record/missing.hpp"
#include "data/schema/step.hpp"

namespace mc::data {
namespace {

constexpr std::size_t kValueBytesShown = 32;
constexpr std::size_t kNumbersBesideCode = 20;      // fewer say nothing about which numbers are usual
constexpr double kFarAbove = 2;                     // times the largest other value
constexpr std::size_t kOthersBesideUnrounded = 20;  // of so many values one may have been computed and not read off

/// How often each of the smallest or largest few numbers comes.
class Extremes {
 public:
  void add(double value) {
    ++counts_[value];
    if (counts_.size() > kKept) counts_.erase(std::next(counts_.begin(), kKept / 2));
  }
  [[nodiscard]] const std::map<double, std::size_t>& counts() const { return counts_; }

 private:
  static constexpr std::size_t kKept = 8;
  std::map<double, std::size_t> counts_;
};

struct Look {
  std::size_t numbers = 0;
  std::size_t present = 0;
  std::size_t dates = 0;
  std::optional<std::size_t> first_odd;  // a row
  std::size_t unrounded = 0;             // numbers that are multiples of no step, and the first one's row
  std::size_t first_unrounded = 0;
  double step = 1;  // of the others
  Extremes extremes;
};

Look look_at(const Table& table, std::size_t column, const MissingValues& codes) {
  Look look;
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    const std::string_view cell = trimmed(table.cell(row, column));
    if (codes.holds(cell)) continue;
    ++look.present;
    if (const auto number = parse_number(cell)) {
      ++look.numbers;
      look.extremes.add(*number);
      const double step = decimal_step_of(*number);
      if (step > 0) look.step = std::min(look.step, step);
      if (step == 0 && look.unrounded++ == 0) look.first_unrounded = row;
    } else {
      if (!look.first_odd) look.first_odd = row;
      if (days_of_date(cell)) ++look.dates;
    }
  }
  return look;
}

/// As a shell takes it for one word.
std::string in_shell(const std::string& word) {
  const bool is_plain = std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-.:,+/").find(c) != std::string_view::npos;
  });
  if (is_plain) return word;
  std::string quoted;
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "'" + quoted + "'";
}

std::string option_for(const Column& column, const std::string& code) {
  return "--missing " + in_shell(column.name + ":" + code);
}

/// 12,5 for 12.5.
bool has_decimal_comma(std::string_view cell) {
  std::string point(cell);
  const auto comma = point.find(',');
  if (comma == std::string::npos || point.find('.') != std::string::npos) return false;
  point[comma] = '.';
  return parse_number(point).has_value();
}

std::string about_odd_one(const Table& table, std::size_t index, const Column& column, const Look& look) {
  std::string value(trimmed(table.cell(*look.first_odd, index)));
  const bool is_short = value.size() <= kValueBytesShown;
  const std::string shown = is_short ? "\"" + value + "\"" : "a text of " + std::to_string(value.size()) + " bytes";
  std::string text = table.source() + ": column \"" + column.name + "\" is " +
                     (column.is_sealed() ? "text with categories" : "not sealed, nobody can ask for it") + ": " +
                     std::to_string(look.numbers) + " of its " + std::to_string(look.present) +
                     " values are numbers, and " + (look.present - look.numbers == 1 ? "" : "first ") + "line " +
                     std::to_string(table.line(*look.first_odd)) + " is not, " + shown + "; ";
  if (has_decimal_comma(value)) return text + "numbers are written with a point and nothing between thousands, 1234.5";
  text += "correct the file";
  return is_short ? text + ", or if it stands for a missing value say " + option_for(column, value) : text;
}

/// The code that the column's numbers seem to hold.
std::optional<double> suspected_code(const Look& look) {
  const auto& counts = look.extremes.counts();
  if (look.numbers < kNumbersBesideCode || counts.size() < 3) return std::nullopt;
  const auto [lowest, times_lowest] = *counts.begin();
  if (lowest < 0 && is_exact_integer(lowest) && std::next(counts.begin())->first >= 0 && times_lowest > 1)
    return lowest;
  const auto [highest, times_highest] = *counts.rbegin();
  const std::string digits = number_text(highest);
  const bool is_nines = digits.size() > 1 && digits.find_first_not_of('9') == std::string::npos;
  if (is_nines && times_highest > 1 && highest > kFarAbove * std::next(counts.rbegin())->first) return highest;
  return std::nullopt;
}

/// A date is text to a dictionary; what can be asked for is how long something was.
std::string about_dates(const Table& table, const Column& column) {
  return table.source() + ": column \"" + column.name + "\" holds dates and is " +
         (column.is_sealed() ? "sealed as text with categories" : "not sealed, nobody can ask for it") +
         ": add a column with the days from each person's first day to it, or bring a file of events with --events, "
         "which reads dates";
}

/// R writes its logical values so.
bool are_truth_values(const Column& column) {
  return column.categories == std::vector<std::string>{"FALSE", "TRUE"} ||
         column.categories == std::vector<std::string>{"False", "True"} ||
         column.categories == std::vector<std::string>{"false", "true"};
}

/// Without a step nothing but declared edges can be compared with, and sums are rounded by noise.
std::string about_unrounded(const Table& table, std::size_t index, const Column& column, const Look& look) {
  const bool is_one = look.unrounded == 1;
  return table.source() + ": column \"" + column.name + "\" gets no step: all but " + std::to_string(look.unrounded) +
         " of its " + std::to_string(look.present) + " values are multiples of " + number_text(look.step) + ", and " +
         (is_one ? "" : "first ") + "line " + std::to_string(table.line(look.first_unrounded)) + " is not, \"" +
         std::string(trimmed(table.cell(look.first_unrounded, index))) +
         "\"; where it is rounded likewise, thresholds can be compared with and sums are exact";
}

}  // namespace

std::vector<std::string> odd_values(const Table& table, const Schema& proposal) {
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < table.column_count(); ++i) {
    const Column* column = proposal.find(table.header()[i]);
    MC_CHECK(column != nullptr);
    const Look look = look_at(table, i, MissingValues(proposal.missing_values_of(*column)));
    if (!column->is_numeric()) {
      if (look.dates > 0 && look.dates == look.present) notes.push_back(about_dates(table, *column));
      if (are_truth_values(*column)) {
        notes.push_back(table.source() + ": column \"" + column->name + "\" is text with the categories " +
                        column->categories[0] + " and " + column->categories[1] +
                        ": written as 0 and 1 it can be averaged, and stand in WHERE by itself");
      }
      if (look.first_odd && 2 * look.numbers >= look.present) notes.push_back(about_odd_one(table, i, *column, look));
      continue;
    }
    if (column->resolution() == 0 && look.unrounded > 0 && look.unrounded * kOthersBesideUnrounded <= look.present) {
      notes.push_back(about_unrounded(table, i, *column, look));
    }
    if (const auto code = suspected_code(look)) {
      notes.push_back(table.source() + ": column \"" + column->name + "\" holds " + number_text(*code) + " " +
                      std::to_string(look.extremes.counts().at(*code)) +
                      " times, far from its other values; if it stands for a missing value say " +
                      option_for(*column, number_text(*code)));
    }
  }
  return notes;
}

}  // namespace mc::data
