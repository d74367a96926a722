// SPDX-License-Identifier: Apache-2.0
#include "data/schema/infer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <unordered_set>

#include "data/schema/step.hpp"

namespace mc::data {
namespace {

constexpr std::array<std::string_view, 9> kMissingTokens = {"", "NA", "NaN", "nan", "N/A", "NULL", "null", "?", "."};
constexpr double kMagnitudeMax = 1e100;

bool is_missing_token(std::string_view cell) {
  return cell.size() <= 4 && std::find(kMissingTokens.begin(), kMissingTokens.end(), cell) != kMissingTokens.end();
}

/// What one pass over a column finds out; stays with the owner.
struct Facts {
  std::size_t present = 0;
  std::size_t missing = 0;
  bool all_numbers = true;
  bool all_integers = true;
  double minimum = std::numeric_limits<double>::infinity();
  double maximum = -std::numeric_limits<double>::infinity();
  double step = 1;                   // finest that a value needs; 0 when one needs more than six decimals
  std::set<double> integers;         // at most kIntegerCategoriesMax + 1 of them
  std::set<std::string_view> texts;  // at most kStringCategoriesMax + 1 of them
  bool texts_fit = true;             // short enough and without control characters

  void see_number(double value) {
    minimum = std::min(minimum, value);
    maximum = std::max(maximum, value);
    if (!is_exact_integer(value)) all_integers = false;
    if (step > 0) step = std::min(step, decimal_step_of(value));
    if (all_integers && integers.size() <= kIntegerCategoriesMax) integers.insert(value);
  }
  void see_text(std::string_view text) {
    if (texts.size() > kStringCategoriesMax) return;
    texts.insert(text);
    const bool has_control =
        std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (has_control || text.size() > kSchemaTextBytesMax) texts_fit = false;
  }
};

Facts observe(const Table& table, std::size_t column) {
  Facts facts;
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    const std::string_view cell = trimmed(table.cell(row, column));
    if (is_missing_token(cell)) {
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

bool is_coded_integer(const Facts& facts) {
  if (!facts.all_integers || facts.integers.size() > kIntegerCategoriesMax) return false;
  if (std::max(std::abs(facts.minimum), std::abs(facts.maximum)) > kIntegerCategoryMagnitudeMax) return false;
  return facts.maximum - facts.minimum <= kIntegerCategorySpanMax || recurs(facts.integers.size(), facts.present);
}

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

bool all_different(const Table& table, std::size_t column) {
  std::unordered_set<std::string_view> seen;
  seen.reserve(table.row_count());
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    if (!seen.insert(trimmed(table.cell(row, column))).second) return false;
  }
  return true;
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

Column propose(const Table& table, std::size_t index) {
  const Facts facts = observe(table, index);
  Column column;
  column.name = table.header()[index];
  column.required = facts.missing == 0;
  column.type = ColumnType::kString;
  if (facts.present == 0) {
    column.vacant = true;
    return column;
  }
  const bool is_row_name = index == 0 && table.has_row_names();
  if (is_row_name || (is_identifier_name(column.name) && all_different(table, index))) return column;
  if (!facts.all_numbers) {
    const bool is_coded =
        facts.texts_fit && facts.texts.size() <= kStringCategoriesMax && recurs(facts.texts.size(), facts.present);
    if (is_coded) column.categories.assign(facts.texts.begin(), facts.texts.end());
    return column;
  }
  column.type = facts.all_integers ? ColumnType::kInteger : ColumnType::kNumber;
  if (is_coded_integer(facts)) {
    describe_codes(column, facts.integers);
  } else {
    describe_quantity(column, facts.minimum, facts.maximum);
    if (!facts.all_integers) set_step(column, facts.step);
  }
  return column;
}

/// One column as several owners see it.
class ColumnMerge {
 public:
  explicit ColumnMerge(std::string name) : name_(std::move(name)) {}

  void add(const Column& column, const std::string& owner) {
    sides_.push_back(&column);
    owners_.push_back(owner);
  }

  [[nodiscard]] Result<Column> finish(std::size_t owner_count) const {
    std::vector<const Column*> seen;
    for (const Column* side : sides_) {
      if (!side->vacant) seen.push_back(side);
    }
    if (seen.empty()) return *sides_.front();
    MC_TRY(Column merged, merge_types());
    for (const Column* side : sides_) {
      MC_TRY_STATUS(take_text(merged.title, side->title, nullptr));
      MC_TRY_STATUS(take_text(merged.unit, side->unit, "unit"));
      MC_TRY_STATUS(take_text(merged.code, side->code, "code"));
      MC_TRY_STATUS(take_times(merged.times, side->times));
    }
    merged.required = sides_.size() == owner_count &&
                      std::all_of(sides_.begin(), sides_.end(), [](const Column* s) { return s->required; });
    if (std::all_of(seen.begin(), seen.end(), [&](const Column* s) { return is_same_content(*s, *seen.front()); })) {
      merged.minimum = seen.front()->minimum;
      merged.maximum = seen.front()->maximum;
      merged.edges = seen.front()->edges;
      merged.categories = seen.front()->categories;
      merged.step = seen.front()->step;
    } else if (merged.is_numeric()) {
      merge_numbers(merged, seen);
      merge_steps(merged, seen);
    } else {
      merge_categories(merged, seen);
    }
    // A code that nobody lacks or nobody has is still one of yes and no.
    const bool is_lone_flag = merged.type == ColumnType::kInteger && merged.categories.size() == 1 &&
                              (merged.categories[0] == "0" || merged.categories[0] == "1");
    if (is_lone_flag) describe_codes(merged, {0, 1});
    return merged;
  }

 private:
  static bool is_same_content(const Column& a, const Column& b) {
    return a.type == b.type && a.minimum == b.minimum && a.maximum == b.maximum && a.edges == b.edges &&
           a.categories == b.categories && a.step == b.step;
  }

  // Integer gives way to number; an identifier stays one for everybody; text against numbers is a conflict.
  [[nodiscard]] Result<Column> merge_types() const {
    Column merged;
    merged.name = name_;
    std::size_t text = sides_.size();
    std::size_t number = sides_.size();
    bool has_fractions = false;
    bool is_identifier = false;
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      if (sides_[i]->vacant) continue;
      (sides_[i]->is_numeric() ? number : text) = i;
      has_fractions |= sides_[i]->type == ColumnType::kNumber;
      is_identifier |= !sides_[i]->is_sealed() && is_identifier_name(name_);
    }
    if (text < sides_.size() && number < sides_.size() && !is_identifier) {
      return fail(Code::kConflict,
                  "column \"" + name_ + "\" is text in " + owners_[text] + " and a number in " + owners_[number]);
    }
    merged.type = text < sides_.size() ? ColumnType::kString
                  : has_fractions      ? ColumnType::kNumber
                                       : ColumnType::kInteger;
    return merged;
  }

  // `what` names a property on which owners must agree.
  Status take_text(std::string& merged, const std::string& side, const char* what) const {
    if (side.empty() || side == merged) return {};
    if (merged.empty()) {
      merged = side;
    } else if (what != nullptr) {
      return fail(Code::kConflict, "column \"" + name_ + "\" has the " + what + " \"" + merged +
                                       "\" for one owner and \"" + side + "\" for another");
    }
    return {};
  }

  Status take_times(std::vector<double>& merged, const std::vector<double>& side) const {
    if (side.empty() || side == merged) return {};
    if (!merged.empty()) {
      return fail(Code::kConflict, "column \"" + name_ + "\" has other times for one owner than for another");
    }
    merged = side;
    return {};
  }

  static void merge_numbers(Column& merged, const std::vector<const Column*>& seen) {
    std::set<double> codes;
    bool all_coded = merged.type == ColumnType::kInteger;
    double minimum = seen.front()->minimum;
    double maximum = seen.front()->maximum;
    for (const Column* side : seen) {
      minimum = std::min(minimum, side->minimum);
      maximum = std::max(maximum, side->maximum);
      all_coded &= !side->categories.empty();
      for (const std::string& code : side->categories) codes.insert(parse_number(code).value_or(0));
    }
    if (all_coded && codes.size() <= kIntegerCategoriesMax) {
      describe_codes(merged, codes);
    } else {
      describe_quantity(merged, minimum, maximum);
    }
  }

  // The finest step, if everybody's values are multiples of it.
  static void merge_steps(Column& merged, const std::vector<const Column*>& seen) {
    double finest = seen.front()->resolution();
    for (const Column* side : seen) finest = std::min(finest, side->resolution());
    const bool of_all = finest > 0 && std::all_of(seen.begin(), seen.end(), [&](const Column* side) {
                          return is_multiple_of_step(finest, side->resolution());
                        });
    const bool goes_without_saying = merged.type == ColumnType::kInteger && finest == 1;
    set_step(merged, of_all && !goes_without_saying ? finest : 0);
  }

  // One owner's free text makes the column free text: her values are in nobody's list.
  static void merge_categories(Column& merged, const std::vector<const Column*>& seen) {
    std::set<std::string> categories;
    for (const Column* side : seen) {
      if (!side->is_sealed() || side->is_numeric()) return;
      categories.insert(side->categories.begin(), side->categories.end());
    }
    if (categories.size() <= kStringCategoriesMax) merged.categories.assign(categories.begin(), categories.end());
  }

  std::string name_;
  std::vector<const Column*> sides_;
  std::vector<std::string> owners_;
};

}  // namespace

Result<Schema> infer(const Table& table, std::string_view name) {
  Schema schema;
  schema.name = name;
  schema.missing_values.assign(kMissingTokens.begin(), kMissingTokens.end());
  for (std::size_t i = 0; i < table.column_count(); ++i) schema.columns.push_back(propose(table, i));
  auto status = validate(schema);
  if (!status) return fail(status.error().within(table.source()));
  return schema;
}

Result<Schema> merge(std::span<const Schema> proposals, std::string_view name) {
  if (proposals.empty()) return fail(Code::kInvalidArgument, "there is no proposal to merge: at least one is needed");
  Schema merged;
  merged.name = name;
  std::vector<std::string> order;
  std::vector<ColumnMerge> columns;
  for (const Schema& proposal : proposals) {
    for (const std::string& token : proposal.missing_values) {
      const auto found = std::find(merged.missing_values.begin(), merged.missing_values.end(), token);
      if (found == merged.missing_values.end()) merged.missing_values.push_back(token);
    }
    for (const Column& column : proposal.columns) {
      const auto found = std::find(order.begin(), order.end(), column.name);
      const auto index = static_cast<std::size_t>(found - order.begin());
      if (found == order.end()) {
        order.push_back(column.name);
        columns.emplace_back(column.name);
      }
      columns[index].add(column, proposal.name);
    }
  }
  for (const ColumnMerge& column : columns) {
    MC_TRY(Column finished, column.finish(proposals.size()));
    merged.columns.push_back(std::move(finished));
  }
  MC_TRY_STATUS(validate(merged));
  return merged;
}

}  // namespace mc::data
