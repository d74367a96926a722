// SPDX-License-Identifier: Apache-2.0
// Proposing the series of a file of events. As with tables, every owner infers from its own file and only the proposal
// travels: no raw minimum, maximum or count; ranges and the largest number of one person's events are rounded outwards.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "data/schema/schema.hpp"

namespace mc::data {

/// A series as a custodian asks for it: which codes of which file.
struct SeriesRequest {
  std::string name;
  std::string file;
  std::vector<std::string> codes;  // none: every row of the file
  friend bool operator==(const SeriesRequest&, const SeriesRequest&) = default;
};

/// Reads "mi:diagnoses=I21*,I22*" (these codes of the file called diagnoses) or "hba1c:labs" (all of it).
///   errors  kParse with the text and how to write it
Result<SeriesRequest> series_request_from_text(std::string_view text);

/// A file of events as people call it, and what its columns are called.
struct NamedLayout {
  std::string file;
  EventLayout layout;
};

/// Reads "labs:person=patient,time=day,what=test,value=result,unit=unit,origin=entry,until=exit"; person and time must
/// be there.
///   errors  kParse with the text and the words that there are
Result<NamedLayout> layout_from_text(std::string_view text);

/// The series that the requests name in one file; without any, one for each code that recurs, called as it is or with
/// what no name can hold replaced by _, and for a file without codes one called as the file.
///   range   `missing_values`: those of the table's proposal
///   errors  as read_events; kInvalidArgument for a request of codes without a column of them, for two units in one
///           series, for codes that would have one name, and where nothing recurs
Result<std::vector<Series>> infer_series(const Table& events, const NamedLayout& source,
                                         std::span<const SeriesRequest> requests, const Persons& persons,
                                         std::span<const std::string> missing_values);

}  // namespace mc::data
