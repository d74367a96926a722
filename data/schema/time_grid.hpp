// SPDX-License-Identifier: Apache-2.0
// Declaring the times at which survival is told: a decision of those who hold the data, on top of a proposed schema.
// The dictionary is public. A calendar grid (every week, every month) says nothing about anybody; the observed times
// themselves reproduce a published table to the day, and name every day on which something happened to somebody.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "data/record/csv.hpp"
#include "data/schema/schema.hpp"

namespace mc::data {

/// Times of one column as a custodian asks for them.
struct TimesRequest {
  enum class Kind : std::uint8_t { kEvery, kList, kObserved };
  std::string column;
  Kind kind = Kind::kEvery;
  double step = 0;            // kEvery
  std::vector<double> times;  // kList, ascending
  friend bool operator==(const TimesRequest&, const TimesRequest&) = default;
};

/// Reads "time:7" (every 7 units), "time:30,60,90" (those) or "time:observed" (every time that occurs in the files);
/// what stands behind the last colon decides.
///   errors  kParse with the text and the three ways to say it
Result<TimesRequest> times_request_from_text(std::string_view text);

/// The numbers that occur in a column of one owner's file; text and missing values are skipped.
///   errors  kNotFound when there is no such column
Result<std::set<double>> observed_numbers(const Table& table, std::string_view column);

/// Writes the times into the schema. kEvery: the multiples of the step within the column's range, and its end, so that
/// nobody is followed beyond the last time; `observed` is read by kObserved only.
///   errors  kNotFound for an unknown column; kInvalidArgument for one that is no measurement, for a step that is not
///           positive and for observed times that are none; kLimit with the step that would fit
Status declare_times(Schema& schema, const TimesRequest& request, const std::set<double>& observed);

}  // namespace mc::data
