// SPDX-License-Identifier: Apache-2.0
// Comma-separated records as RFC 4180 writes them: quotes, line breaks inside quotes, LF or CRLF, an optional byte
// order mark, UTF-8 only. Anything else is refused with the file, the line and the column, never repaired in silence.
// A table is immutable; reading it from several threads is safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace mc::data {

// Every limit of a record file.
inline constexpr std::size_t kCsvFileBytesMax = std::size_t{2} << 30;
inline constexpr std::size_t kCsvColumnsMax = 4096;
inline constexpr std::size_t kCsvRowsMax = 20'000'000;
inline constexpr std::size_t kCsvFieldBytesMax = 64 * 1024;
inline constexpr std::size_t kCsvNameBytesMax = 256;

/// What an unnamed first column is called: R and pandas write row names that way.
inline constexpr std::string_view kRowNameColumn = "id";

/// The cells of one file as text: one string and one end offset per cell, so that a million rows of 32 columns take the
/// file's size plus 128 MB.
class Table {
 public:
  /// The name messages use, for example "hospital_a.csv".
  [[nodiscard]] const std::string& source() const { return source_; }
  /// Names without surrounding blanks, all different, none empty.
  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
  [[nodiscard]] std::size_t column_count() const { return header_.size(); }
  [[nodiscard]] std::size_t row_count() const { return lines_.size(); }
  /// The cell as it stands in the file, quotes undone.
  [[nodiscard]] std::string_view cell(std::size_t row, std::size_t column) const;
  /// The line of the file on which a row begins, from 1.
  [[nodiscard]] std::uint32_t line(std::size_t row) const { return lines_[row]; }
  [[nodiscard]] std::optional<std::size_t> find(std::string_view column) const;
  /// True when the first column had no name and is called kRowNameColumn.
  [[nodiscard]] bool has_row_names() const { return has_row_names_; }
  /// One sentence for each thing that was set aside (empty unnamed columns at the right edge).
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  friend class CsvReader;
  std::string source_;
  std::vector<std::string> header_;
  std::vector<std::string> notes_;
  bool has_row_names_ = false;
  std::size_t width_ = 0;            // cells stored per row; at least header_.size()
  std::string text_;                 // all cells, one after the other
  std::vector<std::uint32_t> ends_;  // end of each cell in text_
  std::vector<std::uint32_t> lines_;
};

/// Whether a header alone is a table: of events there may be none, a table of persons without persons is a mistake.
enum class Rows : std::uint8_t { kSome, kMayBeNone };

/// Parses CSV text.
///   errors  kParse with file, line and column: ragged row, stray or unclosed quote, NUL byte, lone carriage return,
///   not
///           UTF-8, duplicate or empty column name, no header, no rows where some are needed; kLimit with the limit
///   cost    bench: record/read_csv
Result<Table> read_csv(std::string_view text, std::string_view source, Rows rows = Rows::kSome);

/// The same from a file; its name without folders is the source.
Result<Table> read_csv_file(const std::filesystem::path& path, Rows rows = Rows::kSome);

/// Names of the rows' persons: the row number from 1, or the values of `id_column`.
///   errors  kNotFound when there is no such column; kInvalidArgument with the line when a value is empty or comes
///   twice
Result<std::vector<std::string>> person_ids(const Table& table, std::optional<std::string_view> id_column);

/// `text` without blanks and tabs at its ends: how every cell and name is read.
std::string_view trimmed(std::string_view text);

}  // namespace mc::data
