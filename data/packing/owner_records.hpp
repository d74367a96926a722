// SPDX-License-Identifier: Apache-2.0
// Everything one owner brings, read from its files: a table of persons and files of events.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/packing/cohort.hpp"

namespace mc::data {

/// A file of events and what the dictionary calls it.
struct EventPath {
  std::string name;
  std::filesystem::path file;
};

struct OwnerRecords {
  Cohort cohort;
  std::vector<std::string> persons;  // ids, one per row
};

/// The files of events, each of which may be empty but for its header.
///   errors  as read_csv_file; kInvalidArgument for a name that comes twice
Result<std::vector<EventFile>> read_event_files(const std::vector<EventPath>& paths);

/// Reads and checks all of it against the schema.
///   errors  as read_csv_file, person_ids, history_columns and Cohort::parse
Result<OwnerRecords> read_owner_records(const std::filesystem::path& table, const std::vector<EventPath>& events,
                                        const std::optional<std::string>& id_column, const Schema& schema);

}  // namespace mc::data
