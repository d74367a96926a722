// SPDX-License-Identifier: Apache-2.0
#include "data/schema/declare_history.hpp"

#include <algorithm>

#include "data/schema/infer.hpp"

namespace mc::data {
namespace {

auto refused(const History& history, const std::string& reason) {
  return fail(Code::kInvalidArgument, history_text(history) + ": " + reason);
}

Result<Column> value_column(const Series& series, const History& history) {
  if (!series.value) return refused(history, "the events of " + series.name + " have no values");
  Column column = *series.value;
  const bool orders = history.take == Take::kHighest || history.take == Take::kLowest;
  if (column.vacant) return refused(history, "no file has a value of " + series.name);
  if (!column.is_sealed()) return refused(history, "the values of " + series.name + " are text that hardly recurs");
  if (orders && !column.is_numeric()) return refused(history, "the values of " + series.name + " are text");
  return column;
}

Column count_column(const Series& series) {
  Column column;
  column.type = ColumnType::kInteger;
  column.maximum = series.most;
  if (series.most <= kNumericCategoriesMax) {
    for (std::uint32_t count = 0; count <= series.most; ++count) column.categories.push_back(std::to_string(count));
  } else {
    column.edges = nice_range(0, series.most, true).edges;
    // Whether there was any is asked more often than anything else.
    if (column.edges.front() != 1) column.edges.insert(column.edges.begin(), 1);
  }
  return column;
}

Result<Column> time_column(const Series& series, const History& history) {
  Column column = series.time;
  if (history.take == Take::kFirstTime) return column;
  if (series.layout.until.empty()) {
    return refused(history, "nothing says when a person's observation ended; the layout's until= names the column");
  }
  if (history.to) return refused(history, "follow-up has no window: it runs from 0 to the first event");
  if (!(column.maximum > 0)) return refused(history, "no time of " + series.name + " is after 0");
  column.minimum = 0;
  std::erase_if(column.edges, [](double edge) { return edge <= 0; });
  return column;
}

}  // namespace

Result<Column> history_column(const Series& series, const History& history) {
  MC_CHECK(history.series == series.name);
  Column column;
  switch (history.take) {
    case Take::kLatest:
    case Take::kFirst:
    case Take::kHighest:
    case Take::kLowest: {
      MC_TRY(column, value_column(series, history));
      break;
    }
    case Take::kEvents:
      column = count_column(series);
      break;
    case Take::kHad:
      column.type = ColumnType::kInteger;
      column.maximum = 1;
      column.categories = {"0", "1"};
      break;
    case Take::kFirstTime:
    case Take::kTimeTo: {
      MC_TRY(column, time_column(series, history));
      break;
    }
  }
  column.name = history_text(history);
  column.title.clear();
  column.code = series.code;
  column.required = series.required && (history.take == Take::kEvents || history.take == Take::kHad);
  column.history = history;
  return column;
}

Status declare_history(Schema& schema, const History& history) {
  const Series* series = schema.find_series(history.series);
  if (series == nullptr) {
    std::string known;
    for (const Series& one : schema.series) known += (known.empty() ? "" : ", ") + one.name;
    return fail(Code::kNotFound, history_text(history) + ": there is no series \"" + history.series + "\"" +
                                     (known.empty() ? "" : "; there are " + known));
  }
  MC_TRY(Column column, history_column(*series, history));
  if (schema.find(column.name) != nullptr) return fail(Code::kConflict, column.name + " is declared twice");
  schema.columns.push_back(std::move(column));
  return validate(schema);
}

std::vector<History> usual_histories(const Series& series) {
  const auto of = [&](Take take) { return History{take, series.name}; };
  if (series.value) return {of(Take::kLatest), of(Take::kFirst), of(Take::kEvents)};
  std::vector<History> histories{of(Take::kHad), of(Take::kEvents), of(Take::kFirstTime)};
  if (!series.layout.until.empty()) histories.push_back(of(Take::kTimeTo));
  return histories;
}

}  // namespace mc::data
