// SPDX-License-Identifier: Apache-2.0
// What stands for a missing value in a file: "NA", "-9".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mc::data {

/// Codes as the dictionary lists them. A code that is a number stands for that number however it is written, so that
/// -9 is also -9.0; any other is compared letter by letter. Immutable; reading it from several threads is safe.
class MissingValues {
 public:
  explicit MissingValues(std::span<const std::string> codes);

  /// `cell` without blanks at its ends.
  [[nodiscard]] bool holds(std::string_view cell) const;

 private:
  std::vector<std::string> texts_;
  std::vector<double> numbers_;
};

}  // namespace mc::data
