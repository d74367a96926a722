// SPDX-License-Identifier: Apache-2.0
#include "cli/infer_histories.hpp"

#include <algorithm>
#include <cmath>

#include "cli/cohort_argument.hpp"
#include "cli/verb.hpp"
#include "data/packing/owner_records.hpp"
#include "data/schema/declare_history.hpp"

namespace mc::cli {

Result<InferredHistories> InferredHistories::create(const HistoryOptions& options,
                                                    const std::vector<std::string>& tables) {
  InferredHistories made;
  if (!options.id_column.empty()) made.id_column_ = options.id_column;
  for (const std::string& text : options.layouts) {
    MC_TRY(data::NamedLayout layout, data::layout_from_text(text));
    made.layouts_.push_back(std::move(layout));
  }
  const auto has_layout = [&](const std::string& file) {
    return std::any_of(made.layouts_.begin(), made.layouts_.end(), [&](const auto& one) { return one.file == file; });
  };
  for (const std::string& text : options.events) {
    MC_TRY(EventsArgument argument, events_from_argument(text));
    if (std::find(tables.begin(), tables.end(), argument.owner) == tables.end()) {
      return fail(Code::kInvalidArgument, "--events '" + text + "': '" + argument.owner + "' is none of the tables");
    }
    if (!has_layout(argument.name)) {
      return fail(Code::kInvalidArgument,
                  "--events '" + text + "': no --layout says what the columns of " + argument.name + " are called");
    }
    made.events_.push_back({argument.owner, argument.name, argument.file.string()});
  }
  for (const std::string& text : options.series) {
    MC_TRY(data::SeriesRequest request, data::series_request_from_text(text));
    if (!has_layout(request.file)) {
      return fail(Code::kInvalidArgument, "--series '" + text + "': there is no --layout of " + request.file);
    }
    made.series_.push_back(std::move(request));
  }
  for (const std::string& text : options.histories) {
    MC_TRY(data::History history, data::history_from_text(text));
    made.histories_.push_back(std::move(history));
  }
  return made;
}

Status InferredHistories::propose(const std::string& file, data::Table table, data::Schema& proposal) {
  std::vector<data::EventPath> paths;
  for (const EventArgument& one : events_) {
    if (one.table == file) paths.push_back({one.name, one.file});
  }
  if (events_.empty()) return {};
  MC_TRY(std::vector<std::string> ids, data::person_ids(table, id_column_));
  MC_TRY(std::vector<data::EventFile> files, data::read_event_files(paths));
  for (const data::EventFile& events : files) {
    const auto layout = std::find_if(layouts_.begin(), layouts_.end(),
                                     [&](const data::NamedLayout& one) { return one.file == events.name; });
    MC_CHECK(layout != layouts_.end());  // create() asked for it
    std::vector<data::SeriesRequest> wanted;
    for (const data::SeriesRequest& request : series_) {
      if (request.file == events.name) wanted.push_back(request);
    }
    MC_TRY(std::vector<data::Series> series,
           data::infer_series(events.table, *layout, wanted, {table, ids}, proposal.missing_values));
    for (data::Series& one : series) proposal.series.push_back(std::move(one));
  }
  owners_.push_back({std::move(table), std::move(ids), std::move(files)});
  return {};
}

Status InferredHistories::declare(data::Schema& schema) const {
  for (const data::History& history : histories_) MC_TRY_STATUS(data::declare_history(schema, history));
  for (const data::Series& series : std::vector<data::Series>(schema.series)) {
    const bool is_asked = std::any_of(histories_.begin(), histories_.end(),
                                      [&](const data::History& history) { return history.series == series.name; });
    if (is_asked) continue;
    for (const data::History& history : data::usual_histories(series)) {
      MC_TRY_STATUS(data::declare_history(schema, history));
    }
  }
  return {};
}

Status InferredHistories::observe(const data::Schema& schema, std::vector<DeclaredTimes>& times) const {
  for (const Owner& owner : owners_) {
    MC_TRY(const data::HistoryColumns made, data::history_columns(schema, {owner.table, owner.ids}, owner.files));
    for (const std::string& note : made.notes) progress(note);
    for (DeclaredTimes& one : times) {
      const data::Column* column = schema.find(one.request.column);
      if (column == nullptr || !column->history || one.request.kind != data::TimesRequest::Kind::kObserved) continue;
      for (const double value : made.values[static_cast<std::size_t>(column - schema.columns.data())]) {
        if (!std::isnan(value)) one.observed.insert(value);
      }
    }
  }
  return {};
}

}  // namespace mc::cli
