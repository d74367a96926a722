// SPDX-License-Identifier: Apache-2.0
#include "data/schema/history.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "data/record/csv.hpp"
#include "data/record/number.hpp"

namespace mc::data {
namespace {

constexpr std::array<std::string_view, kTakeCount> kTakeNames{"latest",   "first", "highest",    "lowest",
                                                              "n_events", "had",   "first_time", "time_to"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::optional<Take> take_of(std::string_view name) {
  const auto is_same = [&](std::string_view known) {
    return std::equal(known.begin(), known.end(), name.begin(), name.end(),
                      [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b); });
  };
  const auto found = std::find_if(kTakeNames.begin(), kTakeNames.end(), is_same);
  if (found == kTakeNames.end()) return std::nullopt;
  return static_cast<Take>(found - kTakeNames.begin());
}

tl::unexpected<Error> not_understood(std::string_view text) {
  return fail(Code::kParse, "the history \"" + std::string(text) +
                                "\" is not understood: write latest(SERIES), latest(SERIES, TO) or latest(SERIES, "
                                "FROM, TO); besides latest there are first, highest, lowest, n_events, had, "
                                "first_time and time_to");
}

/// What stands in the parentheses, between the commas.
std::optional<std::vector<std::string_view>> arguments_of(std::string_view text) {
  if (text.empty() || text.back() != ')') return std::nullopt;
  text.remove_suffix(1);
  std::vector<std::string_view> arguments;
  while (true) {
    const std::size_t comma = text.find(',');
    arguments.push_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return arguments;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::string_view take_name(Take take) {
  return kTakeNames[static_cast<std::size_t>(take)];
}

bool takes_values(Take take) {
  return take <= Take::kLowest;
}

bool is_series_name(std::string_view name) {
  return !name.empty() && name.size() <= kSeriesNameBytesMax && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::string history_text(const History& history) {
  std::string text = std::string(take_name(history.take)) + "(" + history.series;
  for (const std::optional<double>& end : {history.from, history.to}) {
    if (end) text += ", " + number_text(*end);
  }
  return text + ")";
}

Result<History> history_from_text(std::string_view text) {
  const std::string_view whole = trimmed(text);
  const std::size_t open = whole.find('(');
  if (open == std::string_view::npos) return not_understood(whole);
  const auto take = take_of(trimmed(whole.substr(0, open)));
  const auto arguments = arguments_of(whole.substr(open + 1));
  if (!take || !arguments || arguments->size() > 3 || !is_series_name(arguments->front())) return not_understood(whole);
  History history{*take, std::string(arguments->front())};
  for (std::size_t i = 1; i < arguments->size(); ++i) {
    const auto number = parse_number((*arguments)[i]);
    if (!number) return not_understood(whole);
    const double value = *number == 0 ? 0.0 : *number;
    history.from = history.to;
    history.to = value;
  }
  if (history.from && *history.from >= *history.to) {
    return fail(Code::kInvalidArgument, "the window of " + history_text(history) + " ends at " +
                                            number_text(*history.to) + ", not after " + number_text(*history.from) +
                                            ", where it begins");
  }
  return history;
}

bool is_history_text(std::string_view text) {
  const auto history = history_from_text(text);
  return history && history_text(*history) == text;
}

}  // namespace mc::data
