// SPDX-License-Identifier: Apache-2.0
#include "query/parse/spelling.hpp"

#include <array>
#include <charconv>

#include "data/schema/history.hpp"
#include "query/parse/parser.hpp"

namespace mc::query {

std::string in_quotes(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result += quote;
    result += c;
  }
  return result + quote;
}

std::string label_sql(const std::string& label) {
  return is_plain_name(label) ? label : in_quotes(label, '"');
}

std::string name_sql(const std::string& name) {
  return data::is_history_text(name) ? name : label_sql(name);
}

std::string column_sql(const Identifier& column) {
  if (!column.score) return name_sql(column.name);
  const ScoreCall& score = *column.score;
  std::string text;
  for (const std::string& one : {score.model, score.equation}) {
    if (!one.empty()) text += (text.empty() ? "" : ", ") + in_quotes(one, '\'');
  }
  return (score.as_risk ? "predicted_risk(" : "risk_score(") + text + ")";
}

std::string number_sql(double number) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return {buffer.data(), end};
}

std::string literal_sql(const Literal& literal) {
  return literal.is_number() ? number_sql(literal.number()) : in_quotes(literal.text(), '\'');
}

}  // namespace mc::query
