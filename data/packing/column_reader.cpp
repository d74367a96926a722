// SPDX-License-Identifier: Apache-2.0
#include "data/packing/column_reader.hpp"

#include <algorithm>
#include <limits>

#include "data/schema/step.hpp"

namespace mc::data {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

ColumnReader::ColumnReader(const Table& table, const Schema& schema, const Column& column, std::size_t index)
    : table_(table), column_(column), index_(index), missing_(schema.missing_values_of(column)) {
  for (std::size_t i = 0; i < column.categories.size(); ++i) categories_.emplace(column.categories[i], i);
  for (const std::string& category : column.categories) {
    if (column.is_numeric()) codes_.push_back(parse_number(category).value_or(0));
  }
}

Result<double> ColumnReader::read_cell(std::size_t row) const {
  const std::string_view cell = trimmed(table_.cell(row, index_));
  if (is_missing(row)) {
    if (column_.required) return error(row, "is missing and the schema requires it");
    return kMissing;
  }
  return column_.is_numeric() ? number(cell, row) : category(cell, row);
}

Result<std::vector<double>> ColumnReader::read(std::size_t first_row, std::size_t row_count) const {
  std::vector<double> values;
  values.reserve(row_count);
  for (std::size_t row = first_row; row < first_row + row_count; ++row) {
    MC_TRY(const double value, read_cell(row));
    values.push_back(value);
  }
  return values;
}

tl::unexpected<Error> ColumnReader::error(std::size_t row, const std::string& reason) const {
  return fail(Code::kInvalidArgument,
              table_.source() + ":" + std::to_string(table_.line(row)) + ": column \"" + column_.name + "\" " + reason);
}

bool ColumnReader::is_missing(std::size_t row) const {
  return missing_.holds(trimmed(table_.cell(row, index_)));
}

Result<double> ColumnReader::number(std::string_view cell, std::size_t row) const {
  const auto value = parse_number(cell);
  if (!value) return error(row, "is not a number");
  if (column_.type == ColumnType::kInteger && !is_exact_integer(*value)) return error(row, "is not an integer");
  if (*value < column_.minimum || *value > column_.maximum) {
    return error(
        row, "is outside the declared range " + number_text(column_.minimum) + " to " + number_text(column_.maximum));
  }
  if (column_.step > 0 && !is_multiple_of_step(column_.step, *value)) {
    return error(row, "is not a multiple of the declared step " + number_text(column_.step));
  }
  if (!codes_.empty() && !std::binary_search(codes_.begin(), codes_.end(), *value)) {
    return error(row, "is not one of the declared categories");
  }
  return *value;
}

Result<double> ColumnReader::category(std::string_view cell, std::size_t row) const {
  const auto found = categories_.find(cell);
  if (found == categories_.end()) return error(row, "is not one of the declared categories");
  return static_cast<double>(found->second);
}

}  // namespace mc::data
