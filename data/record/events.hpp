// SPDX-License-Identifier: Apache-2.0
// Events in long form, one a line: whom, when, what, perhaps a value with its unit. Whole exports of registries, OMOP
// tables and FHIR servers look like that. Here events find their persons and their time on each person's own axis; what
// they mean is the dictionary's (data/schema).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/record/csv.hpp"

namespace mc::data {

/// What the columns of a file of events are called. Empty: there is no such column.
struct EventLayout {
  std::string person{};
  std::string time{};    // numbers, or dates if there is an origin
  std::string what{};    // a code or category
  std::string value{};   // what was measured
  std::string unit{};    // of the value
  std::string origin{};  // of the table of persons: each person's day 0; without it times are numbers since then
  std::string until{};   // of the table of persons: when each person's observation ended
  friend bool operator==(const EventLayout&, const EventLayout&) = default;
};

/// One owner's persons, as events name them.
struct Persons {
  const Table& table;
  std::span<const std::string> ids;  // one per row, all different (person_ids)
};

struct Event {
  std::uint32_t person = 0;  // row of the table of persons
  std::uint32_t row = 0;     // of the file of events
  double time = 0;           // since the person's origin
};

/// The events of one file that count.
struct EventLog {
  std::vector<Event> events;       // by person, then time, then row
  std::vector<double> until;       // per person, NaN where it is not known; empty without EventLayout::until
  bool has_dates = false;          // times are whole days between dates
  std::vector<std::string> notes;  // one sentence for each kind of event that was left out, with how many
};

/// Finds each event's person and time.
///   left out  (said in the notes) events of persons who are not in the table, without a time, after the end of their
///             person's observation, and rows that repeat an earlier one in person, time, what, value and unit
///   errors    with file, line and column: kNotFound for a column that is not there; kInvalidArgument for an empty
///             person, a time that is neither number nor date, numbers beside dates, a person without origin, and when
///             no event at all is of a known person
Result<EventLog> read_events(const Table& file, const EventLayout& layout, const Persons& persons,
                             std::span<const std::string> missing_values);

}  // namespace mc::data
