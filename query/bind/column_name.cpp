// SPDX-License-Identifier: Apache-2.0
#include "query/bind/column_name.hpp"

#include "query/parse/nearest.hpp"

namespace mc::query {
namespace {

std::vector<std::string> histories_of(const std::string& series, const data::Schema& schema) {
  std::vector<std::string> names;
  for (const data::Column& column : schema.columns) {
    if (column.history && column.history->series == series) names.push_back(column.name);
  }
  return names;
}

/// A function, a series or a window that the dictionary lacks.
tl::unexpected<Error> undeclared(const Identifier& name, const data::History& history, const data::Schema& schema) {
  const std::vector<std::string> of_series = histories_of(history.series, schema);
  std::vector<std::string> series;
  for (const data::Series& one : schema.series) series.push_back(one.name);
  std::string known = "; this data set has no histories";
  if (!of_series.empty()) {
    known = "; of " + history.series + " there are " + listed(of_series);
  } else if (!series.empty()) {
    const std::string guess = did_you_mean(history.series, series);
    known = guess.empty() ? "; the series are " + listed(series) : guess;
  }
  return fail(Code::kNotFound, name.at.text() + ": the dictionary declares no " + name.name + known);
}

}  // namespace

Result<std::uint32_t> sealed_column(const Identifier& name, const data::Schema& schema) {
  std::vector<std::string> known;
  for (std::uint32_t i = 0; i < schema.columns.size(); ++i) {
    const data::Column& column = schema.columns[i];
    if (column.name == name.name) {
      if (column.is_sealed()) return i;
      return fail(
          Code::kInvalidArgument,
          name.at.text() + ": " + name.name +
              (column.vacant ? " has no value in any owner's file: there is nothing to ask for"
                             : " is text without declared categories: it is not sealed and cannot be asked for"));
    }
    if (column.is_sealed()) known.push_back(column.name);
  }
  if (const auto history = data::history_from_text(name.name); history) return undeclared(name, *history, schema);
  if (const auto histories = histories_of(name.name, schema); !histories.empty()) {
    return fail(Code::kNotFound,
                name.at.text() + ": " + name.name +
                    " is a series of events, and of them a question takes one number per person: " + listed(histories));
  }
  const std::string guess = did_you_mean(name.name, known);
  return fail(Code::kNotFound, name.at.text() + ": unknown column " + name.name +
                                   (guess.empty() ? "; the columns are " + listed(known) : guess));
}

}  // namespace mc::query
