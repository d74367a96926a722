// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>

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

/// Characters, not bytes: categories may be in any script.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string blanks(width - width_of(text), ' ');
  return right ? blanks + text : text + blanks;
}

std::string without_trailing_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string render_table(const ResultTable& table) {
  std::vector<std::size_t> widths;
  for (const std::string& column : table.columns) widths.push_back(width_of(column));
  std::vector<std::vector<std::string>> cells;
  for (const auto& row : table.rows) {
    cells.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.back().push_back(text_of(row[i], table.digits[i]));
      widths[i] = std::max(widths[i], width_of(cells.back().back()));
    }
  }
  std::string header;
  std::string rule;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    header += (i == 0 ? "" : "  ") + padded(table.columns[i], widths[i], true);
    rule += (i == 0 ? "" : "  ") + std::string(widths[i], '-');
  }
  std::string text = without_trailing_blanks(header) + rule + "\n";
  for (std::size_t r = 0; r < cells.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < cells[r].size(); ++i) {
      const bool is_text = std::holds_alternative<std::string>(table.rows[r][i]);
      line += (i == 0 ? "" : "  ") + padded(cells[r][i], widths[i], !is_text);
    }
    text += without_trailing_blanks(line);
  }
  return text + "n = " + std::to_string(table.n) + "\n";
}

}  // namespace mc::query
