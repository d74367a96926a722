// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include "data/schema/schema.hpp"

namespace mc::data {
namespace {

template <class T, class Text>
std::string joined(const std::vector<T>& items, Text text) {
  std::string out;
  for (const T& item : items) out += (out.empty() ? "" : ", ") + text(item);
  return out;
}

std::string_view type_word(const Column& column) {
  if (column.is_binary()) return "0/1";
  switch (column.type) {
    case ColumnType::kInteger:
      return "integer";
    case ColumnType::kNumber:
      return "number";
    case ColumnType::kString:
      return "string";
  }
  MC_CHECK(false);
}

std::string details(const Column& column, const Schema& schema) {
  if (!column.is_sealed()) {
    return column.vacant ? "not sealed: no owner has a value"
                         : "not sealed: free text or an identifier, cannot be asked for";
  }
  std::string out = column.required ? "required" : "may be missing";
  if (column.is_numeric() && !column.is_binary()) {
    out += "; range " + number_text(column.minimum) + " to " + number_text(column.maximum);
  }
  if (column.step != 0) out += "; step " + number_text(column.step);
  if (!column.categories.empty() && !column.is_binary()) {
    out += "; categories " + joined(column.categories, [](const std::string& text) { return text; });
  }
  if (!column.edges.empty()) out += "; edges " + joined(column.edges, number_text);
  if (!column.times.empty()) {
    out += "; " + std::to_string(column.times.size()) + " times from " + number_text(column.times.front()) + " to " +
           number_text(column.times.back());
  }
  std::vector<std::string> own;  // missing values beyond those of every column
  std::copy_if(column.missing_values.begin(), column.missing_values.end(), std::back_inserter(own),
               [&](const auto& code) {
                 return std::find(schema.missing_values.begin(), schema.missing_values.end(), code) ==
                        schema.missing_values.end();
               });
  if (!own.empty()) out += "; missing: " + joined(own, [](const std::string& code) { return '"' + code + '"'; });
  if (!column.code.empty()) out += "; " + column.code;
  if (!column.title.empty()) out += "; " + column.title;
  return out;
}

/// One line: where the events come from, what they hold, how many of one person's are counted.
std::string series_line(const Series& series) {
  const auto same = [](const std::string& text) { return text; };
  std::string out = "series " + series.name + ": " + series.file;
  if (!series.codes.empty()) out += " where " + series.layout.what + " is " + joined(series.codes, same);
  out += "; times " + number_text(series.time.minimum) + " to " + number_text(series.time.maximum);
  if (!series.time.unit.empty()) out += " " + series.time.unit;
  if (!series.layout.origin.empty()) out += " since " + series.layout.origin;
  if (!series.layout.until.empty()) out += ", observed until " + series.layout.until;
  if (series.value) {
    out += "; values of " + series.value->name;
    if (series.value->is_numeric()) {
      out += " from " + number_text(series.value->minimum) + " to " + number_text(series.value->maximum);
    }
    if (!series.value->unit.empty()) out += " " + series.value->unit;
  }
  out += "; at most " + std::to_string(series.most) + " of one person counted";
  if (!series.required) out += "; not every owner has it";
  if (!series.code.empty()) out += "; " + series.code;
  if (!series.title.empty()) out += "; " + series.title;
  return out + "\n";
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  // Continuation bytes of UTF-8 take no place on the screen.
  const auto shown = static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  if (shown < width) out.append(width - shown, ' ');
  return out;
}

}  // namespace

std::string describe(const Schema& schema) {
  std::size_t name_width = 6;
  std::size_t unit_width = 4;
  for (const Column& column : schema.columns) {
    name_width = std::max(name_width, std::min<std::size_t>(column.name.size(), 40));
    unit_width = std::max(unit_width, std::min<std::size_t>(column.unit.size(), 16));
  }
  const auto sealed =
      std::count_if(schema.columns.begin(), schema.columns.end(), [](const Column& c) { return c.is_sealed(); });
  std::string out = "schema " + schema.name + ": " + std::to_string(schema.columns.size()) + " columns, " +
                    std::to_string(sealed) + " sealed; missing values: " +
                    joined(schema.missing_values, [](const std::string& text) { return "\"" + text + "\""; }) + "\n";
  out += padded("column", name_width) + "  type     " + padded("unit", unit_width) + "  details\n";
  for (const Column& column : schema.columns) {
    out += padded(column.name, name_width) + "  " + padded(type_word(column), 7) + "  " +
           padded(column.unit, unit_width) + "  " + details(column, schema) + "\n";
  }
  for (const Series& series : schema.series) out += series_line(series);
  return out;
}

}  // namespace mc::data
