// SPDX-License-Identifier: Apache-2.0
#include "query/bind/column_name.hpp"

#include "query/parse/nearest.hpp"

namespace mc::query {

Result<std::uint32_t> sealed_column(const Identifier& name, const data::Schema& schema) {
  std::vector<std::string> known;
  for (std::uint32_t i = 0; i < schema.columns.size(); ++i) {
    const data::Column& column = schema.columns[i];
    if (column.name == name.name) {
      if (column.is_sealed()) return i;
      return fail(Code::kInvalidArgument,
                  name.at.text() + ": " + name.name +
                      " is text without declared categories: it is not sealed and cannot be asked for");
    }
    if (column.is_sealed()) known.push_back(column.name);
  }
  const std::string guess = did_you_mean(name.name, known);
  return fail(Code::kNotFound, name.at.text() + ": unknown column " + name.name +
                                   (guess.empty() ? "; the columns are " + listed(known) : guess));
}

}  // namespace mc::query
