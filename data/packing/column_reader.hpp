// SPDX-License-Identifier: Apache-2.0
// Cells of a file held to what the dictionary says of their column. Messages name file, line and column, never what
// stands there.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/record/csv.hpp"
#include "data/record/missing.hpp"
#include "data/schema/schema.hpp"

namespace mc::data {

class ColumnReader {
 public:
  /// Column `index` of the table is `column` of the schema. All of them outlive the reader.
  ColumnReader(const Table& table, const Schema& schema, const Column& column, std::size_t index);

  [[nodiscard]] bool is_missing(std::size_t row) const;
  /// One cell: a number, of texts the category's index, NaN when it is missing.
  ///   errors  kInvalidArgument for what the column does not declare
  [[nodiscard]] Result<double> read_cell(std::size_t row) const;
  /// Consecutive rows.
  [[nodiscard]] Result<std::vector<double>> read(std::size_t first_row, std::size_t row_count) const;

 private:
  [[nodiscard]] tl::unexpected<Error> error(std::size_t row, const std::string& reason) const;
  [[nodiscard]] Result<double> number(std::string_view cell, std::size_t row) const;
  [[nodiscard]] Result<double> category(std::string_view cell, std::size_t row) const;

  const Table& table_;
  const Column& column_;
  std::size_t index_;
  MissingValues missing_;
  std::unordered_map<std::string_view, std::size_t> categories_;
  std::vector<double> codes_;  // ascending, as validate demands
};

}  // namespace mc::data
