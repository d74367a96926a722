// SPDX-License-Identifier: Apache-2.0
#include "data/record/missing.hpp"

#include <algorithm>

#include "data/record/number.hpp"

namespace mc::data {

MissingValues::MissingValues(std::span<const std::string> codes) : texts_(codes.begin(), codes.end()) {
  for (const std::string& code : texts_) {
    if (const auto number = parse_number(code)) numbers_.push_back(*number);
  }
}

bool MissingValues::holds(std::string_view cell) const {
  if (std::find(texts_.begin(), texts_.end(), cell) != texts_.end()) return true;
  if (numbers_.empty()) return false;
  const auto number = parse_number(cell);
  return number && std::find(numbers_.begin(), numbers_.end(), *number) != numbers_.end();
}

}  // namespace mc::data
