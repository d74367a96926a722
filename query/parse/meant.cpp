// SPDX-License-Identifier: Apache-2.0
#include "query/parse/meant.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace mc::query {
namespace {

struct Meant {
  std::string_view before;  // stands there already; empty: whatever it is
  std::string_view found;   // stands where the parser stopped, in lower case
  std::string_view instead;
};
constexpr std::string_view kQuotes = "text stands between straight 'single quotes'";
constexpr std::string_view kFormula =
    "a formula stands in 'single quotes', as in linear_regression('y ~ x'), and a test takes columns, as in ttest(x, "
    "group)";
constexpr std::string_view kBounds = "two bounds are written x > 50 AND x < 60, or x BETWEEN 50 AND 60";
constexpr std::string_view kMissing = "who has no value is found by IS NULL";
constexpr std::string_view kOfCase = "not offered: CASE; a condition stands in WHERE, or GROUP BY takes a category";
/// In this order; a word ends where a name would end.
constexpr std::array<Meant, 23> kMeant{{
    {"=", "=", "equality is one =, as in sex = 'F'"},
    {"=", ">", "at least is written >="},
    {"=", "<", "at most is written <="},
    {"", "≥", "at least is written >="},
    {"", "≤", "at most is written <="},
    {"", "≠", "unequal is written <>"},
    {"", "‘", kQuotes},
    {"", "’", kQuotes},
    {"", "“", kQuotes},
    {"", "”", kQuotes},
    {"", "„", kQuotes},
    {"", "´", kQuotes},
    {"", "`", "a name that is no plain word stands in \"double quotes\""},
    {"", "~", kFormula},
    {"", "<", kBounds},
    {"", ">", kBounds},
    {"", "when", kOfCase},
    {"", "case", kOfCase},
    {"", "filter", "not offered: FILTER; a condition stands in WHERE, or GROUP BY takes a category"},
    {"", "over", "not offered: OVER; single records are never released"},
    {"", "na", kMissing},
    {"", "nan", kMissing},
    {"", "explain", "`medcommons explain` takes the question without that word"},
}};
/// Of a function where a column should stand.
constexpr std::array<Meant, 5> kOfEvents{{
    {"", "last", "a person's latest value is latest(series)"},
    {"", "max", "a person's largest value is highest(series)"},
    {"", "min", "a person's smallest value is lowest(series)"},
    {"", "count", "how many events a person has is n_events(series)"},
    {"", "any", "whether a person has an event is had(series)"},
}};

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_word(char c) {
  return is_digit(c) || c == '_' || (lower(c) >= 'a' && lower(c) <= 'z');
}

bool begins_with(std::string_view text, std::string_view lower_case) {
  return text.size() >= lower_case.size() &&
         std::ranges::equal(text.substr(0, lower_case.size()), lower_case, {}, lower);
}

/// 50,5 and not a list.
bool is_decimal_comma(std::string_view before, std::string_view there) {
  return there.size() > 1 && there[0] == ',' && is_digit(there[1]) && !before.empty() && is_digit(before.back());
}

std::string_view found_in(std::span<const Meant> table, std::string_view before, std::string_view there) {
  for (const Meant& one : table) {
    if (!before.ends_with(one.before) || !begins_with(there, one.found)) continue;
    const bool goes_on = there.size() > one.found.size() && is_word(there[one.found.size()]);
    if (!is_word(one.found.back()) || !goes_on) return one.instead;
  }
  return {};
}

}  // namespace

std::string_view meant_at(std::string_view sql, std::size_t offset) {
  while (offset < sql.size() && (sql[offset] == ' ' || sql[offset] == '\n' || sql[offset] == '\t')) ++offset;
  const std::string_view before = sql.substr(0, offset), there = sql.substr(offset);
  if (is_decimal_comma(before, there)) return "decimals have a point, as in 50.5";
  return found_in(kMeant, before, there);
}

std::string_view history_meant_at(std::string_view sql, std::size_t offset) {
  return found_in(kOfEvents, sql.substr(0, offset), sql.substr(offset));
}

}  // namespace mc::query
