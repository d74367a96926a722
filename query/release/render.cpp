// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>

#include "query/release/answer_text.hpp"
#include "query/release/finish.hpp"

namespace mc::query {
namespace {

std::string text_of(const Value& value, int digits) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<double>(&value)) {
    std::array<char, 40> buffer;
    std::snprintf(buffer.data(), buffer.size(), "%.*g", std::max(1, digits), *number);
    return buffer.data();
  }
  return "NULL";
}

std::string without_trailing_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

namespace {

bool is_model(const ResultTable& table, std::size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(),
                     [&](const auto& row) { return std::holds_alternative<ModelCell>(row[column]); });
}

/// The columns that hold numbers and texts.
std::string grid_text(const ResultTable& table, const std::vector<std::size_t>& shown) {
  std::vector<std::size_t> widths;
  for (const std::size_t column : shown) widths.push_back(width_of(table.columns[column]));
  std::vector<std::vector<std::string>> cells;
  for (const auto& row : table.rows) {
    cells.emplace_back();
    for (std::size_t i = 0; i < shown.size(); ++i) {
      cells.back().push_back(text_of(row[shown[i]], table.digits[shown[i]]));
      widths[i] = std::max(widths[i], width_of(cells.back().back()));
    }
  }
  std::string header;
  std::string rule;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    header += (i == 0 ? "" : "  ") + padded(table.columns[shown[i]], widths[i], true);
    rule += (i == 0 ? "" : "  ") + std::string(widths[i], '-');
  }
  std::string text = without_trailing_blanks(header) + rule + "\n";
  for (std::size_t r = 0; r < cells.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < cells[r].size(); ++i) {
      const bool is_text = std::holds_alternative<std::string>(table.rows[r][shown[i]]);
      line += (i == 0 ? "" : "  ") + padded(cells[r][i], widths[i], !is_text);
    }
    text += without_trailing_blanks(line);
  }
  return text;
}

/// Which group a row is of: "sex = F".
std::string group_text(const ResultTable& table, std::size_t row) {
  std::string text;
  for (std::size_t i = 0; i < table.group_columns.size(); ++i) {
    text += (i == 0 ? "" : ", ") + table.group_columns[i] + " = " + text_of(table.groups[row][i], kDigitsMax);
  }
  return text;
}

}  // namespace

std::string render_table(const ResultTable& table) {
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (!is_model(table, i)) shown.push_back(i);
  }
  std::string text = shown.empty() ? "" : grid_text(table, shown);
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    for (const Value& value : table.rows[r]) {
      const auto* model = std::get_if<ModelCell>(&value);
      if (model == nullptr) continue;
      const std::string group = group_text(table, r);
      text += (group.empty() ? "" : group + "\n") + (*model)->text;
    }
  }
  return text + "n = " + std::to_string(table.n) + "\n";
}

}  // namespace mc::query
