// SPDX-License-Identifier: Apache-2.0
// What `local up` is told about owners and the data set, checked before anything is founded: these words become names
// of folders, of members, and of a table in SQL.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace mc::cli {

/// An owner's name and its file.
using CohortArgument = std::pair<std::string, std::filesystem::path>;

/// "NAME=FILE.csv": NAME is 1 to 64 letters, digits, _ or -, beginning with a letter or digit, and no local member's.
///   errors  kInvalidArgument with what is wrong
Result<CohortArgument> cohort_from_argument(const std::string& text);

/// Each of them, all names different.
Result<std::vector<CohortArgument>> cohorts_from_arguments(const std::vector<std::string>& texts);

/// A file of events: whose it is, what the dictionary calls it, where it lies.
struct EventsArgument {
  std::string owner, name;
  std::filesystem::path file;
};

/// "OWNER:NAME=FILE.csv": the NAME is a series' file in the dictionary, letters, digits and _.
///   errors  kInvalidArgument with what is wrong
Result<EventsArgument> events_from_argument(const std::string& text);

/// A name that FROM can hold, quoted if need be: 1 to 64 bytes of UTF-8 without quotes and control characters.
Status check_dataset_name(const std::string& name);

}  // namespace mc::cli
