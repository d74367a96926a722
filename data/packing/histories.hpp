// SPDX-License-Identifier: Apache-2.0
// From one owner's events to one number per person and history. It happens at the owner, before anything is sealed: a
// person's events become columns of her own row, so no two persons and no two owners are ever joined.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/record/events.hpp"
#include "data/schema/schema.hpp"

namespace mc::data {

/// One owner's file of events and what the dictionary calls it.
struct EventFile {
  std::string name;
  Table table;
};

/// What the histories of a dictionary say about one owner's persons.
struct HistoryColumns {
  // Per column of the schema; NaN: NULL. Empty: not a history, or the owner does not bring the file.
  std::vector<std::vector<double>> values;
  std::vector<std::string> notes;  // what was left out or bounded, one sentence each
};

/// Reads every file once and computes every history of the schema.
///   left out  (said in the notes) what read_events leaves out, events whose code is in no series, and of series with
///             values those without one
///   ties      of several events of one person at one time the first one in the file comes first
///   bounds    n_events stops at the series' `most`, and the notes say for how many persons
///   errors    with file and line: as read_events; kInvalidArgument for a value or time outside what the series
///             declares and for another unit; kNotFound when the file of a required series is not brought;
///             kInvalidArgument for a file of no series
Result<HistoryColumns> history_columns(const Schema& schema, const Persons& persons, std::span<const EventFile> files);

}  // namespace mc::data
