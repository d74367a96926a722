// SPDX-License-Identifier: Apache-2.0
#include "data/schema/infer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <unordered_set>

#include "data/schema/proposal.hpp"
#include "data/schema/step.hpp"

namespace mc::data {
namespace {

constexpr std::array<std::string_view, 9> kMissingTokens = {"", "NA", "NaN", "nan", "N/A", "NULL", "null", "?", "."};

/// What one pass over a column finds out; stays with the owner.
struct Facts {
  std::size_t present = 0;
  std::size_t missing = 0;
  bool all_numbers = true;
  bool all_integers = true;
  double minimum = std::numeric_limits<double>::infinity();
  double maximum = -std::numeric_limits<double>::infinity();
  double step = 1;                   // finest that a value needs; 0 when one needs more than nine decimals
  std::set<double> numbers;          // at most kNumericCategoriesMax + 1 of them
  std::set<std::string_view> texts;  // at most kStringCategoriesMax + 1 of them
  bool texts_fit = true;             // short enough and without control characters

  void see_number(double value) {
    minimum = std::min(minimum, value);
    maximum = std::max(maximum, value);
    if (!is_exact_integer(value)) all_integers = false;
    if (step > 0) step = std::min(step, decimal_step_of(value));
    if (numbers.size() <= kNumericCategoriesMax) numbers.insert(value);
  }
  void see_text(std::string_view text) {
    if (texts.size() > kStringCategoriesMax) return;
    texts.insert(text);
    const bool has_control =
        std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (has_control || text.size() > kSchemaTextBytesMax) texts_fit = false;
  }
};

Facts observe(std::span<const std::string_view> cells, const MissingValues& codes) {
  Facts facts;
  for (const std::string_view cell : cells) {
    if (codes.holds(cell)) {
      ++facts.missing;
      continue;
    }
    ++facts.present;
    if (facts.all_numbers) {
      const auto number = parse_number(cell);
      // A magnitude that no range can hold makes the column text, which is then visible in the proposal.
      if (number && std::abs(*number) <= kMagnitudeMax) {
        facts.see_number(*number);
      } else {
        facts.all_numbers = false;
      }
    }
    facts.see_text(cell);
  }
  return facts;
}

// Values that recur are codes; values that hardly do are names, and naming them in a schema would disclose them.
bool recurs(std::size_t distinct, std::size_t present) {
  return 2 * distinct <= present || (distinct <= 4 && distinct < present);
}

bool is_coded_number(const Facts& facts) {
  if (facts.numbers.size() > kNumericCategoriesMax) return false;
  if (std::max(std::abs(facts.minimum), std::abs(facts.maximum)) > kNumericCategoryMagnitudeMax) return false;
  if (!facts.all_integers) {
    return facts.step >= kDoseStepMin && kPersonsPerDose * facts.numbers.size() <= facts.present;
  }
  return facts.maximum - facts.minimum <= kIntegerCategorySpanMax || recurs(facts.numbers.size(), facts.present);
}

bool all_different(std::span<const std::string_view> cells) {
  std::unordered_set<std::string_view> seen;
  seen.reserve(cells.size());
  return std::all_of(cells.begin(), cells.end(), [&](std::string_view cell) { return seen.insert(cell).second; });
}

Column unsealed(std::string_view name, bool required) {
  Column column;
  column.name = name;
  column.required = required;
  column.type = ColumnType::kString;
  return column;
}

}  // namespace

bool is_identifier_name(std::string_view name) {
  static constexpr std::array<std::string_view, 16> kNames = {
      "id",       "pid",     "mrn",       "row",     "rowid",     "rowname", "rownames", "person",
      "personid", "patient", "patientid", "subject", "subjectid", "record",  "recordid", "index"};
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(kNames.begin(), kNames.end(), lower) != kNames.end() || lower.ends_with("_id") ||
         lower.ends_with(" id") || lower.ends_with(".id");
}

// A lone code gets a neighbour so that the range is not empty.
void describe_codes(Column& column, const std::set<double>& codes) {
  column.categories.clear();
  for (const double code : codes) column.categories.push_back(number_text(code));
  column.minimum = *codes.begin();
  column.maximum = *codes.rbegin();
  if (codes.size() == 1) (column.maximum > 0 ? column.minimum -= 1 : column.maximum += 1);
  column.edges.clear();
}

void describe_quantity(Column& column, double minimum, double maximum) {
  NiceRange range = nice_range(minimum, maximum, column.type == ColumnType::kInteger);
  column.minimum = range.minimum;
  column.maximum = range.maximum;
  column.edges = std::move(range.edges);
  column.categories.clear();
}

/// Of integer columns the step is 1 without being said.
void set_step(Column& column, double step) {
  const bool is_meant = step > 0 && complaint_about_step(step, column.minimum, column.maximum).empty();
  column.step = is_meant && column.categories.empty() ? step : 0;
}

bool recur(std::span<const std::string_view> cells, const MissingValues& codes) {
  const Facts facts = observe(cells, codes);
  return facts.texts_fit && facts.texts.size() <= kStringCategoriesMax && recurs(facts.texts.size(), facts.present);
}

Column proposed_column(std::string_view name, std::span<const std::string_view> cells, const MissingValues& codes) {
  const Facts facts = observe(cells, codes);
  Column column = unsealed(name, facts.missing == 0);
  if (facts.present == 0) {
    column.vacant = true;
    return column;
  }
  if (!facts.all_numbers) {
    const bool is_coded =
        facts.texts_fit && facts.texts.size() <= kStringCategoriesMax && recurs(facts.texts.size(), facts.present);
    if (is_coded) column.categories.assign(facts.texts.begin(), facts.texts.end());
    return column;
  }
  column.type = facts.all_integers ? ColumnType::kInteger : ColumnType::kNumber;
  if (is_coded_number(facts)) {
    describe_codes(column, facts.numbers);
  } else {
    describe_quantity(column, facts.minimum, facts.maximum);
    if (!facts.all_integers) set_step(column, facts.step);
  }
  return column;
}

Result<Schema> infer(const Table& table, std::string_view name, std::span<const MissingCode> codes) {
  Schema schema;
  schema.name = name;
  schema.missing_values.assign(kMissingTokens.begin(), kMissingTokens.end());
  for (const std::string& column : table.header()) schema.columns.push_back(unsealed(column, false));
  declare_missing(schema, codes);
  std::vector<std::string_view> cells(table.row_count());
  for (std::size_t i = 0; i < table.column_count(); ++i) {
    for (std::size_t row = 0; row < table.row_count(); ++row) cells[row] = trimmed(table.cell(row, i));
    const std::string& column = table.header()[i];
    const bool is_row_name = i == 0 && table.has_row_names();
    Column proposed = proposed_column(column, cells, MissingValues(schema.missing_values_of(schema.columns[i])));
    if (!proposed.vacant && (is_row_name || (is_identifier_name(column) && all_different(cells)))) {
      proposed = unsealed(column, proposed.required);
    }
    proposed.missing_values = std::move(schema.columns[i].missing_values);
    schema.columns[i] = std::move(proposed);
  }
  auto status = validate(schema);
  if (!status) return fail(status.error().within(table.source()));
  return schema;
}

}  // namespace mc::data
