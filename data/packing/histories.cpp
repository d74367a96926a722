// SPDX-License-Identifier: Apache-2.0
#include "data/packing/histories.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "data/packing/column_reader.hpp"
#include "data/schema/step.hpp"

namespace mc::data {
namespace {

constexpr double kNull = std::numeric_limits<double>::quiet_NaN();

/// An event of one series; value is NaN where the series has none.
struct Happening {
  double time = 0;
  double value = kNull;
};

/// The events of one series, person by person in the order of time.
struct Timelines {
  std::vector<Happening> events;
  std::vector<std::size_t> ends;  // per person, into events

  [[nodiscard]] std::span<const Happening> of(std::size_t person) const {
    const std::size_t begin = person == 0 ? 0 : ends[person - 1];
    return std::span(events).subspan(begin, ends[person] - begin);
  }
};

/// A file and layout that one or more series share, read once.
struct ReadFile {
  const EventFile* file;
  EventLayout layout;
  EventLog log;
};

double value_of(Take take, std::span<const Happening> events) {
  const auto smaller = [](const Happening& a, const Happening& b) { return a.value < b.value; };
  switch (take) {
    case Take::kLatest:
      return events.empty() ? kNull : events.back().value;
    case Take::kFirst:
      return events.empty() ? kNull : events.front().value;
    case Take::kHighest:
      return events.empty() ? kNull : std::max_element(events.begin(), events.end(), smaller)->value;
    case Take::kLowest:
      return events.empty() ? kNull : std::min_element(events.begin(), events.end(), smaller)->value;
    case Take::kEvents:
      return static_cast<double>(events.size());
    case Take::kHad:
      return events.empty() ? 0 : 1;
    case Take::kFirstTime:
      return events.empty() ? kNull : events.front().time;
    case Take::kTimeTo:
      break;  // needs the end of observation
  }
  MC_CHECK(false);
}

/// Who had the event by time 0 is no longer at risk of a first one, and who was not observed after it never was.
double follow_up(std::span<const Happening> events, double until) {
  if (std::isnan(until) || until <= 0 || (!events.empty() && events.front().time <= 0)) return kNull;
  return events.empty() ? until : events.front().time;
}

class HistoryMaker {
 public:
  HistoryMaker(const Schema& schema, const Persons& persons, std::span<const EventFile> files)
      : schema_(schema), persons_(persons), files_(files) {}

  Result<HistoryColumns> run() {
    MC_TRY_STATUS(check_files());
    made_.values.resize(schema_.columns.size());
    for (const Series& series : schema_.series) {
      const EventFile* file = file_called(series.file);
      if (file == nullptr) {
        MC_TRY_STATUS(do_without(series));
        continue;
      }
      MC_TRY(const ReadFile* read, read_once(*file, series.layout));
      MC_TRY(const Timelines timelines, timelines_of(series, *read));
      for (std::size_t i = 0; i < schema_.columns.size(); ++i) {
        const auto& history = schema_.columns[i].history;
        if (!history || history->series != series.name) continue;
        MC_TRY(made_.values[i], column_of(series, *history, timelines, *read));
      }
    }
    count_strays();
    return std::move(made_);
  }

 private:
  Status check_files() const {
    for (const EventFile& file : files_) {
      const auto is_of = [&](const Series& series) { return series.file == file.name; };
      if (std::any_of(schema_.series.begin(), schema_.series.end(), is_of)) continue;
      return fail(Code::kInvalidArgument,
                  file.table.source() + ": the dictionary has no series of a file called \"" + file.name + "\"");
    }
    return {};
  }

  [[nodiscard]] const EventFile* file_called(const std::string& name) const {
    const auto found =
        std::find_if(files_.begin(), files_.end(), [&](const EventFile& one) { return one.name == name; });
    return found == files_.end() ? nullptr : &*found;
  }

  Status do_without(const Series& series) {
    const std::string what = persons_.table.source() + ": comes without the file \"" + series.file + "\" of events";
    if (series.required) return fail(Code::kNotFound, what + ", which the series " + series.name + " requires");
    made_.notes.push_back(what + ", so every history of " + series.name + " is missing");
    return {};
  }

  Result<const ReadFile*> read_once(const EventFile& file, const EventLayout& layout) {
    for (const auto& one : read_) {
      if (one->file == &file && one->layout == layout) return one.get();
    }
    MC_TRY(EventLog log, read_events(file.table, layout, persons_, schema_.missing_values));
    made_.notes.insert(made_.notes.end(), log.notes.begin(), log.notes.end());
    read_.push_back(std::make_unique<ReadFile>(ReadFile{&file, layout, std::move(log)}));
    return read_.back().get();
  }

  static Status check_time(const Column& time, const Table& table, const Event& event) {
    const auto error = [&](const std::string& reason) {
      return fail(Code::kInvalidArgument, table.source() + ":" + std::to_string(table.line(event.row)) + ": column \"" +
                                              time.name + "\" " + reason);
    };
    if (event.time < time.minimum || event.time > time.maximum) {
      return error("is outside the declared range " + number_text(time.minimum) + " to " + number_text(time.maximum));
    }
    if (time.type == ColumnType::kInteger && !is_exact_integer(event.time)) return error("is not an integer");
    if (time.step > 0 && !is_multiple_of_step(time.step, event.time)) {
      return error("is not a multiple of the declared step " + number_text(time.step));
    }
    return {};
  }

  Result<Timelines> timelines_of(const Series& series, const ReadFile& read) {
    const Table& table = read.file->table;
    const auto index_of = [&](const std::string& column) {
      return column.empty() ? 0 : table.find(column).value_or(0);
    };
    const std::size_t what = index_of(series.layout.what);
    const std::size_t unit = index_of(series.layout.unit);
    // Of values that are free text it counts only whether there is one.
    std::optional<ColumnReader> values;
    if (series.value) values.emplace(table, schema_, *series.value, index_of(series.layout.value));
    const bool reads_values = series.value && series.value->is_sealed();
    Timelines timelines;
    timelines.ends.resize(persons_.table.row_count());
    std::size_t without_value = 0;
    std::size_t next = 0;
    for (std::size_t person = 0; person < timelines.ends.size(); ++person) {
      for (; next < read.log.events.size() && read.log.events[next].person == person; ++next) {
        const Event& event = read.log.events[next];
        if (!series.layout.what.empty() && !series.has_code(trimmed(table.cell(event.row, what)))) continue;
        MC_TRY_STATUS(check_time(series.time, table, event));
        Happening happening{event.time, kNull};
        if (values) {
          if (values->is_missing(event.row)) {
            ++without_value;
            continue;
          }
          if (reads_values) {
            MC_TRY(happening.value, values->read_cell(event.row));
          }
          if (!series.layout.unit.empty() && trimmed(table.cell(event.row, unit)) != series.value->unit) {
            return fail(Code::kInvalidArgument, table.source() + ":" + std::to_string(table.line(event.row)) +
                                                    ": column \"" + series.layout.unit + "\" is not \"" +
                                                    series.value->unit + "\", the declared unit of " + series.name);
          }
        }
        timelines.events.push_back(happening);
      }
      timelines.ends[person] = timelines.events.size();
    }
    if (without_value > 0) {
      made_.notes.push_back(table.source() + ": " + std::to_string(without_value) + " events of " + series.name +
                            " without a value are left out");
    }
    return timelines;
  }

  Result<std::vector<double>> column_of(const Series& series, const History& history, const Timelines& timelines,
                                        const ReadFile& read) {
    std::vector<double> values(persons_.table.row_count());
    std::size_t bounded = 0;
    for (std::size_t person = 0; person < values.size(); ++person) {
      const std::span<const Happening> all = timelines.of(person);
      if (history.take == Take::kTimeTo) {
        MC_TRY(values[person], checked_follow_up(series, all, read.log.until[person], person));
        continue;
      }
      const auto is_before = [&](const Happening& one) { return history.from && one.time <= *history.from; };
      const auto begin = std::partition_point(all.begin(), all.end(), is_before);
      const auto is_within = [&](const Happening& one) { return history.holds(one.time); };
      const auto end = std::partition_point(begin, all.end(), is_within);
      values[person] = value_of(history.take, {begin, end});
      if (history.take == Take::kEvents && values[person] > series.most) {
        values[person] = series.most;
        ++bounded;
      }
    }
    if (bounded > 0) {
      made_.notes.push_back(read.file->table.source() + ": " + std::to_string(bounded) + " persons have more than " +
                            std::to_string(series.most) + " events of " + history_text(history) + " and count as " +
                            std::to_string(series.most));
    }
    return values;
  }

  Result<double> checked_follow_up(const Series& series, std::span<const Happening> events, double until,
                                   std::size_t person) const {
    const double time = follow_up(events, until);
    if (std::isnan(time)) return time;
    const bool fits = time <= series.time.maximum &&
                      (series.time.type != ColumnType::kInteger || is_exact_integer(time)) &&
                      (series.time.step == 0 || is_multiple_of_step(series.time.step, time));
    if (fits) return time;
    return fail(Code::kInvalidArgument, persons_.table.source() + ":" + std::to_string(persons_.table.line(person)) +
                                            ": column \"" + series.layout.until +
                                            "\" does not fit the declared times of " + series.name + ", 0 to " +
                                            number_text(series.time.maximum));
  }

  /// Events whose code no series wants are not asked for, and said, for a misspelt code looks the same.
  void count_strays() {
    for (const auto& read : read_) {
      if (read->layout.what.empty()) continue;
      const Table& table = read->file->table;
      const std::size_t what = table.find(read->layout.what).value_or(0);
      const auto is_wanted = [&](const Event& event) {
        return std::any_of(schema_.series.begin(), schema_.series.end(), [&](const Series& series) {
          return series.file == read->file->name && series.has_code(trimmed(table.cell(event.row, what)));
        });
      };
      const auto strays = std::count_if(read->log.events.begin(), read->log.events.end(),
                                        [&](const Event& event) { return !is_wanted(event); });
      if (strays == 0) continue;
      made_.notes.push_back(table.source() + ": " + std::to_string(strays) + " events whose \"" + read->layout.what +
                            "\" is in no series are left out");
    }
  }

  const Schema& schema_;
  const Persons& persons_;
  std::span<const EventFile> files_;
  std::vector<std::unique_ptr<ReadFile>> read_;
  HistoryColumns made_;
};

}  // namespace

Result<HistoryColumns> history_columns(const Schema& schema, const Persons& persons, std::span<const EventFile> files) {
  return HistoryMaker(schema, persons, files).run();
}

}  // namespace mc::data
