// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "data/schema/declare_history.hpp"
#include "data/schema/infer.hpp"
#include "data/schema/proposal.hpp"
#include "data/schema/step.hpp"

namespace mc::data {
namespace {

/// One column as several owners see it.
class ColumnMerge {
 public:
  explicit ColumnMerge(std::string name) : name_(std::move(name)) {}

  void add(const Column& column, const std::string& owner) {
    sides_.push_back(&column);
    owners_.push_back(owner);
  }

  [[nodiscard]] Result<Column> finish(std::size_t owner_count) const {
    std::vector<const Column*> seen;
    for (const Column* side : sides_) {
      if (!side->vacant) seen.push_back(side);
    }
    if (seen.empty()) return *sides_.front();
    MC_TRY(Column merged, merge_types());
    merged.history = sides_.front()->history;  // of one name, so the same for everybody
    for (const Column* side : sides_) {
      MC_TRY_STATUS(take_text(merged.title, side->title, nullptr));
      MC_TRY_STATUS(take_text(merged.unit, side->unit, "unit"));
      MC_TRY_STATUS(take_text(merged.code, side->code, "code"));
      MC_TRY_STATUS(take_times(merged.times, side->times));
      for (const std::string& code : side->missing_values) add_code(merged.missing_values, code);
    }
    merged.required = sides_.size() == owner_count &&
                      std::all_of(sides_.begin(), sides_.end(), [](const Column* s) { return s->required; });
    if (std::all_of(seen.begin(), seen.end(), [&](const Column* s) { return is_same_content(*s, *seen.front()); })) {
      merged.minimum = seen.front()->minimum;
      merged.maximum = seen.front()->maximum;
      merged.edges = seen.front()->edges;
      merged.categories = seen.front()->categories;
      merged.step = seen.front()->step;
    } else if (merged.is_numeric()) {
      merge_numbers(merged, seen);
      merge_steps(merged, seen);
    } else {
      merge_categories(merged, seen);
    }
    // A code that nobody lacks or nobody has is still one of yes and no.
    const bool is_lone_flag = merged.type == ColumnType::kInteger && merged.categories.size() == 1 &&
                              (merged.categories[0] == "0" || merged.categories[0] == "1");
    if (is_lone_flag) describe_codes(merged, {0, 1});
    return merged;
  }

 private:
  static bool is_same_content(const Column& a, const Column& b) {
    return a.type == b.type && a.minimum == b.minimum && a.maximum == b.maximum && a.edges == b.edges &&
           a.categories == b.categories && a.step == b.step;
  }

  // Integer gives way to number; an identifier stays one for everybody; text against numbers is a conflict.
  [[nodiscard]] Result<Column> merge_types() const {
    Column merged;
    merged.name = name_;
    std::size_t text = sides_.size();
    std::size_t number = sides_.size();
    bool has_fractions = false;
    bool is_identifier = false;
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      if (sides_[i]->vacant) continue;
      (sides_[i]->is_numeric() ? number : text) = i;
      has_fractions |= sides_[i]->type == ColumnType::kNumber;
      is_identifier |= !sides_[i]->is_sealed() && is_identifier_name(name_);
    }
    if (text < sides_.size() && number < sides_.size() && !is_identifier) {
      return fail(Code::kConflict,
                  "column \"" + name_ + "\" is text in " + owners_[text] + " and a number in " + owners_[number]);
    }
    merged.type = text < sides_.size() ? ColumnType::kString
                  : has_fractions      ? ColumnType::kNumber
                                       : ColumnType::kInteger;
    return merged;
  }

  // `what` names a property on which owners must agree.
  Status take_text(std::string& merged, const std::string& side, const char* what) const {
    if (side.empty() || side == merged) return {};
    if (merged.empty()) {
      merged = side;
    } else if (what != nullptr) {
      return fail(Code::kConflict, "column \"" + name_ + "\" has the " + what + " \"" + merged +
                                       "\" for one owner and \"" + side + "\" for another");
    }
    return {};
  }

  Status take_times(std::vector<double>& merged, const std::vector<double>& side) const {
    if (side.empty() || side == merged) return {};
    if (!merged.empty()) {
      return fail(Code::kConflict, "column \"" + name_ + "\" has other times for one owner than for another");
    }
    merged = side;
    return {};
  }

  static void merge_numbers(Column& merged, const std::vector<const Column*>& seen) {
    std::set<double> codes;
    bool all_coded = true;
    double minimum = seen.front()->minimum;
    double maximum = seen.front()->maximum;
    for (const Column* side : seen) {
      minimum = std::min(minimum, side->minimum);
      maximum = std::max(maximum, side->maximum);
      all_coded &= !side->categories.empty();
      for (const std::string& code : side->categories) codes.insert(parse_number(code).value_or(0));
    }
    if (all_coded && codes.size() <= kNumericCategoriesMax) {
      describe_codes(merged, codes);
    } else {
      describe_quantity(merged, minimum, maximum);
    }
  }

  // The finest step, if everybody's values are multiples of it.
  static void merge_steps(Column& merged, const std::vector<const Column*>& seen) {
    double finest = seen.front()->resolution();
    for (const Column* side : seen) finest = std::min(finest, side->resolution());
    const bool of_all = finest > 0 && std::all_of(seen.begin(), seen.end(), [&](const Column* side) {
                          return is_multiple_of_step(finest, side->resolution());
                        });
    const bool goes_without_saying = merged.type == ColumnType::kInteger && finest == 1;
    set_step(merged, of_all && !goes_without_saying ? finest : 0);
  }

  // One owner's free text makes the column free text: her values are in nobody's list.
  static void merge_categories(Column& merged, const std::vector<const Column*>& seen) {
    std::set<std::string> categories;
    for (const Column* side : seen) {
      if (!side->is_sealed() || side->is_numeric()) return;
      categories.insert(side->categories.begin(), side->categories.end());
    }
    if (categories.size() <= kStringCategoriesMax) merged.categories.assign(categories.begin(), categories.end());
  }

  std::string name_;
  std::vector<const Column*> sides_;
  std::vector<std::string> owners_;
};

/// One series as several owners see it.
class SeriesMerge {
 public:
  void add(const Series& series, const std::string& owner) {
    sides_.push_back(&series);
    owners_.push_back(owner);
  }
  [[nodiscard]] const std::string& name() const { return sides_.front()->name; }

  [[nodiscard]] Result<Series> finish(std::size_t owner_count) const {
    Series merged = *sides_.front();
    ColumnMerge time(merged.time.name);
    ColumnMerge value(merged.layout.value);
    merged.required = sides_.size() == owner_count;
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      const Series& side = *sides_[i];
      if (side.file != merged.file || side.layout != merged.layout || side.codes != merged.codes) {
        return fail(Code::kConflict, "series \"" + name() + "\" has another file, other columns or other codes in " +
                                         owners_[i] + " than in " + owners_.front());
      }
      if (merged.title.empty()) merged.title = side.title;
      if (merged.code.empty()) merged.code = side.code;
      if (!side.code.empty() && side.code != merged.code) {
        return fail(Code::kConflict, "series \"" + name() + "\" has the code \"" + merged.code +
                                         "\" for one owner and \"" + side.code + "\" for another");
      }
      merged.required = merged.required && side.required;
      merged.most = std::max(merged.most, side.most);
      time.add(side.time, owners_[i]);
      if (side.value) value.add(*side.value, owners_[i]);
    }
    MC_TRY(merged.time, time.finish(sides_.size()));
    if (!merged.value) return merged;
    MC_TRY(merged.value, value.finish(sides_.size()));
    return merged;
  }

 private:
  std::vector<const Series*> sides_;
  std::vector<std::string> owners_;
};

Result<std::vector<Series>> merged_series(std::span<const Schema> proposals) {
  std::vector<SeriesMerge> merges;
  for (const Schema& proposal : proposals) {
    for (const Series& series : proposal.series) {
      const auto same = [&](const SeriesMerge& one) { return one.name() == series.name; };
      auto found = std::find_if(merges.begin(), merges.end(), same);
      if (found == merges.end()) found = merges.emplace(merges.end());
      found->add(series, proposal.name);
    }
  }
  std::vector<Series> merged;
  for (const SeriesMerge& one : merges) {
    MC_TRY(Series series, one.finish(proposals.size()));
    merged.push_back(std::move(series));
  }
  return merged;
}

/// A history is made anew of its merged series; what its owners chose stays.
Result<Column> merged_history(const Schema& schema, const Column& column) {
  const Series* series = schema.find_series(column.history->series);
  MC_CHECK(series != nullptr);  // a proposal that names it is valid, so it has it
  MC_TRY(Column made, history_column(*series, *column.history));
  made.title = column.title;
  made.code = column.code;
  made.times = column.times;
  if (made.minimum == column.minimum && made.maximum == column.maximum) made.edges = column.edges;
  return made;
}

}  // namespace

Result<Schema> merge(std::span<const Schema> proposals, std::string_view name) {
  if (proposals.empty()) return fail(Code::kInvalidArgument, "there is no proposal to merge: at least one is needed");
  Schema merged;
  merged.name = name;
  std::vector<std::string> order;
  std::vector<ColumnMerge> columns;
  for (const Schema& proposal : proposals) {
    for (const std::string& token : proposal.missing_values) add_code(merged.missing_values, token);
    for (const Column& column : proposal.columns) {
      const auto found = std::find(order.begin(), order.end(), column.name);
      const auto index = static_cast<std::size_t>(found - order.begin());
      if (found == order.end()) {
        order.push_back(column.name);
        columns.emplace_back(column.name);
      }
      columns[index].add(column, proposal.name);
    }
  }
  MC_TRY(merged.series, merged_series(proposals));
  for (const ColumnMerge& column : columns) {
    MC_TRY(Column finished, column.finish(proposals.size()));
    if (finished.history) {
      MC_TRY(finished, merged_history(merged, finished));
    }
    if (!finished.missing_values.empty()) {
      for (const std::string& token : merged.missing_values) add_code(finished.missing_values, token);
    }
    merged.columns.push_back(std::move(finished));
  }
  MC_TRY_STATUS(validate(merged));
  return merged;
}

}  // namespace mc::data
