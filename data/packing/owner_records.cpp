// SPDX-License-Identifier: Apache-2.0
#include "data/packing/owner_records.hpp"

#include <algorithm>

namespace mc::data {

Result<std::vector<EventFile>> read_event_files(const std::vector<EventPath>& paths) {
  std::vector<EventFile> files;
  for (const EventPath& path : paths) {
    const auto is_same = [&](const EventFile& one) { return one.name == path.name; };
    if (std::any_of(files.begin(), files.end(), is_same)) {
      return fail(Code::kInvalidArgument,
                  path.file.filename().string() + ": is the second file called \"" + path.name + "\" of one owner");
    }
    MC_TRY(Table table, read_csv_file(path.file, Rows::kMayBeNone));
    files.push_back({path.name, std::move(table)});
  }
  return files;
}

Result<OwnerRecords> read_owner_records(const std::filesystem::path& file, const std::vector<EventPath>& events,
                                        const std::optional<std::string>& id_column, const Schema& schema) {
  MC_TRY(const Table table, read_csv_file(file));
  MC_TRY(std::vector<std::string> persons, person_ids(table, id_column));
  MC_TRY(const std::vector<EventFile> files, read_event_files(events));
  MC_TRY(HistoryColumns histories, history_columns(schema, {table, persons}, files));
  MC_TRY(Cohort cohort, Cohort::parse(table, schema, std::move(histories)));
  return OwnerRecords{std::move(cohort), std::move(persons)};
}

}  // namespace mc::data
