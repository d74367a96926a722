// SPDX-License-Identifier: Apache-2.0
#include "data/packing/cohort.hpp"

#include <algorithm>
#include <cmath>

#include "data/packing/column_reader.hpp"

namespace mc::data {
namespace {

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

Status check_absent(const Table& table, const Column& history) {
  if (!table.find(history.name)) return {};
  return fail(Code::kConflict,
              table.source() + ": column \"" + history.name + "\" is a history, which is made of events and not read");
}

}  // namespace

Result<Cohort> Cohort::parse(const Table& table, const Schema& schema, HistoryColumns histories) {
  MC_TRY_STATUS(validate(schema));
  if (histories.values.empty()) {
    // Without events: whether that may be is said in the words of the series.
    const std::vector<std::string> rows(table.row_count());
    MC_TRY(histories, history_columns(schema, {table, rows}, {}));
  }
  Cohort cohort;
  cohort.schema_ = std::make_shared<const Schema>(schema);
  cohort.row_count_ = table.row_count();
  cohort.columns_.resize(schema.columns.size());
  cohort.notes_ = table.notes();
  cohort.notes_.insert(cohort.notes_.end(), histories.notes.begin(), histories.notes.end());
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    if (!column.is_sealed()) continue;
    if (column.history) {
      MC_TRY_STATUS(check_absent(table, column));
      cohort.columns_[i] = std::move(histories.values[i]);
      continue;
    }
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
  if (column.history) return fail(Code::kInvalidArgument, column.name + " is made of events and not in the table");
  MC_TRY(const auto index, column_in_table(table, column));
  if (!index) return std::vector<double>(row_count, 0.0);
  MC_TRY(const auto values, ColumnReader(table, schema, column, *index).read(first_row, row_count));
  return pack_values(column, feature, values, row_count);
}

}  // namespace mc::data
