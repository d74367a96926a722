// SPDX-License-Identifier: Apache-2.0
// Numbers and tables of a model's answer as R prints them.
#pragma once

#include <string>
#include <vector>

#include "query/release/measured.hpp"

namespace mc::query {

inline constexpr int kShownDigitsMax = 7;  // R's getOption("digits")

/// `digits` significant ones, at least one and at most kShownDigitsMax; NA for what is not a number.
std::string shown(double number, int digits);
std::string shown(const Finished& number, int digits);
/// Three digits; below 2^-52 "<2e-16".
std::string shown_p(const Finished& p);
/// Characters of a line, not bytes: categories may be in any script (UTF-8).
std::size_t width_of(const std::string& text);
/// With blanks up to `width` characters, before it or after it; as it is where it is longer.
std::string padded(const std::string& text, std::size_t width, bool right);
/// Rows of cells: the first column to the left, the others to the right.
std::string table_text(const std::vector<std::vector<std::string>>& rows);

}  // namespace mc::query
