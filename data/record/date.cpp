// SPDX-License-Identifier: Apache-2.0
#include "data/record/date.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace mc::data {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// "T13:28:17.5-05:00", " 13:28": nothing else can follow a date.
bool is_time_of_day(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() < 2 || (text.front() != 'T' && text.front() != ' ') || !is_digit(text[1])) return false;
  return std::all_of(text.begin() + 1, text.end(),
                     [](char c) { return is_digit(c) || c == ':' || c == '.' || c == '+' || c == '-' || c == 'Z'; });
}

}  // namespace

std::optional<std::int64_t> days_of_date(std::string_view text) {
  constexpr std::size_t kDateBytes = 10;
  if (text.size() < kDateBytes || text[4] != '-' || text[7] != '-' || !is_time_of_day(text.substr(kDateBytes))) {
    return std::nullopt;
  }
  for (const std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!is_digit(text[i])) return std::nullopt;
  }
  const auto part = [&](std::size_t begin, std::size_t size) {
    unsigned value = 0;
    std::from_chars(text.data() + begin, text.data() + begin + size, value);
    return value;
  };
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(part(0, 4))),
                                         std::chrono::month(part(5, 2)), std::chrono::day(part(8, 2)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

}  // namespace mc::data
