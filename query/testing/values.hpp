// SPDX-License-Identifier: Apache-2.0
// For tests: numbers of results.
#pragma once

#include <cmath>

#include "query/release/finish.hpp"

namespace mc::query::testing {

/// A number of a result, whole or not.
inline double number(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  return std::get<double>(value);
}
inline double number_or_nan(const Value& value) {
  if (std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value)) return number(value);
  return std::nan("");
}

}  // namespace mc::query::testing
