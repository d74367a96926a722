// SPDX-License-Identifier: Apache-2.0
#include "data/record/number.hpp"

#include <charconv>
#include <cmath>

#include "base/check.hpp"

namespace mc::data {

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  // from_chars would also read "inf" and "nan(0x1)", which no record means as a measurement.
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  if (first >= text.size()) return std::nullopt;
  const bool is_digit = text[first] >= '0' && text[first] <= '9';
  if (!is_digit && text[first] != '.') return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value == 0 ? 0.0 : value;
}

bool is_exact_integer(double value) {
  return std::abs(value) <= kExactIntegerMax && value == std::trunc(value);
}

std::string number_text(double value) {
  if (value == 0) value = 0;
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  MC_CHECK(error == std::errc{});
  return {buffer, end};
}

}  // namespace mc::data
