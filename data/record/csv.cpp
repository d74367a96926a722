// SPDX-License-Identifier: Apache-2.0
#include "data/record/csv.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/codec.hpp"
#include "base/file.hpp"

namespace mc::data {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string_view Table::cell(std::size_t row, std::size_t column) const {
  MC_DCHECK(row < row_count() && column < column_count());
  const std::size_t index = row * width_ + column;
  const std::uint32_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(text_).substr(begin, ends_[index] - begin);
}

std::optional<std::size_t> Table::find(std::string_view column) const {
  const auto found = std::find(header_.begin(), header_.end(), column);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

/// One pass over the text; `position_` and `line_` stand at the next unread byte.
class CsvReader {
 public:
  CsvReader(std::string_view text, std::string_view source, Rows rows) : text_(text), rows_(rows) {
    table_.source_ = source;
  }

  Result<Table> read() {
    if (text_.size() > kCsvFileBytesMax) {
      return fail(Code::kLimit, table_.source_ + ": " + std::to_string(text_.size()) + " bytes are over the limit of " +
                                    std::to_string(kCsvFileBytesMax));
    }
    if (text_.starts_with("\xEF\xBB\xBF")) position_ = 3;
    MC_TRY_STATUS(check_characters());
    MC_TRY_STATUS(read_header());
    MC_TRY_STATUS(read_rows());
    MC_TRY_STATUS(drop_unnamed());
    table_.ends_.shrink_to_fit();
    return std::move(table_);
  }

 private:
  enum class Ending { kComma, kLine, kFile };

  [[nodiscard]] tl::unexpected<Error> error(std::size_t line, const std::string& reason,
                                            Code code = Code::kParse) const {
    return fail(code, table_.source_ + ":" + std::to_string(line) + ": " + reason);
  }
  [[nodiscard]] std::string field_name(std::size_t index) const {
    if (index < table_.header_.size()) return "column \"" + table_.header_[index] + "\"";
    return "column " + std::to_string(index + 1);
  }

  // UTF-8 never hides a line feed inside a character, so that lines can be checked one by one.
  [[nodiscard]] Status check_characters() const {
    if (is_utf8(view_of(text_)) && text_.find('\0') == std::string_view::npos) return {};
    std::size_t line = 1;
    for (std::string_view rest = text_;; ++line) {
      const std::string_view one = rest.substr(0, rest.find('\n'));
      std::size_t at = 0;
      while (at < one.size()) {
        std::size_t size = 1;
        while (size <= 4 && !is_utf8(view_of(one.substr(at, size)))) ++size;
        if (size > 4) {
          return error(line,
                       "byte " + std::to_string(at + 1) + " of the line is not UTF-8 text: save the file as UTF-8");
        }
        if (one[at] == '\0') return error(line, "byte " + std::to_string(at + 1) + " of the line is a NUL, not text");
        at += size;
      }
      MC_CHECK(one.size() < rest.size());
      rest.remove_prefix(one.size() + 1);
    }
  }

  // Appends one field to `into` and steps over what ends it.
  Result<Ending> read_field(std::string& into, std::size_t index) {
    const std::size_t size_before = into.size();
    if (position_ < text_.size() && text_[position_] == '"') {
      MC_TRY_STATUS(read_quoted(into, index));
    } else {
      const std::size_t end = std::min(text_.find_first_of(",\n\r\"", position_), text_.size());
      into.append(text_.substr(position_, end - position_));
      position_ = end;
    }
    if (into.size() - size_before > kCsvFieldBytesMax) {
      return error(line_,
                   field_name(index) + " holds more than the limit of " + std::to_string(kCsvFieldBytesMax) + " bytes",
                   Code::kLimit);
    }
    return step_over_ending(index);
  }

  Status read_quoted(std::string& into, std::size_t index) {
    const std::size_t opened_on = line_;
    ++position_;
    while (true) {
      const std::size_t quote = text_.find('"', position_);
      if (quote == std::string_view::npos)
        return error(opened_on, field_name(index) + " opens a quote that is never closed");
      const std::string_view part = text_.substr(position_, quote - position_);
      line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
      into.append(part);
      position_ = quote + 1;
      if (position_ >= text_.size() || text_[position_] != '"') return {};
      into.push_back('"');
      ++position_;
    }
  }

  Result<Ending> step_over_ending(std::size_t index) {
    if (position_ == text_.size()) return Ending::kFile;
    const char next = text_[position_];
    if (next == ',') {
      ++position_;
      return Ending::kComma;
    }
    const bool is_crlf = text_.substr(position_, 2) == "\r\n";
    if (next == '\n' || is_crlf) {
      position_ += is_crlf ? 2 : 1;
      ++line_;
      return Ending::kLine;
    }
    if (next == '\r') return error(line_, field_name(index) + " is followed by a carriage return without a line feed");
    if (next == '"') return error(line_, field_name(index) + " has a quote inside an unquoted field");
    return error(line_, field_name(index) + " goes on after its closing quote");
  }

  Status read_header() {
    if (trimmed(text_.substr(position_)).empty()) return error(1, "the file is empty: a header line is needed");
    Ending ending = Ending::kComma;
    std::vector<std::string> names;
    while (ending == Ending::kComma) {
      if (names.size() == kCsvColumnsMax) {
        return error(1, "more columns than the limit of " + std::to_string(kCsvColumnsMax), Code::kLimit);
      }
      std::string name;
      MC_TRY(ending, read_field(name, names.size()));
      names.emplace_back(trimmed(name));
    }
    MC_TRY_STATUS(check_separator(names));
    if (names[0].empty() && names.size() > 1) {
      names[0] = kRowNameColumn;
      table_.has_row_names_ = true;
    }
    table_.width_ = names.size();
    table_.header_ = std::move(names);
    return check_names();
  }

  // The one column of a file that was written with another separator.
  [[nodiscard]] Status check_separator(const std::vector<std::string>& names) const {
    if (names.size() != 1 || names[0].find_first_of(";\t") == std::string::npos) return {};
    return error(1, "the header is separated by semicolons or tabs: commas are needed");
  }

  [[nodiscard]] Status check_names() const {
    std::unordered_map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < table_.header_.size(); ++i) {
      const std::string& name = table_.header_[i];
      if (name.size() > kCsvNameBytesMax) {
        return error(1,
                     "the name of column " + std::to_string(i + 1) + " is longer than the limit of " +
                         std::to_string(kCsvNameBytesMax) + " bytes",
                     Code::kLimit);
      }
      const auto [first, fresh] = seen.emplace(name, i);
      if (!fresh && !name.empty()) {
        return error(1, "columns " + std::to_string(first->second + 1) + " and " + std::to_string(i + 1) +
                            " have the same name \"" + name + "\"");
      }
    }
    return {};
  }

  Status read_rows() {
    has_values_.assign(table_.width_, false);
    table_.text_.reserve(text_.size() - position_);
    while (position_ < text_.size()) {
      if (table_.lines_.size() == kCsvRowsMax) {
        return error(line_, "more rows than the limit of " + std::to_string(kCsvRowsMax), Code::kLimit);
      }
      // A blank line is a missing value in a table of one column and nothing in any other (as R reads it).
      const bool is_blank = text_[position_] == '\n' || text_.substr(position_, 2) == "\r\n";
      if (is_blank && table_.width_ > 1) {
        MC_TRY_STATUS(step_over_ending(0));
        continue;
      }
      MC_TRY_STATUS(read_row());
    }
    if (table_.lines_.empty() && rows_ == Rows::kSome) return error(1, "the header is followed by no rows");
    return {};
  }

  Status read_row() {
    const std::size_t began_on = line_;
    std::size_t count = 0;
    Ending ending = Ending::kComma;
    for (; ending == Ending::kComma; ++count) {
      const std::size_t begin = table_.text_.size();
      MC_TRY(ending, read_field(table_.text_, count));
      if (count >= table_.width_) continue;
      if (table_.text_.size() > begin) has_values_[count] = true;
      table_.ends_.push_back(static_cast<std::uint32_t>(table_.text_.size()));
    }
    if (count != table_.width_) {
      return error(began_on, std::to_string(count) + " fields where the header has " + std::to_string(table_.width_));
    }
    table_.lines_.push_back(static_cast<std::uint32_t>(began_on));
    return {};
  }

  // Spreadsheets export empty columns at the right edge; anywhere else a missing name is a mistake.
  Status drop_unnamed() {
    std::size_t width = table_.width_;
    while (width > 0 && table_.header_[width - 1].empty() && !has_values_[width - 1]) --width;
    for (std::size_t i = 0; i < width; ++i) {
      if (table_.header_[i].empty()) return error(1, "column " + std::to_string(i + 1) + " has no name");
    }
    if (width == 0) return error(1, "no column has a name");
    if (width < table_.width_) {
      table_.notes_.push_back(table_.source_ + ": " + std::to_string(table_.width_ - width) +
                              " empty unnamed columns at the right edge are ignored");
      table_.header_.resize(width);
    }
    return check_separator(table_.header_);
  }

  std::string_view text_;
  Rows rows_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
  std::vector<bool> has_values_;
  Table table_;
};

Result<Table> read_csv(std::string_view text, std::string_view source, Rows rows) {
  return CsvReader(text, source, rows).read();
}

Result<Table> read_csv_file(const std::filesystem::path& path, Rows rows) {
  MC_TRY(const Bytes bytes, read_file(path, kCsvFileBytesMax));
  return read_csv(text_of(bytes), path.filename().string(), rows);
}

Result<std::vector<std::string>> person_ids(const Table& table, std::optional<std::string_view> id_column) {
  std::vector<std::string> ids;
  ids.reserve(table.row_count());
  if (!id_column) {
    for (std::size_t row = 0; row < table.row_count(); ++row) ids.push_back(std::to_string(row + 1));
    return ids;
  }
  const auto column = table.find(*id_column);
  if (!column) return fail(Code::kNotFound, table.source() + ": has no column \"" + std::string(*id_column) + "\"");
  std::unordered_map<std::string_view, std::size_t> seen;
  seen.reserve(table.row_count());
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    const std::string_view id = trimmed(table.cell(row, *column));
    const auto refuse = [&](Code code, const std::string& reason) {
      return fail(code, table.source() + ":" + std::to_string(table.line(row)) + ": column \"" +
                            std::string(*id_column) + "\" " + reason);
    };
    if (id.empty()) return refuse(Code::kInvalidArgument, "is empty: every person needs an id");
    if (id.size() > kCsvNameBytesMax) {
      return refuse(Code::kLimit,
                    "is longer than the limit of " + std::to_string(kCsvNameBytesMax) + " bytes for an id");
    }
    const auto [first, fresh] = seen.emplace(id, row);
    if (!fresh) {
      return refuse(Code::kInvalidArgument, "has the same id as line " + std::to_string(table.line(first->second)));
    }
    ids.emplace_back(id);
  }
  return ids;
}

}  // namespace mc::data
