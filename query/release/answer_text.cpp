// SPDX-License-Identifier: Apache-2.0
#include "query/release/answer_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace mc::query {
namespace {

/// What R calls the smallest p value it prints: 2^-52.
constexpr double kSmallestP = 0x1p-52;

}  // namespace

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::size_t shown = width_of(text);
  const std::string blanks(width > shown ? width - shown : 0, ' ');
  return right ? blanks + text : text + blanks;
}

std::string shown(double number, int digits) {
  if (!std::isfinite(number)) return "NA";
  std::array<char, 40> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%.*g", std::clamp(digits, 1, kShownDigitsMax), number);
  return buffer.data();
}

std::string shown(const Finished& number, int digits) {
  return number ? shown(number->value, digits) : "NA";
}

std::string shown_p(const Finished& p) {
  if (p && p->value < kSmallestP) return "<2e-16";
  return shown(p, 3);
}

std::string table_text(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - width_of(row[i]), ' ');
      line += i == 0 ? row[i] + blanks : "  " + blanks + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace mc::query
