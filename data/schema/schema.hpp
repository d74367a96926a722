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
#include "data/record/events.hpp"
#include "data/record/number.hpp"
#include "data/schema/history.hpp"

namespace mc::data {

/// Of either end of a declared range: what lies beyond is a typing error, and twice as much would no longer be finite
/// when squared and summed.
inline constexpr double kMagnitudeMax = 1e100;

enum class ColumnType : std::uint8_t { kInteger, kNumber, kString };

/// One column. A column with categories, edges or type integer/number is sealed; a string column without categories
/// (free text, names, ids) is not and cannot be asked for.
struct Column {
  std::string name{};   // as in the CSV header; matched case-sensitively, SQL may quote it
  std::string title{};  // optional, for people
  ColumnType type = ColumnType::kNumber;
  std::string unit{};     // UCUM, may be empty
  std::string code{};     // "LOINC:8480-6", may be empty
  bool required = false;  // no missing values: needs no validity column
  // Numeric columns: declared range [minimum, maximum]. Values outside are refused when sealing.
  double minimum = 0;
  double maximum = 0;
  // Numeric columns: all values are whole multiples of it (step.hpp); 0 where the dictionary says nothing. Values that
  // are not are refused when sealing. Thresholds other than edges are offered where it is known.
  double step = 0;
  std::vector<double> edges{};  // ascending, strictly inside (minimum, maximum]; comparisons at these cost no depth
  // Numeric columns that measure how long somebody was followed: the times, ascending within [minimum, maximum], at
  // which survival is told. A time between two of them counts at the later one; > and <= at these cost no depth.
  std::vector<double> times{};
  // String columns: the values. Integer columns: ascending integers as text; every comparison is a sum of them.
  std::vector<std::string> categories{};
  // Frictionless missingValues of this column alone, all of them: they stand instead of the schema's. Empty: those.
  std::vector<std::string> missing_values{};
  // Proposals only: no value has been seen, so any other proposal decides the type. Type string, not sealed.
  bool vacant = false;
  // Made of each person's events instead of read from the table; the name is the history's text (series.hpp).
  std::optional<History> history{};

  [[nodiscard]] bool is_numeric() const { return type != ColumnType::kString; }
  /// 0/1 integer columns: the value is its own indicator.
  [[nodiscard]] bool is_binary() const;
  [[nodiscard]] bool is_sealed() const { return is_numeric() || !categories.empty(); }
  /// Standardised value x' = (x - centre) / half_width, so that |x'| <= 1. For binary columns centre 0, half width 1.
  [[nodiscard]] double centre() const;
  [[nodiscard]] double half_width() const;
  /// How far two values are apart at least: `step`, of integer columns at least 1, of others with
  /// categories what tells those apart, 0 where it is not known.
  [[nodiscard]] double resolution() const;
  friend bool operator==(const Column&, const Column&) = default;
};

/// Events of one kind: which rows of a file of events they are, and what they hold.
struct Series {
  std::string name;   // as questions write it: letters, digits and _
  std::string title;  // optional, for people
  std::string code;   // "LOINC:4548-4", may be empty
  std::string file;   // what the owners call the file: "labs"
  EventLayout layout;
  std::vector<std::string> codes;  // of the rows that belong; "I21*" means all that begin so; empty without layout.what
  bool required = false;           // every owner brings the file, so no events in it means that there were none
  std::uint32_t most = 1;          // n_events counts up to here: what one person can add to a sum is bounded
  Column time;                     // range, unit and step of times, since each person's origin
  std::optional<Column> value;     // range, unit, step and categories of values; its edges are proposed for histories

  [[nodiscard]] bool has_code(std::string_view cell) const;
  friend bool operator==(const Series&, const Series&) = default;
};

struct Schema {
  std::string name;  // of the table schema; the data set's name is given when it is founded
  std::vector<Column> columns;
  std::vector<std::string> missing_values;  // Frictionless missingValues; default "", "NA"
  std::vector<Series> series{};

  /// nullptr when there is no such column.
  [[nodiscard]] const Column* find(std::string_view column) const;
  [[nodiscard]] const Series* find_series(std::string_view series) const;
  /// What stands for a missing value in this column.
  [[nodiscard]] const std::vector<std::string>& missing_values_of(const Column& column) const {
    return column.missing_values.empty() ? missing_values : column.missing_values;
  }
  friend bool operator==(const Schema&, const Schema&) = default;
};

// Every limit of a schema.
inline constexpr std::size_t kSchemaBytesMax = std::size_t{16} << 20;
inline constexpr std::size_t kSchemaColumnsMax = 4096;
inline constexpr std::size_t kColumnCategoriesMax = 256;
inline constexpr std::size_t kColumnEdgesMax = 256;
inline constexpr std::size_t kColumnTimesMax = 1024;
inline constexpr std::size_t kMissingValuesMax = 64;
inline constexpr std::size_t kSchemaSeriesMax = 256;
inline constexpr std::size_t kSeriesCodesMax = 4096;
inline constexpr std::uint32_t kSeriesMostMax = 10'000;
inline constexpr std::size_t kSchemaTextBytesMax = 256;  // one name, title, unit, code, category or missing value

/// Refuses duplicate or empty names, ranges upside down or not finite, edges or times out of order or outside,
/// categories twice, series that no file can hold, and columns of histories that are not what their series makes them.
Status validate(const Schema& schema);

/// Frictionless JSON, keys in a fixed order, one line feed at the end: equal schemas give equal bytes.
///   range  valid schemas (MC_CHECK)
std::string to_json(const Schema& schema);
/// Parses and validates; unknown properties are ignored, wrong ones are kParse with the path ("fields[3].bins").
/// An integer column from 0 to 1 without categories gets the categories "0","1"; `constraints.enum` stands for
/// `categories`; a coded numeric column without a range takes it from its categories.
Result<Schema> schema_from_json(std::string_view text);
/// SHA-256 of the canonical JSON: what `sha256sum` prints for a file that to_json wrote.
Hash256 schema_hash(const Schema& schema);
/// For people: columns, types, units, categories, ranges, bin edges, what is not sealed and why.
std::string describe(const Schema& schema);

}  // namespace mc::data
