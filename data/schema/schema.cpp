// SPDX-License-Identifier: Apache-2.0
#include "data/schema/schema.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/codec.hpp"
#include "data/schema/schema_check.hpp"
#include "data/schema/step.hpp"

namespace mc::data {
namespace {

/// Empty when they can be the texts that mean "no value".
std::string complaint_about_missing(const std::vector<std::string>& codes) {
  if (codes.size() > kMissingValuesMax) {
    return std::to_string(codes.size()) + " missing values are over the limit of " + std::to_string(kMissingValuesMax);
  }
  std::set<std::string_view> seen;
  for (const std::string& text : codes) {
    if (const auto why = complaint_about(text); !why.empty()) return "a missing value " + why;
    if (!seen.insert(text).second) return "missing value \"" + text + "\" comes twice";
  }
  return {};
}

/// Checks one column; `where` is "fields[3] \"age\"".
class ColumnCheck {
 public:
  ColumnCheck(const Column& column, std::string where) : column_(column), where_(std::move(where)) {}

  [[nodiscard]] Status run(const std::vector<std::string>& missing_values) const {
    MC_TRY_STATUS(check_texts());
    MC_TRY_STATUS(column_.is_numeric() ? check_range() : check_string());
    MC_TRY_STATUS(check_edges());
    MC_TRY_STATUS(check_times());
    if (const auto why = complaint_about_missing(column_.missing_values); !why.empty()) return error(why);
    return check_categories(column_.missing_values.empty() ? missing_values : column_.missing_values);
  }

 private:
  [[nodiscard]] tl::unexpected<Error> error(const std::string& reason) const {
    return fail(Code::kInvalidArgument, "schema " + where_ + ": " + reason);
  }

  [[nodiscard]] Status check_texts() const {
    if (column_.name.empty()) return error("the name is empty");
    if (const auto why = complaint_about(column_.name); !why.empty()) return error("the name " + why);
    if (const auto why = complaint_about(column_.title); !why.empty()) return error("the title " + why);
    if (const auto why = complaint_about(column_.unit); !why.empty()) return error("the unit " + why);
    if (const auto why = complaint_about(column_.code); !why.empty()) return error("the code " + why);
    return {};
  }

  [[nodiscard]] Status check_range() const {
    const double low = column_.minimum;
    const double high = column_.maximum;
    const std::string range = number_text(low) + " to " + number_text(high);
    if (!std::isfinite(low) || !std::isfinite(high)) return error("the range is not finite");
    if (std::abs(low) > kMagnitudeMax || std::abs(high) > kMagnitudeMax)
      return error("the range " + range + " is beyond 1e100");
    if (low >= high) return error("the minimum must be below the maximum, the range is " + range);
    if (column_.half_width() <= 0) return error("the range " + range + " is too narrow to tell its values apart");
    if (column_.type == ColumnType::kInteger && !(is_exact_integer(low) && is_exact_integer(high))) {
      return error("an integer column needs integers as its range, it is " + range);
    }
    if (column_.vacant) return error("a vacant column has no type yet");
    return check_step();
  }

  [[nodiscard]] Status check_step() const {
    if (column_.step == 0) return {};
    if (!column_.categories.empty()) return error("a column with categories has no step");
    if (const auto why = complaint_about_step(column_.step, column_.minimum, column_.maximum); !why.empty()) {
      return error(why);
    }
    if (column_.type == ColumnType::kInteger && column_.step < 1) {
      return error("an integer column has steps of at least 1, not " + number_text(column_.step));
    }
    return {};
  }

  [[nodiscard]] Status check_string() const {
    if (column_.minimum != 0 || column_.maximum != 0) return error("a string column has no range");
    if (!column_.edges.empty()) return error("a string column has no bins");
    if (!column_.times.empty()) return error("a string column has no times");
    if (column_.step != 0) return error("a string column has no step");
    if (column_.vacant && (column_.required || !column_.categories.empty())) {
      return error("a vacant column is not required and has no categories");
    }
    return {};
  }

  [[nodiscard]] Status check_edges() const {
    if (column_.edges.size() > kColumnEdgesMax) {
      return error(std::to_string(column_.edges.size()) + " bins are over the limit of " +
                   std::to_string(kColumnEdgesMax));
    }
    for (std::size_t i = 0; i < column_.edges.size(); ++i) {
      const double edge = column_.edges[i];
      if (!(edge > column_.minimum && edge <= column_.maximum)) {
        return error("bin edge " + number_text(edge) + " is not above " + number_text(column_.minimum) +
                     " and at most " + number_text(column_.maximum));
      }
      if (i > 0 && edge <= column_.edges[i - 1]) {
        return error("bin edges must ascend: " + number_text(edge) + " follows " + number_text(column_.edges[i - 1]));
      }
    }
    return {};
  }

  [[nodiscard]] Status check_times() const {
    if (column_.times.size() > kColumnTimesMax) {
      return error(std::to_string(column_.times.size()) + " times are over the limit of " +
                   std::to_string(kColumnTimesMax));
    }
    if (!column_.times.empty() && !column_.categories.empty()) return error("a column with categories has no times");
    for (std::size_t i = 0; i < column_.times.size(); ++i) {
      const double time = column_.times[i];
      if (!(time >= column_.minimum && time <= column_.maximum)) {
        return error("the time " + number_text(time) + " is outside the range " + number_text(column_.minimum) +
                     " to " + number_text(column_.maximum));
      }
      if (i > 0 && time <= column_.times[i - 1]) {
        return error("times must ascend: " + number_text(time) + " follows " + number_text(column_.times[i - 1]));
      }
    }
    return {};
  }

  [[nodiscard]] Status check_categories(const std::vector<std::string>& missing_values) const {
    const auto& categories = column_.categories;
    if (categories.size() > kColumnCategoriesMax) {
      return error(std::to_string(categories.size()) + " categories are over the limit of " +
                   std::to_string(kColumnCategoriesMax));
    }
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < categories.size(); ++i) {
      const std::string& category = categories[i];
      const std::string place = "category " + std::to_string(i + 1) + " ";
      if (const auto why = complaint_about(category); !why.empty()) return error(place + why);
      if (!seen.insert(category).second) return error("category \"" + category + "\" comes twice");
      if (std::find(missing_values.begin(), missing_values.end(), category) != missing_values.end()) {
        return error("category \"" + category + "\" is also a missing value");
      }
    }
    return column_.is_numeric() ? check_numeric_categories() : Status{};
  }

  [[nodiscard]] Status check_numeric_categories() const {
    const bool is_integer = column_.type == ColumnType::kInteger;
    double previous = 0;
    for (std::size_t i = 0; i < column_.categories.size(); ++i) {
      const std::string& text = column_.categories[i];
      const auto value = parse_number(text);
      if (!value || (is_integer && !is_exact_integer(*value)) || number_text(*value) != text) {
        return error("category \"" + text + "\" of " +
                     (is_integer ? "an integer column is not an integer" : "a number column is not a number") +
                     " in its plain form");
      }
      if (*value < column_.minimum || *value > column_.maximum) {
        return error("category \"" + text + "\" is outside the range " + number_text(column_.minimum) + " to " +
                     number_text(column_.maximum));
      }
      if (i > 0 && *value <= previous) return error("numeric categories must ascend: \"" + text + "\" does not");
      previous = *value;
    }
    return {};
  }

  const Column& column_;
  std::string where_;
};

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

std::string complaint_about(std::string_view text) {
  if (text.size() > kSchemaTextBytesMax) return "is longer than " + std::to_string(kSchemaTextBytesMax) + " bytes";
  if (!is_utf8(view_of(text))) return "is not UTF-8 text";
  if (has_control_character(text)) return "holds a control character";
  if (text.starts_with(' ') || text.ends_with(' ')) return "begins or ends with a blank";
  return {};
}

Status check_column(const Column& column, const std::string& where, const std::vector<std::string>& missing_values) {
  return ColumnCheck(column, where).run(missing_values);
}

bool Column::is_binary() const {
  return type == ColumnType::kInteger && categories.size() == 2 && categories[0] == "0" && categories[1] == "1";
}

double Column::centre() const {
  return !is_numeric() || is_binary() ? 0 : minimum + half_width();
}

double Column::resolution() const {
  if (!is_numeric() || step > 0) return step;
  if (type == ColumnType::kInteger) return 1;
  double finest = categories.empty() ? 0 : 1;
  for (const std::string& category : categories) {
    finest = std::min(finest, decimal_step_of(parse_number(category).value_or(0)));
  }
  return finest;
}

double Column::half_width() const {
  return !is_numeric() || is_binary() ? 1 : (maximum - minimum) / 2;
}

const Column* Schema::find(std::string_view column) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == column; });
  return found == columns.end() ? nullptr : &*found;
}

const Series* Schema::find_series(std::string_view wanted) const {
  const auto found = std::find_if(series.begin(), series.end(), [&](const Series& one) { return one.name == wanted; });
  return found == series.end() ? nullptr : &*found;
}

bool Series::has_code(std::string_view cell) const {
  if (layout.what.empty()) return true;
  return std::any_of(codes.begin(), codes.end(), [&](const std::string& known) {
    return known.ends_with('*') ? cell.starts_with(std::string_view(known).substr(0, known.size() - 1)) : cell == known;
  });
}

Status validate(const Schema& schema) {
  const auto error = [](const std::string& reason) { return fail(Code::kInvalidArgument, "schema: " + reason); };
  if (const auto why = complaint_about(schema.name); !why.empty()) return error("the name " + why);
  if (schema.columns.empty()) return error("it has no fields");
  if (schema.columns.size() > kSchemaColumnsMax) {
    return error(std::to_string(schema.columns.size()) + " fields are over the limit of " +
                 std::to_string(kSchemaColumnsMax));
  }
  if (const auto why = complaint_about_missing(schema.missing_values); !why.empty()) return error(why);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    const std::string where = "fields[" + std::to_string(i) + "] \"" + column.name + "\"";
    MC_TRY_STATUS(check_column(column, where, schema.missing_values));
    if (!names.insert(column.name).second) return error("column \"" + column.name + "\" comes twice");
  }
  return check_series(schema);
}

Hash256 schema_hash(const Schema& schema) {
  return sha256(view_of(to_json(schema)));
}

}  // namespace mc::data
