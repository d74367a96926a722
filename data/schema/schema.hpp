// SPDX-License-Identifier: Apache-2.0
// The data dictionary of a data set: Frictionless Table Schema (specs.frictionlessdata.io/table-schema) with the extra
// properties of DESIGN section 5. It decides how a record becomes slots; its hash is part of every plan and header.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"

namespace mc::data {

enum class ColumnType : std::uint8_t { kInteger, kNumber, kString };

/// One column. A column with categories, edges or type integer/number is sealed; a string column without categories
/// (free text, names, ids) is not and cannot be asked for.
struct Column {
  std::string name;         // as in the CSV header; matched case-sensitively, SQL may quote it
  std::string title;        // optional, for people
  ColumnType type = ColumnType::kNumber;
  std::string unit;         // UCUM, may be empty
  std::string code;         // "LOINC:8480-6", may be empty
  bool required = false;    // no missing values: needs no validity column
  // Numeric columns: declared range [minimum, maximum]. Values outside are refused when sealing.
  double minimum = 0;
  double maximum = 0;
  std::vector<double> edges;             // ascending, strictly inside (minimum, maximum]; comparisons at these cost no depth
  std::vector<std::string> categories;   // string columns: the values; integer columns: integers as text, e.g. "0","1"

  [[nodiscard]] bool is_numeric() const { return type != ColumnType::kString; }
  /// 0/1 integer columns: the value is its own indicator.
  [[nodiscard]] bool is_binary() const;
  [[nodiscard]] bool is_sealed() const { return is_numeric() || !categories.empty(); }
  /// Standardised value x' = (x - centre) / half_width, so that |x'| <= 1. For binary columns centre 0, half width 1.
  [[nodiscard]] double centre() const;
  [[nodiscard]] double half_width() const;
  friend bool operator==(const Column&, const Column&) = default;
};

struct Schema {
  std::string name;                          // of the table schema; the data set's name is given when it is founded
  std::vector<Column> columns;
  std::vector<std::string> missing_values;   // Frictionless missingValues; default "", "NA"

  /// nullptr when there is no such column.
  [[nodiscard]] const Column* find(std::string_view column) const;
  friend bool operator==(const Schema&, const Schema&) = default;
};

/// Refuses duplicate or empty names, ranges upside down or not finite, edges out of order or outside, categories twice.
Status validate(const Schema& schema);

/// Frictionless JSON, keys in a fixed order: equal schemas give equal bytes.
std::string to_json(const Schema& schema);
/// Parses and validates; unknown properties are ignored, wrong ones are kParse with the path ("fields[3].edges").
Result<Schema> schema_from_json(std::string_view text);
/// SHA-256 of the canonical JSON.
Hash256 schema_hash(const Schema& schema);
/// For people: columns, types, units, categories, ranges, bin edges, what is not sealed and why.
std::string describe(const Schema& schema);

}  // namespace mc::data
