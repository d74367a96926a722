// SPDX-License-Identifier: Apache-2.0
#include "data/schema/infer_events.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "data/schema/infer.hpp"
#include "data/schema/proposal.hpp"

namespace mc::data {
namespace {

/// The pieces of `text` between separators, trimmed.
std::vector<std::string> pieces_of(std::string_view text, char separator) {
  std::vector<std::string> pieces;
  while (true) {
    const std::size_t at = text.find(separator);
    pieces.emplace_back(trimmed(text.substr(0, at)));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

struct LayoutWord {
  std::string_view word;
  std::string EventLayout::*name;
};
constexpr LayoutWord kLayoutWords[] = {
    {"person", &EventLayout::person}, {"time", &EventLayout::time}, {"what", &EventLayout::what},
    {"value", &EventLayout::value},   {"unit", &EventLayout::unit}, {"origin", &EventLayout::origin},
    {"until", &EventLayout::until},
};

/// "4548-4" of the file labs is labs_4548_4, "I21.9" is I21_9.
std::string series_name_of(std::string_view code, const std::string& file) {
  std::string name(code);
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  std::replace_if(
      name.begin(), name.end(), [&](char c) { return !is_word(c); }, '_');
  if (name.front() >= '0' && name.front() <= '9') name = file + "_" + name;
  return name.substr(0, kSeriesNameBytesMax);
}

/// The proposals of one file.
class SeriesProposer {
 public:
  SeriesProposer(const Table& events, const NamedLayout& source, EventLog log, MissingValues missing)
      : events_(events), source_(source), log_(std::move(log)), missing_(std::move(missing)) {}

  Result<std::vector<Series>> run(std::span<const SeriesRequest> requests) {
    const EventLayout& layout = source_.layout;
    for (const auto& [column, place] :
         {std::pair{&layout.what, &what_}, {&layout.value, &value_}, {&layout.unit, &unit_}}) {
      if (column->empty()) continue;
      const auto index = events_.find(*column);
      if (!index) return fail(Code::kNotFound, events_.source() + ": has no column \"" + *column + "\"");
      *place = *index;
    }
    std::vector<SeriesRequest> wanted(requests.begin(), requests.end());
    if (wanted.empty()) {
      MC_TRY(wanted, usual_requests());
    }
    std::vector<Series> series;
    for (const SeriesRequest& request : wanted) {
      MC_TRY(Series one, proposed(request));
      series.push_back(std::move(one));
    }
    return series;
  }

 private:
  [[nodiscard]] std::string_view cell(const Event& event, std::size_t column) const {
    return trimmed(events_.cell(event.row, column));
  }

  Result<std::vector<SeriesRequest>> usual_requests() const {
    if (!what_) return std::vector<SeriesRequest>{{source_.file, source_.file, {}}};
    std::vector<std::string_view> cells;
    for (const Event& event : log_.events) cells.push_back(cell(event, *what_));
    std::erase_if(cells, [this](std::string_view one) { return missing_.holds(one); });
    if (cells.empty() || !recur(cells, missing_)) {
      return fail(Code::kInvalidArgument, events_.source() + ": column \"" + source_.layout.what +
                                              "\" has too many codes, or none that recurs, to propose a series for "
                                              "each; name series with --series NAME:" +
                                              source_.file + "=CODE,CODE*");
    }
    std::map<std::string, std::string> codes;  // by name
    for (const std::string_view code : cells) {
      const std::string name = series_name_of(code, source_.file);
      const auto [known, fresh] = codes.emplace(name, code);
      if (!fresh && known->second != code) {
        return fail(Code::kInvalidArgument, events_.source() + ": the codes \"" + known->second + "\" and \"" +
                                                std::string(code) + "\" would both be called " + name +
                                                "; name series with --series");
      }
    }
    std::vector<SeriesRequest> requests;
    for (const auto& [name, code] : codes) requests.push_back({name, source_.file, {code}});
    return requests;
  }

  Result<Series> proposed(const SeriesRequest& request) const {
    Series series;
    series.name = request.name;
    series.file = source_.file;
    series.layout = source_.layout;
    series.codes = request.codes;
    series.required = true;
    if (!what_ && !request.codes.empty()) {
      return fail(Code::kInvalidArgument, "series \"" + request.name + "\" is of codes, and the layout of " +
                                              source_.file + " names no column of them (what=)");
    }
    if (what_ && request.codes.empty()) {
      return fail(Code::kInvalidArgument, "series \"" + request.name + "\" needs codes: the layout of " + source_.file +
                                              " has a column of them; write --series " + request.name + ":" +
                                              source_.file + "=CODE,CODE*");
    }
    std::vector<Event> events;
    for (const Event& event : log_.events) {
      if (!what_ || series.has_code(cell(event, *what_))) events.push_back(event);
    }
    series.most = largest_count(events);
    series.time = time_of(events);
    if (value_) {
      MC_TRY(series.value, value_of(request.name, events));
    }
    return series;
  }

  /// Rounded outwards, so that nobody's number travels.
  static std::uint32_t largest_count(const std::vector<Event>& events) {
    std::uint32_t largest = 1;
    std::uint32_t count = 0;
    for (std::size_t i = 0; i < events.size(); ++i) {
      count = i > 0 && events[i].person == events[i - 1].person ? count + 1 : 1;
      largest = std::max(largest, count);
    }
    const double rounded = nice_range(0, largest, true).maximum;
    return static_cast<std::uint32_t>(std::min<double>(rounded, kSeriesMostMax));
  }

  /// Holds the ends of observation too: follow-up is told on this axis.
  Column time_of(const std::vector<Event>& events) const {
    double minimum = std::numeric_limits<double>::infinity();
    double maximum = -minimum;
    bool is_whole = true;
    const auto see = [&](double time) {
      minimum = std::min(minimum, time);
      maximum = std::max(maximum, time);
      is_whole = is_whole && is_exact_integer(time);
    };
    for (const Event& event : events) see(event.time);
    for (const double end : log_.until) {
      if (!std::isnan(end)) see(end);
    }
    if (minimum > maximum) see(0);
    Column time;
    time.name = source_.layout.time;
    time.required = true;
    time.type = is_whole ? ColumnType::kInteger : ColumnType::kNumber;
    if (log_.has_dates) time.unit = "d";
    constexpr double kShortest = 2;
    describe_quantity(time, minimum, is_whole ? std::max(maximum, kShortest) : maximum);
    return time;
  }

  Result<Column> value_of(const std::string& series, const std::vector<Event>& events) const {
    std::vector<std::string_view> cells;
    std::optional<Event> first;
    std::string unit;
    for (const Event& event : events) {
      const std::string_view value = cell(event, *value_);
      if (missing_.holds(value)) continue;
      cells.push_back(value);
      if (!unit_) continue;
      const std::string_view own = cell(event, *unit_);
      if (!first) {
        first = event;
        unit = own;
      }
      if (own.empty() || own != unit) {
        return fail(Code::kInvalidArgument, events_.source() + ":" + std::to_string(events_.line(event.row)) +
                                                ": column \"" + source_.layout.unit + "\" " +
                                                (own.empty() ? "is empty" : "has another unit") + " than on line " +
                                                std::to_string(events_.line(first->row)) + ": the series " + series +
                                                " has one unit");
      }
    }
    Column value = proposed_column(source_.layout.value, cells, missing_);
    value.required = false;
    value.unit = unit;
    return value;
  }

  const Table& events_;
  const NamedLayout& source_;
  EventLog log_;
  MissingValues missing_;
  std::optional<std::size_t> what_, value_, unit_;
};

}  // namespace

Result<SeriesRequest> series_request_from_text(std::string_view text) {
  const auto not_understood = [&] {
    return fail(Code::kParse, "the series \"" + std::string(text) +
                                  "\" is not understood: write NAME:FILE=CODE,CODE* for those codes of a file of "
                                  "events, or NAME:FILE for all of it");
  };
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return not_understood();
  const std::size_t equals = text.find('=', colon);
  const std::size_t end = equals == std::string_view::npos ? text.size() : equals;
  SeriesRequest request;
  request.name = trimmed(text.substr(0, colon));
  request.file = trimmed(text.substr(colon + 1, end - colon - 1));
  if (!is_series_name(request.name) || !is_series_name(request.file)) return not_understood();
  if (equals == std::string_view::npos) return request;
  request.codes = pieces_of(text.substr(equals + 1), ',');
  if (std::any_of(request.codes.begin(), request.codes.end(), [](const std::string& code) { return code.empty(); })) {
    return not_understood();
  }
  return request;
}

Result<NamedLayout> layout_from_text(std::string_view text) {
  const auto not_understood = [&] {
    return fail(Code::kParse, "the layout \"" + std::string(text) +
                                  "\" is not understood: write FILE:person=COLUMN,time=COLUMN and, where there are "
                                  "such columns, what=, value=, unit=, origin=, until=");
  };
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return not_understood();
  NamedLayout named;
  named.file = trimmed(text.substr(0, colon));
  if (!is_series_name(named.file)) return not_understood();
  for (const std::string& piece : pieces_of(text.substr(colon + 1), ',')) {
    const std::size_t equals = piece.find('=');
    if (equals == std::string::npos) return not_understood();
    const std::string_view word = trimmed(std::string_view(piece).substr(0, equals));
    const auto* known = std::find_if(std::begin(kLayoutWords), std::end(kLayoutWords),
                                     [&](const LayoutWord& one) { return one.word == word; });
    if (known == std::end(kLayoutWords) || !(named.layout.*known->name).empty()) return not_understood();
    named.layout.*known->name = trimmed(std::string_view(piece).substr(equals + 1));
    if ((named.layout.*known->name).empty()) return not_understood();
  }
  if (named.layout.person.empty() || named.layout.time.empty()) return not_understood();
  if (!named.layout.unit.empty() && named.layout.value.empty()) return not_understood();
  return named;
}

Result<std::vector<Series>> infer_series(const Table& events, const NamedLayout& source,
                                         std::span<const SeriesRequest> requests, const Persons& persons,
                                         std::span<const std::string> missing_values) {
  MC_TRY(EventLog log, read_events(events, source.layout, persons, missing_values));
  return SeriesProposer(events, source, std::move(log), MissingValues(missing_values)).run(requests);
}

}  // namespace mc::data
