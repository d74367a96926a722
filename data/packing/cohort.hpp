// SPDX-License-Identifier: Apache-2.0
// One owner's records, read once against the schema and then turned into slot values feature by feature.
// Immutable after parse; reading it from several threads is safe. Holds record content: it never leaves the owner.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/packing/feature.hpp"
#include "data/packing/histories.hpp"
#include "data/record/csv.hpp"

namespace mc::data {

class Cohort {
 public:
  /// Reads every sealed column of the schema; those that are histories have their values in `histories`.
  ///   errors  kInvalidArgument with file, line and column (never the value) when a cell is not a number, not an
  ///   integer,
  ///           outside the declared range, not a declared category, or missing in a required column; kNotFound when a
  ///           required column is absent; kConflict when the table has a column of a history's name
  ///   cost    bench: packing/cohort_parse
  static Result<Cohort> parse(const Table& table, const Schema& schema, HistoryColumns histories = {});

  [[nodiscard]] const Schema& schema() const { return *schema_; }
  [[nodiscard]] std::size_t row_count() const { return row_count_; }
  /// One sentence each: columns of the file that are ignored, columns of the schema that the file lacks.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  /// Slot values of rows [first_row, first_row + row_count): feature.hpp says which numbers; every |value| <= 1.
  ///   errors  kInvalidArgument when the rows or the feature do not exist
  [[nodiscard]] Result<std::vector<double>> pack(const Feature& feature, std::size_t first_row,
                                                 std::size_t row_count) const;

 private:
  // Numeric: the value, NaN when missing. String: the category's index, NaN when missing. Empty: all missing.
  using Values = std::vector<double>;
  std::shared_ptr<const Schema> schema_;
  std::size_t row_count_ = 0;
  std::vector<Values> columns_;  // as schema.columns; unsealed columns stay empty
  std::vector<std::string> notes_;
};

/// One feature of a table without keeping a cohort: reads only the column that the feature needs, which is no history.
Result<std::vector<double>> pack(const Table& table, const Schema& schema, const Feature& feature,
                                 std::size_t first_row, std::size_t row_count);

}  // namespace mc::data
