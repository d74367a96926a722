// SPDX-License-Identifier: Apache-2.0
// Codes for missing values that an owner names when a dictionary is proposed: `schema infer --missing age:-9`.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/schema/schema.hpp"

namespace mc::data {

struct MissingCode {
  std::optional<std::string> column;  // of this one; of every one when absent
  std::string code;
};

/// "-9" of every column, "age:-9" of one; of several colons the last one divides.
///   errors  kInvalidArgument when the code or the column's name is empty
Result<MissingCode> missing_code_from_text(std::string_view text);

/// Adds a code that is not there yet.
void add_code(std::vector<std::string>& codes, const std::string& code);

/// Codes that come on top of those that every dictionary begins with, written into it: of every column into
/// Schema::missing_values, of one into that column's.
///   range  columns that the schema lacks are passed over: another owner may have them
void declare_missing(Schema& schema, std::span<const MissingCode> codes);

}  // namespace mc::data
