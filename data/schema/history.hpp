// SPDX-License-Identifier: Apache-2.0
// What a history says about one person: a function of her events in one series, perhaps within a window of time. Its
// text, "latest(hba1c, 0, 365)", is the name of a column of the dictionary, and that column is used like any other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace mc::data {

/// `first` and `last` are aggregates over time in dialects of SQL, and dplyr's; the other words are the clinic's.
enum class Take : std::uint8_t {
  kLatest,     // value of the last event; of several at one time the one that stands last in the file
  kFirst,      // value of the first event; of several at one time the one that stands first in the file
  kHighest,    // largest value
  kLowest,     // smallest value
  kEvents,     // how many events, counted up to the series' declared maximum
  kHad,        // 1 when there is an event, else 0
  kFirstTime,  // time of the first event, NULL when there is none
  kTimeTo,     // follow-up for survival: time of the first event, or of the end of observation when there is none;
               // NULL for those who had it by time 0, or were not observed after it
};
inline constexpr std::size_t kTakeCount = 8;

struct History {
  Take take = Take::kLatest;
  std::string series;
  // Events with from < time <= to; without `from` all up to `to`; without both, all. `from` never comes alone.
  std::optional<double> from{}, to{};

  [[nodiscard]] bool holds(double time) const { return (!from || time > *from) && (!to || time <= *to); }
  friend bool operator==(const History&, const History&) = default;
};

/// "latest", "first", "highest", "lowest", "n_events", "had", "first_time", "time_to".
std::string_view take_name(Take take);
/// It is of the values of events, not only of events.
bool takes_values(Take take);

inline constexpr std::size_t kSeriesNameBytesMax = 64;
/// A letter or _, then letters, digits and _, of at most kSeriesNameBytesMax bytes.
bool is_series_name(std::string_view name);

/// The one spelling: "had(mi)", "latest(hba1c, 365)", "n_events(admission, 0, 365)".
std::string history_text(const History& history);

/// Reads a spelling with any blanks, the function's name in any case.
///   errors  kParse that shows how it is written; kInvalidArgument for a window that ends before it begins
Result<History> history_from_text(std::string_view text);

/// The text is a history's one spelling.
bool is_history_text(std::string_view text);

}  // namespace mc::data
