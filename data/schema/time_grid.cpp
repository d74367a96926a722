// SPDX-License-Identifier: Apache-2.0
#include "data/schema/time_grid.hpp"

#include <algorithm>
#include <cmath>

namespace mc::data {
namespace {

tl::unexpected<Error> not_understood(std::string_view text) {
  return fail(Code::kParse, "the times \"" + std::string(text) +
                                "\" are not understood: write COLUMN:STEP, COLUMN:TIME,TIME,... or COLUMN:observed");
}

std::string too_many(const std::string& column, std::size_t count) {
  return "column \"" + column + "\" would have " + std::to_string(count) + " times, at most " +
         std::to_string(kColumnTimesMax) + " are sealed";
}

Result<std::vector<double>> every(const Column& column, double step) {
  if (!(step > 0)) {
    return fail(Code::kInvalidArgument,
                "the step between times of \"" + column.name + "\" must be above 0, it is " + number_text(step));
  }
  const double first = std::ceil(column.minimum / step);
  const double last = std::ceil(column.maximum / step);
  const double count = last - first + 1;
  if (count > static_cast<double>(kColumnTimesMax)) {
    const double fits = (column.maximum - column.minimum) / static_cast<double>(kColumnTimesMax - 2);
    return fail(Code::kLimit, "a step of " + number_text(step) + " makes " + number_text(count) + " times of \"" +
                                  column.name + "\", at most " + std::to_string(kColumnTimesMax) +
                                  " are sealed; a step of " + number_text(std::ceil(fits)) + " would fit");
  }
  std::vector<double> times;
  for (double k = first; k * step < column.maximum; ++k) times.push_back(k * step);
  times.push_back(column.maximum);
  return times;
}

}  // namespace

Result<TimesRequest> times_request_from_text(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return not_understood(text);
  TimesRequest request;
  request.column = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 1);
  if (rest == "observed") {
    request.kind = TimesRequest::Kind::kObserved;
    return request;
  }
  while (true) {
    const std::size_t comma = rest.find(',');
    const auto time = parse_number(trimmed(rest.substr(0, comma)));
    if (!time) return not_understood(text);
    request.times.push_back(*time);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (request.times.size() > 1) {
    request.kind = TimesRequest::Kind::kList;
    return request;
  }
  request.step = request.times.front();
  request.times.clear();
  return request;
}

Result<std::set<double>> observed_numbers(const Table& table, std::string_view column) {
  const auto index = table.find(column);
  if (!index) return fail(Code::kNotFound, table.source() + ": has no column \"" + std::string(column) + "\"");
  std::set<double> numbers;
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    const auto number = parse_number(trimmed(table.cell(row, *index)));
    if (number && std::isfinite(*number)) numbers.insert(*number);
  }
  return numbers;
}

Status declare_times(Schema& schema, const TimesRequest& request, const std::set<double>& observed) {
  const auto column = std::find_if(schema.columns.begin(), schema.columns.end(),
                                   [&](const Column& one) { return one.name == request.column; });
  if (column == schema.columns.end()) {
    return fail(Code::kNotFound, "there is no column \"" + request.column + "\" whose times could be declared");
  }
  if (!column->is_numeric() || !column->categories.empty()) {
    return fail(Code::kInvalidArgument,
                "column \"" + request.column + "\" is no measurement: only how long somebody was followed has times");
  }
  switch (request.kind) {
    case TimesRequest::Kind::kEvery: {
      MC_TRY(column->times, every(*column, request.step));
      break;
    }
    case TimesRequest::Kind::kList:
      column->times = request.times;
      break;
    case TimesRequest::Kind::kObserved:
      if (observed.empty()) {
        return fail(Code::kInvalidArgument, "no file has a number in column \"" + request.column + "\"");
      }
      if (observed.size() > kColumnTimesMax) {
        return fail(Code::kLimit, too_many(request.column, observed.size()) + "; declare a step instead");
      }
      column->times.assign(observed.begin(), observed.end());
      break;
  }
  return validate(schema);
}

}  // namespace mc::data
