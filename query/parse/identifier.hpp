// SPDX-License-Identifier: Apache-2.0
// Names and literals, and where they stand in the query's text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace mc::query {

/// Line and column from 1, the column counted in bytes.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  [[nodiscard]] std::string text() const { return std::to_string(line) + ":" + std::to_string(column); }
};

/// A failure whose message begins with the place that it is about: "1:17: there is no column ...".
inline auto fail_at(Code code, const Position& at, std::string_view message) {
  return fail(code, at.text() + ": " + std::string(message));
}

/// risk_score('heart'), predicted_risk('heart', '-3.2 + 0.01 * age'): a risk predictor where a column could stand.
struct ScoreCall {
  std::string model;     // its name; empty where the equation stands alone
  std::string equation;  // as written (query/parse/score_equation.hpp); empty until the name is looked up
  bool as_risk = false;  // predicted_risk: 1 / (1 + exp(-score))
  friend bool operator==(const ScoreCall&, const ScoreCall&) = default;
};

struct Identifier {
  std::string name;  // of a score: how messages and answers call it
  Position at;
  std::optional<ScoreCall> score{};
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
