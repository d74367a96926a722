// SPDX-License-Identifier: Apache-2.0
#include "data/schema/missing_codes.hpp"

#include <algorithm>

#include "data/record/csv.hpp"

namespace mc::data {

void add_code(std::vector<std::string>& codes, const std::string& code) {
  if (std::find(codes.begin(), codes.end(), code) == codes.end()) codes.push_back(code);
}

Result<MissingCode> missing_code_from_text(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  MissingCode code;
  if (colon != std::string_view::npos) code.column = trimmed(text.substr(0, colon));
  code.code = trimmed(colon == std::string_view::npos ? text : text.substr(colon + 1));
  if (code.code.empty() || (code.column && code.column->empty())) {
    return fail(Code::kInvalidArgument, "--missing '" + std::string(text) +
                                            "': a code is needed, as in --missing -9, or a column and its code, as in "
                                            "--missing age:-9; empty cells are missing anyway");
  }
  return code;
}

void declare_missing(Schema& schema, std::span<const MissingCode> codes) {
  for (const MissingCode& code : codes) {
    if (!code.column) add_code(schema.missing_values, code.code);
  }
  for (Column& column : schema.columns) {
    for (const MissingCode& code : codes) {
      if (code.column != column.name) continue;
      if (column.missing_values.empty()) column.missing_values = schema.missing_values;
      add_code(column.missing_values, code.code);
    }
  }
}

}  // namespace mc::data
