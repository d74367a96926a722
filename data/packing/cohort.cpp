// SPDX-License-Identifier: Apache-2.0
#include "data/packing/cohort.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "data/schema/step.hpp"

namespace mc::data {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// Reads the cells of one column. Messages name file, line and column, never what stands there.
class ColumnReader {
 public:
  ColumnReader(const Table& table, const Schema& schema, const Column& column, std::size_t index)
      : table_(table), schema_(schema), column_(column), index_(index) {
    for (std::size_t i = 0; i < column.categories.size(); ++i) categories_.emplace(column.categories[i], i);
    for (const std::string& category : column.categories) {
      if (column.is_numeric()) codes_.push_back(parse_number(category).value_or(0));
    }
  }

  [[nodiscard]] Result<std::vector<double>> read(std::size_t first_row, std::size_t row_count) const {
    std::vector<double> values;
    values.reserve(row_count);
    for (std::size_t row = first_row; row < first_row + row_count; ++row) {
      const std::string_view cell = trimmed(table_.cell(row, index_));
      if (is_missing(cell)) {
        if (column_.required) return error(row, "is missing and the schema requires it");
        values.push_back(kMissing);
        continue;
      }
      MC_TRY(const double value, column_.is_numeric() ? number(cell, row) : category(cell, row));
      values.push_back(value);
    }
    return values;
  }

 private:
  [[nodiscard]] tl::unexpected<Error> error(std::size_t row, const std::string& reason) const {
    return fail(Code::kInvalidArgument, table_.source() + ":" + std::to_string(table_.line(row)) + ": column \"" +
                                            column_.name + "\" " + reason);
  }

  [[nodiscard]] bool is_missing(std::string_view cell) const {
    return std::find(schema_.missing_values.begin(), schema_.missing_values.end(), cell) !=
           schema_.missing_values.end();
  }

  [[nodiscard]] Result<double> number(std::string_view cell, std::size_t row) const {
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

  [[nodiscard]] Result<double> category(std::string_view cell, std::size_t row) const {
    const auto found = categories_.find(cell);
    if (found == categories_.end()) return error(row, "is not one of the declared categories");
    return static_cast<double>(found->second);
  }

  const Table& table_;
  const Schema& schema_;
  const Column& column_;
  std::size_t index_;
  std::unordered_map<std::string_view, std::size_t> categories_;
  std::vector<double> codes_;  // ascending, as validate demands
};

// The number a stored value becomes under a feature; missing values are handled before.
double slot_value(const Column& column, const Feature& feature, double value) {
  switch (feature.kind) {
    case FeatureKind::kPresent:
    case FeatureKind::kValid:
      return 1;
    case FeatureKind::kValue:
      // Rounding of centre and half width may carry an end of the range past 1 by one unit in the last place.
      return std::clamp((value - column.centre()) / column.half_width(), -1.0, 1.0);
    case FeatureKind::kIs: {
      const double wanted =
          column.is_numeric() ? parse_number(column.categories[feature.index]).value_or(0) : feature.index;
      return value == wanted ? 1 : 0;
    }
    case FeatureKind::kAtLeast:
      return value >= column.edges[feature.index] ? 1 : 0;
    case FeatureKind::kAbove:
      return value > column.edges[feature.index] ? 1 : 0;
    case FeatureKind::kAfter:
      return value > column.times[feature.index] ? 1 : 0;
    case FeatureKind::kCompared:
      break;  // never sealed
  }
  MC_CHECK(false);
}

Status check_request(const Schema& schema, const Feature& feature, std::size_t first_row, std::size_t row_count,
                     std::size_t rows) {
  if (!is_sealed_feature(schema, feature)) return fail(Code::kInvalidArgument, "the schema has no such feature");
  if (first_row > rows || row_count > rows - first_row) {
    return fail(Code::kInvalidArgument, "rows " + std::to_string(first_row) + " and " + std::to_string(row_count) +
                                            " more are asked for, there are " + std::to_string(rows));
  }
  return {};
}

// `values` holds the rows asked for, or nothing when the whole column is missing.
std::vector<double> pack_values(const Column& column, const Feature& feature, std::span<const double> values,
                                std::size_t row_count) {
  std::vector<double> slots(row_count, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) slots[i] = slot_value(column, feature, values[i]);
  }
  return slots;
}

Result<std::optional<std::size_t>> column_in_table(const Table& table, const Column& column) {
  const auto index = table.find(column.name);
  if (!index && column.required) {
    return fail(Code::kNotFound, table.source() + ": has no column \"" + column.name + "\", which the schema requires");
  }
  return index;
}

}  // namespace

Result<Cohort> Cohort::parse(const Table& table, const Schema& schema) {
  MC_TRY_STATUS(validate(schema));
  Cohort cohort;
  cohort.schema_ = std::make_shared<const Schema>(schema);
  cohort.row_count_ = table.row_count();
  cohort.columns_.resize(schema.columns.size());
  cohort.notes_ = table.notes();
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    if (!column.is_sealed()) continue;
    MC_TRY(const auto index, column_in_table(table, column));
    if (!index) {
      cohort.notes_.push_back(table.source() + ": has no column \"" + column.name + "\", all its values are missing");
      continue;
    }
    MC_TRY(cohort.columns_[i], ColumnReader(table, schema, column, *index).read(0, table.row_count()));
  }
  for (const std::string& name : table.header()) {
    if (schema.find(name) == nullptr) {
      cohort.notes_.push_back(table.source() + ": column \"" + name + "\" is not in the schema and is ignored");
    }
  }
  return cohort;
}

Result<std::vector<double>> Cohort::pack(const Feature& feature, std::size_t first_row, std::size_t row_count) const {
  MC_TRY_STATUS(check_request(*schema_, feature, first_row, row_count, row_count_));
  if (feature.kind == FeatureKind::kPresent) return std::vector<double>(row_count, 1.0);
  const Values& values = columns_[feature.column];
  const auto rows = values.empty() ? std::span<const double>() : std::span(values).subspan(first_row, row_count);
  return pack_values(schema_->columns[feature.column], feature, rows, row_count);
}

Result<std::vector<double>> pack(const Table& table, const Schema& schema, const Feature& feature,
                                 std::size_t first_row, std::size_t row_count) {
  MC_TRY_STATUS(check_request(schema, feature, first_row, row_count, table.row_count()));
  if (feature.kind == FeatureKind::kPresent) return std::vector<double>(row_count, 1.0);
  const Column& column = schema.columns[feature.column];
  MC_TRY(const auto index, column_in_table(table, column));
  if (!index) return std::vector<double>(row_count, 0.0);
  MC_TRY(const auto values, ColumnReader(table, schema, column, *index).read(first_row, row_count));
  return pack_values(column, feature, values, row_count);
}

}  // namespace mc::data
