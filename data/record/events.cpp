// SPDX-License-Identifier: Apache-2.0
#include "data/record/events.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "data/record/date.hpp"
#include "data/record/missing.hpp"
#include "data/record/number.hpp"

namespace mc::data {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// A column of a file, and what its messages begin with.
struct Place {
  const Table& table;
  std::size_t column;
  [[nodiscard]] std::string_view cell(std::size_t row) const { return trimmed(table.cell(row, column)); }
  [[nodiscard]] std::string text(std::size_t row) const {
    return table.source() + ":" + std::to_string(table.line(row)) + ": column \"" + table.header()[column] + "\" ";
  }
};

Result<Place> place_in(const Table& table, const std::string& column) {
  const auto index = table.find(column);
  if (!index) return fail(Code::kNotFound, table.source() + ": has no column \"" + column + "\"");
  return Place{table, *index};
}

/// How many rows share a fate, and where the first of them stands.
struct Tally {
  std::size_t count = 0;
  std::uint32_t first_line = 0;

  void add(std::uint32_t line) {
    if (count == 0 || line < first_line) first_line = line;
    ++count;
  }
  void say(const Table& file, const std::string& what, std::vector<std::string>& notes) const {
    if (count == 0) return;
    notes.push_back(file.source() + ": " + std::to_string(count) + " " + what + " (the first on line " +
                    std::to_string(first_line) + ")");
  }
};

class EventReader {
 public:
  EventReader(const Table& file, const EventLayout& layout, const Persons& persons,
              std::span<const std::string> missing_values)
      : file_(file), layout_(layout), persons_(persons), missing_values_(missing_values) {}

  Result<EventLog> run() {
    MC_TRY_STATUS(read_axes());
    MC_TRY_STATUS(read_rows());
    std::sort(log_.events.begin(), log_.events.end(), [](const Event& a, const Event& b) {
      return std::tie(a.person, a.time, a.row) < std::tie(b.person, b.time, b.row);
    });
    MC_TRY_STATUS(drop_repetitions());
    strangers_.say(file_, "events of persons who are not in " + persons_.table.source() + " are left out", log_.notes);
    timeless_.say(file_, "events without a time are left out", log_.notes);
    late_.say(file_, "events after the end of their person's observation are left out", log_.notes);
    repeated_.say(file_, "rows repeat an earlier one and are left out", log_.notes);
    log_.has_dates = kind_ == Kind::kDates;
    return std::move(log_);
  }

 private:
  enum class Kind : std::uint8_t { kUndecided, kNumbers, kDates };

  [[nodiscard]] bool is_missing(std::string_view cell) const { return missing_values_.holds(cell); }

  /// A number, or the days of a date. The first moment that is read decides which; all others are of its kind.
  Result<double> moment(const Place& place, std::size_t row) {
    const std::string_view cell = place.cell(row);
    const auto number = parse_number(cell);
    const auto days = number ? std::nullopt : days_of_date(cell);
    if (!number && (!days || layout_.origin.empty())) {
      return fail(Code::kInvalidArgument,
                  place.text(row) + (days ? "is a date, and the dictionary says no day from which days are counted"
                                          : "is neither a number nor a date"));
    }
    const Kind kind = number ? Kind::kNumbers : Kind::kDates;
    if (kind_ == Kind::kUndecided) kind_ = kind;
    if (kind != kind_) {
      return fail(Code::kInvalidArgument, place.text(row) + (number ? "is a number where others are dates"
                                                                    : "is a date where others are numbers"));
    }
    return number ? *number : static_cast<double>(*days);
  }

  /// Every person's day 0 and last day.
  Status read_axes() {
    const std::size_t count = persons_.table.row_count();
    MC_CHECK(persons_.ids.size() == count);
    origins_.assign(count, 0.0);
    if (!layout_.origin.empty()) {
      MC_TRY(const Place place, place_in(persons_.table, layout_.origin));
      for (std::size_t row = 0; row < count; ++row) {
        if (is_missing(place.cell(row))) {
          return fail(Code::kInvalidArgument, place.text(row) + "is missing, and events are counted from it");
        }
        MC_TRY(origins_[row], moment(place, row));
      }
    }
    if (layout_.until.empty()) return {};
    MC_TRY(const Place place, place_in(persons_.table, layout_.until));
    log_.until.assign(count, kUnknown);
    for (std::size_t row = 0; row < count; ++row) {
      if (is_missing(place.cell(row))) continue;
      MC_TRY(const double end, moment(place, row));
      log_.until[row] = end - origins_[row];
    }
    return {};
  }

  Status read_rows() {
    std::unordered_map<std::string_view, std::uint32_t> rows_of_ids;
    rows_of_ids.reserve(persons_.ids.size());
    for (const std::string& id : persons_.ids) {
      rows_of_ids.emplace(id, static_cast<std::uint32_t>(rows_of_ids.size()));
    }
    MC_TRY(const Place person, place_in(file_, layout_.person));
    MC_TRY(const Place time, place_in(file_, layout_.time));
    for (std::size_t row = 0; row < file_.row_count(); ++row) {
      const std::string_view id = person.cell(row);
      if (is_missing(id)) return fail(Code::kInvalidArgument, person.text(row) + "is empty: every event is a person's");
      const auto found = rows_of_ids.find(id);
      if (found == rows_of_ids.end()) {
        strangers_.add(file_.line(row));
        continue;
      }
      if (is_missing(time.cell(row))) {
        timeless_.add(file_.line(row));
        continue;
      }
      MC_TRY(const double at, moment(time, row));
      const double since = at - origins_[found->second];
      if (!log_.until.empty() && since > log_.until[found->second]) {
        late_.add(file_.line(row));
        continue;
      }
      log_.events.push_back({found->second, static_cast<std::uint32_t>(row), since == 0 ? 0.0 : since});
    }
    if (file_.row_count() > 0 && strangers_.count == file_.row_count()) {
      return fail(Code::kInvalidArgument, file_.source() + ": no event is of a person in " + persons_.table.source() +
                                              ": column \"" + layout_.person + "\" names none of them");
    }
    return {};
  }

  /// Exports that are joined from several sources bring one event several times.
  Status drop_repetitions() {
    std::vector<Place> places;
    for (const std::string* column : {&layout_.what, &layout_.value, &layout_.unit}) {
      if (column->empty()) continue;
      MC_TRY(const Place place, place_in(file_, *column));
      places.push_back(place);
    }
    std::vector<Event> kept;
    kept.reserve(log_.events.size());
    std::unordered_set<std::string> said;
    for (std::size_t begin = 0; begin < log_.events.size();) {
      std::size_t end = begin + 1;
      const auto is_same_moment = [&](const Event& a, const Event& b) {
        return a.person == b.person && a.time == b.time;
      };
      while (end < log_.events.size() && is_same_moment(log_.events[begin], log_.events[end])) ++end;
      said.clear();
      for (std::size_t i = begin; i < end; ++i) {
        std::string text;
        for (const Place& place : places) {
          const std::string_view cell = place.cell(log_.events[i].row);
          text += std::to_string(cell.size()) + ":";
          text += cell;
        }
        if (end - begin > 1 && !said.insert(std::move(text)).second) {
          repeated_.add(file_.line(log_.events[i].row));
        } else {
          kept.push_back(log_.events[i]);
        }
      }
      begin = end;
    }
    log_.events = std::move(kept);
    return {};
  }

  const Table& file_;
  const EventLayout& layout_;
  const Persons& persons_;
  MissingValues missing_values_;
  Kind kind_ = Kind::kUndecided;
  std::vector<double> origins_;
  Tally strangers_, timeless_, late_, repeated_;
  EventLog log_;
};

}  // namespace

Result<EventLog> read_events(const Table& file, const EventLayout& layout, const Persons& persons,
                             std::span<const std::string> missing_values) {
  return EventReader(file, layout, persons, missing_values).run();
}

}  // namespace mc::data
