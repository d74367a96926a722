// SPDX-License-Identifier: Apache-2.0
// Names and literals, and where they stand in the query's text.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace mc::query {

/// Line and column from 1, the column counted in bytes.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  [[nodiscard]] std::string text() const { return std::to_string(line) + ":" + std::to_string(column); }
};

struct Identifier {
  std::string name;
  Position at;
};

/// A number keeps its value and its spelling; a string has its quotes removed.
struct Literal {
  std::variant<double, std::string> value;
  Position at;
  [[nodiscard]] bool is_number() const { return std::holds_alternative<double>(value); }
  [[nodiscard]] double number() const { return std::get<double>(value); }
  [[nodiscard]] const std::string& text() const { return std::get<std::string>(value); }
};

}  // namespace mc::query
