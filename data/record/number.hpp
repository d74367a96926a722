// SPDX-License-Identifier: Apache-2.0
// Numbers as records write them, the same in every locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mc::data {

/// Integers above this are not all exact as doubles.
inline constexpr double kExactIntegerMax = 9007199254740992.0;  // 2^53

/// A decimal number (sign, digits, point, exponent), correctly rounded; nothing when the text is anything else,
/// "inf" and "nan" included.
std::optional<double> parse_number(std::string_view text);

/// True when the value is an integer that a double holds exactly.
bool is_exact_integer(double value);

/// Shortest text that reads back to the same double; -0 is "0".
std::string number_text(double value);

}  // namespace mc::data
