// SPDX-License-Identifier: Apache-2.0
#include "data/schema/schema_check.hpp"

#include <set>

#include "data/schema/declare_history.hpp"

namespace mc::data {
namespace {

/// Checks one series; `where` is `series[3] "hba1c"`.
class SeriesCheck {
 public:
  SeriesCheck(const Series& series, std::string where) : series_(series), where_(std::move(where)) {}

  [[nodiscard]] Status run(const std::vector<std::string>& missing_values) const {
    if (!is_series_name(series_.name)) {
      return error("the name must be letters, digits and _, at most " + std::to_string(kSeriesNameBytesMax) +
                   ", and begin with a letter or _");
    }
    if (!is_series_name(series_.file)) return error("the file's name must be letters, digits and _, as a series' is");
    if (const auto why = complaint_about(series_.title); !why.empty()) return error("the title " + why);
    if (const auto why = complaint_about(series_.code); !why.empty()) return error("the code " + why);
    if (series_.most < 1 || series_.most > kSeriesMostMax) {
      return error("events are counted up to 1 to " + std::to_string(kSeriesMostMax) + ", not " +
                   std::to_string(series_.most));
    }
    MC_TRY_STATUS(check_layout());
    MC_TRY_STATUS(check_codes());
    return check_columns(missing_values);
  }

 private:
  [[nodiscard]] tl::unexpected<Error> error(const std::string& reason) const {
    return fail(Code::kInvalidArgument, "schema " + where_ + ": " + reason);
  }

  [[nodiscard]] Status check_layout() const {
    const EventLayout& layout = series_.layout;
    for (const std::string* column :
         {&layout.person, &layout.time, &layout.what, &layout.value, &layout.unit, &layout.origin, &layout.until}) {
      if (const auto why = complaint_about(*column); !why.empty()) return error("the name of a column " + why);
    }
    if (layout.person.empty() || layout.time.empty()) return error("events need a column for person and one for time");
    if (layout.value.empty() == series_.value.has_value()) return error("values are declared without their column");
    if (!layout.unit.empty() && (!series_.value || series_.value->unit.empty())) {
      return error("a column of units needs a value with a unit");
    }
    return {};
  }

  [[nodiscard]] Status check_codes() const {
    if (series_.layout.what.empty() != series_.codes.empty()) {
      return error("codes and the column that holds them come together");
    }
    if (series_.codes.size() > kSeriesCodesMax) {
      return error(std::to_string(series_.codes.size()) + " codes are over the limit of " +
                   std::to_string(kSeriesCodesMax));
    }
    std::set<std::string_view> seen;
    for (const std::string& code : series_.codes) {
      if (code.empty()) return error("a code is empty");
      if (const auto why = complaint_about(code); !why.empty()) return error("a code " + why);
      if (!seen.insert(code).second) return error("code \"" + code + "\" comes twice");
    }
    return {};
  }

  [[nodiscard]] Status check_columns(const std::vector<std::string>& missing_values) const {
    const Column& time = series_.time;
    if (time.name != series_.layout.time) return error("the time has another name than its column");
    if (!time.is_numeric() || !time.categories.empty()) return error("the time must be a number without categories");
    if (time.history) return error("the time is no history");
    if (!time.missing_values.empty() || (series_.value && !series_.value->missing_values.empty())) {
      return error("events have the missing values of the whole dictionary, and none of their own");
    }
    // From 0 to 1 an integer column is one of yes and no.
    if (time.type == ColumnType::kInteger && time.maximum == 1) return error("whole times must not end at 1");
    MC_TRY_STATUS(check_column(time, where_ + ": time", missing_values));
    if (!series_.value) return {};
    const Column& value = *series_.value;
    if (value.name != series_.layout.value) return error("the value has another name than its column");
    if (value.history) return error("the value is no history");
    if (!value.times.empty()) return error("the value has times: a history may have them");
    return check_column(value, where_ + ": value", missing_values);
  }

  const Series& series_;
  std::string where_;
};

/// A history is what its series makes of it, but for what people may choose: title, code, edges and times.
Status check_history(const Schema& schema, const Column& column, const std::string& where) {
  const auto error = [&](const std::string& reason) {
    return fail(Code::kInvalidArgument, "schema " + where + ": " + reason);
  };
  if (!column.history) {
    if (!is_history_text(column.name)) return {};
    return error("the name is a history's, and the column says of no series that it is made of");
  }
  if (column.history->from && !column.history->to) return error("the history's window has no end");
  if (column.name != history_text(*column.history)) {
    return error("the history is called " + history_text(*column.history));
  }
  if (!is_history_text(column.name)) return error("the history's window ends before it begins");
  const Series* series = schema.find_series(column.history->series);
  if (series == nullptr) return error("there is no series \"" + column.history->series + "\"");
  MC_TRY(Column made, history_column(*series, *column.history));
  made.title = column.title;
  made.code = column.code;
  made.edges = column.edges;
  made.times = column.times;
  if (made != column) return error("type, unit, range, step, categories and required must be as its series says");
  return {};
}

}  // namespace

Status check_series(const Schema& schema) {
  if (schema.series.size() > kSchemaSeriesMax) {
    return fail(Code::kInvalidArgument, "schema: " + std::to_string(schema.series.size()) +
                                            " series are over the limit of " + std::to_string(kSchemaSeriesMax));
  }
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < schema.series.size(); ++i) {
    const Series& series = schema.series[i];
    MC_TRY_STATUS(
        SeriesCheck(series, "series[" + std::to_string(i) + "] \"" + series.name + "\"").run(schema.missing_values));
    if (!names.insert(series.name).second) {
      return fail(Code::kInvalidArgument, "schema: series \"" + series.name + "\" comes twice");
    }
  }
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    MC_TRY_STATUS(check_history(schema, column, "fields[" + std::to_string(i) + "] \"" + column.name + "\""));
  }
  return {};
}

}  // namespace mc::data
