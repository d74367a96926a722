// SPDX-License-Identifier: Apache-2.0
// `schema infer` over files of events: series are proposed owner by owner and merged with the tables, and histories are
// declared on what was merged.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "data/packing/histories.hpp"
#include "data/schema/infer_events.hpp"
#include "data/schema/time_grid.hpp"

namespace mc::cli {

/// The words of the command line.
struct HistoryOptions {
  std::vector<std::string> events;     // "TABLE.csv:NAME=FILE.csv"
  std::vector<std::string> layouts;    // data::layout_from_text
  std::vector<std::string> series;     // data::series_request_from_text
  std::vector<std::string> histories;  // data::history_from_text
  std::string id_column;
};

/// One --times, and the numbers that the files hold in its column where that is asked for.
struct DeclaredTimes {
  data::TimesRequest request;
  std::set<double> observed;
};

class InferredHistories {
 public:
  /// Reads the words; `tables` are the files of persons.
  ///   errors  kParse and kInvalidArgument for what cannot be meant: a table that is not given, a file without layout
  static Result<InferredHistories> create(const HistoryOptions& options, const std::vector<std::string>& tables);

  /// Adds the series of one owner's files of events to its proposal, and keeps its files.
  Status propose(const std::string& file, data::Table table, data::Schema& proposal);

  /// Declares the histories asked for, and of every other series the usual ones.
  Status declare(data::Schema& schema) const;

  /// Computes every owner's histories, so that what cannot be sealed is said now, and finds the observed times of those
  /// that --times asks for. What is left out is told to `progress`.
  Status observe(const data::Schema& schema, std::vector<DeclaredTimes>& times) const;

 private:
  struct EventArgument {
    std::string table, name, file;
  };
  struct Owner {
    data::Table table;
    std::vector<std::string> ids;
    std::vector<data::EventFile> files;
  };

  std::optional<std::string> id_column_;
  std::vector<EventArgument> events_;
  std::vector<data::NamedLayout> layouts_;
  std::vector<data::SeriesRequest> series_;
  std::vector<data::History> histories_;
  std::vector<Owner> owners_;
};

}  // namespace mc::cli
