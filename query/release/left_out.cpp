// SPDX-License-Identifier: Apache-2.0
#include "query/release/left_out.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "query/bind/cells.hpp"
#include "query/plan/explain.hpp"
#include "query/release/told_curves.hpp"

namespace mc::query {
namespace {

using Ids = std::set<MomentId>;

/// The one item besides keys, and its cells; nothing where there are several.
struct OnlyItem {
  const PlanItem* item = nullptr;
  std::size_t first_cell = 0;
};

std::optional<OnlyItem> only_item(const Plan& plan) {
  OnlyItem only;
  std::size_t cell = 0;
  for (const PlanItem& item : plan.items) {
    if (item.statistic != Statistic::kKey) {
      if (only.item != nullptr) return std::nullopt;
      only = {&item, cell};
    }
    cell += item.strata;
  }
  if (only.item == nullptr) return std::nullopt;
  return only;
}

/// A table of counts of which whole rows and columns are left out.
class Table {
 public:
  Table(std::span<const CellMoments> cells, std::size_t rows)
      : cells_(cells), columns_(cells.size() / rows), stands_{Bits(rows, 1), Bits(columns_, 1)} {
    // Lines that WHERE excludes stand for nothing.
    for (const bool of_columns : {false, true}) {
      for (std::size_t i = 0; i < stands_[of_columns].size(); ++i) {
        const auto is_empty = [&](std::size_t cell) { return cells_[cell].n == kZeroMoment; };
        if (std::ranges::all_of(cells_of(of_columns, i), is_empty)) stands_[of_columns][i] = 0;
      }
    }
  }

  /// Nothing where fewer than two rows or columns would be left.
  std::optional<Ids> leave_out(const CountsById& counts, const DisclosureRules& rules) {
    Ids left_out;
    while (true) {
      std::optional<Line> least;
      bool is_done = true;
      for (const bool of_columns : {false, true}) {
        for (std::size_t i = 0; i < stands_[of_columns].size(); ++i) {
          if (stands_[of_columns][i] == 0) continue;
          double persons = 0;
          bool may = true;
          for (const std::size_t cell : cells_of(of_columns, i)) {
            const NoisyCount& count = counts.at(cells_[cell].n);
            persons += count.value;
            may = may && (cells_[cell].n == kZeroMoment || may_be_shown(count, rules));
          }
          if (may) continue;
          is_done = false;
          if (std::ranges::count(stands_[of_columns], 1) <= 2) continue;
          if (!least || persons < least->persons) least = Line{of_columns, i, persons};
        }
      }
      if (is_done) return left_out;
      if (!least) return std::nullopt;
      for (const std::size_t cell : cells_of(least->of_columns, least->index)) left_out.insert(cells_[cell].n);
      stands_[least->of_columns][least->index] = 0;
    }
  }

 private:
  using Bits = std::vector<std::uint8_t>;
  struct Line {
    bool of_columns = false;
    std::size_t index = 0;
    double persons = 0;
  };

  /// Those of a line that stand in the lines that cross it.
  [[nodiscard]] std::vector<std::size_t> cells_of(bool of_columns, std::size_t line) const {
    std::vector<std::size_t> cells;
    for (std::size_t other = 0; other < stands_[!of_columns].size(); ++other) {
      if (stands_[!of_columns][other] == 0) continue;
      cells.push_back(of_columns ? other * columns_ + line : line * columns_ + other);
    }
    return cells;
  }

  std::span<const CellMoments> cells_;
  std::size_t columns_;
  Bits stands_[2];  // rows, columns
};

std::optional<Ids> left_out_of_bins(std::span<const CellMoments> bins, const CountsById& counts,
                                    const DisclosureRules& rules) {
  Ids left_out;
  bool stands = false;
  for (const CellMoments& bin : bins) {
    if (bin.n == kZeroMoment) continue;
    const bool may = may_be_shown(counts.at(bin.n), rules);
    if (!may) left_out.insert(bin.n);
    stands = stands || may;
  }
  if (!stands) return std::nullopt;
  return left_out;
}

std::optional<Ids> left_out_of_calibration(const PlanItem& item, std::span<const CellMoments> cells,
                                           const CountsById& counts, const DisclosureRules& rules) {
  std::set<std::uint32_t> bins;
  for (const JudgedCount& one : predictor_counts_in(item, cells, counts, rules)) {
    if (!may_be_shown(one.count, rules)) bins.insert(one.part);
  }
  Ids left_out;
  for (const std::uint32_t bin : bins) left_out.insert({cells[2 * bin].n, cells[2 * bin + 1].n});
  for (std::uint32_t bin = 0; 2 * bin + 1 < cells.size(); ++bin) {
    if (cells[2 * bin].n != kZeroMoment && !bins.contains(bin)) return left_out;
  }
  return std::nullopt;
}

/// The item's sums, those of the strata in `left_out` none.
std::vector<MomentId> sums_without(std::span<const MomentId> sums, const Ids& left_out) {
  std::vector<MomentId> rest(sums.begin(), sums.end());
  for (MomentId& id : rest) {
    if (left_out.contains(id)) id = kZeroMoment;
  }
  return rest;
}

std::size_t strata_that_stand(std::size_t strata, const auto& count_of) {
  std::size_t stand = 0;
  for (std::size_t s = 0; s < strata; ++s) stand += count_of(s) != kZeroMoment ? 1 : 0;
  return stand;
}

/// All sums of the strata that are not told.
Ids sums_of_strata(const PlanSurvival& survival, std::span<const MomentId> sums,
                   const std::vector<std::uint32_t>& strata) {
  Ids left_out;
  for (const std::uint32_t stratum : strata) {
    left_out.insert(sums[stratum]);
    for (std::size_t k = 0; k < survival.times.size(); ++k) {
      const std::size_t index = survival.events_index(k, stratum);
      left_out.insert({sums[index], sums[index + 1]});
    }
  }
  return left_out;
}

std::optional<Ids> left_out_of_outcomes(const PlanOutcomes& outcomes, std::span<const MomentId> sums,
                                        const CountsById& counts, const DisclosureRules& rules) {
  constexpr std::size_t kStrataMin = 2;
  Ids left_out;
  while (true) {
    const std::vector<MomentId> rest = sums_without(sums, left_out);
    std::optional<std::uint32_t> least;
    double fewest = 0;
    for (const JudgedCount& one : outcomes_in(outcomes, rest, counts, rules)) {
      if (may_be_shown(one.count, rules)) continue;
      double persons = 0;
      for (const std::uint32_t stratum : outcomes.margins[one.part].strata) {
        for (const std::size_t i : {0, 1}) persons += counts.at(rest[PlanOutcomes::with_index(stratum) + i]).value;
      }
      if (!least || persons < fewest) {
        least = one.part;
        fewest = persons;
      }
    }
    if (!least) {
      const auto with = [&](std::size_t s) { return rest[PlanOutcomes::with_index(s)]; };
      if (strata_that_stand(outcomes.strata.size(), with) < kStrataMin) return std::nullopt;
      return left_out;
    }
    for (const std::uint32_t stratum : outcomes.margins[*least].strata) {
      for (const std::size_t i : {0, 1}) left_out.insert(sums[PlanOutcomes::with_index(stratum) + i]);
    }
    left_out.erase(kZeroMoment);
  }
}

/// Of "F,never" and "F,former" what they begin with up to a comma, "F"; `from_end`: what they end with after one.
std::string shared_part(const std::vector<std::string>& texts, bool from_end) {
  std::string shared = texts.front();
  const auto at = [&](const std::string& text, std::size_t i) { return text[from_end ? text.size() - 1 - i : i]; };
  for (const std::string& text : texts) {
    std::size_t length = 0;
    while (length < std::min(shared.size(), text.size()) && at(text, length) == at(shared, length)) ++length;
    shared = from_end ? shared.substr(shared.size() - length) : shared.substr(0, length);
  }
  const std::size_t comma = from_end ? shared.find(',') : shared.rfind(',');
  if (comma == std::string::npos) return shared;
  return from_end ? shared.substr(comma + 1) : shared.substr(0, comma);
}

/// Rows and columns of which nothing stands, by their categories; the names of an item's cells are those of its last
/// columns of the answer, "….expected[F,never]".
std::vector<std::string> lines_left_out(const PlanItem& item, std::span<const CellMoments> cells, const Ids& left_out) {
  const std::size_t columns = item.strata / item.rows;
  const std::size_t first_name = item.names.size() - item.strata;
  const auto inside = [&](std::size_t cell) {
    const std::string& name = item.names[first_name + cell];
    const std::size_t open = name.find(".expected[") + 10;
    return name.substr(open, name.size() - 1 - open);
  };
  std::vector<std::string> lines;
  for (const bool of_columns : {false, true}) {
    const std::size_t count = of_columns ? columns : item.rows, across = of_columns ? item.rows : columns;
    for (std::size_t line = 0; line < count; ++line) {
      std::vector<std::string> texts;
      bool is_out = false, stands = false;
      for (std::size_t i = 0; i < across; ++i) {
        const std::size_t cell = of_columns ? i * columns + line : line * columns + i;
        texts.push_back(inside(cell));
        if (cells[cell].n == kZeroMoment) continue;
        (left_out.contains(cells[cell].n) ? is_out : stands) = true;
      }
      if (is_out && !stands) lines.push_back(shared_part(texts, of_columns));
    }
  }
  return lines;
}

std::vector<std::string> names_left_out(const PlanItem& item, std::span<const CellMoments> cells,
                                        std::span<const MomentId> sums, const Ids& left_out) {
  std::vector<std::string> names;
  if (item.survival) {
    for (std::size_t s = 0; s < item.survival->strata.size(); ++s) {
      if (left_out.contains(sums[s])) names.push_back(item.survival->strata[s]);
    }
  } else if (item.outcomes) {
    for (const PlanMargin& margin : item.outcomes->margins) {
      const auto is_out = [&](std::uint32_t s) { return left_out.contains(sums[PlanOutcomes::with_index(s)]); };
      const auto is_nobody = [&](std::uint32_t s) { return sums[PlanOutcomes::with_index(s)] == kZeroMoment; };
      const auto is_gone = [&](std::uint32_t s) { return is_out(s) || is_nobody(s); };
      if (std::ranges::any_of(margin.strata, is_out) && std::ranges::all_of(margin.strata, is_gone)) {
        names.push_back(margin.name);
      }
    }
  } else if (item.statistic == Statistic::kChiSquareTest) {
    return lines_left_out(item, cells, left_out);
  } else {
    const std::size_t per_bin = strata_per_bin(item.statistic);
    for (std::size_t i = 0; i < cells.size(); i += per_bin) {
      if (left_out.contains(cells[i].n)) names.push_back(bin_name(item.breaks, i / per_bin));
    }
  }
  return names;
}

}  // namespace

LeftOut left_out_of(const Plan& plan, const PlanGroup& group, const CountsById& counts, const DisclosureRules& rules) {
  const auto only = only_item(plan);
  if (!only || plan.parameters.criterion || plan.person) return {};
  const PlanItem& item = *only->item;
  const auto cells = std::span(group.cells).subspan(only->first_cell, item.strata);
  std::optional<Ids> left_out;
  std::optional<std::uint32_t> steps;
  if (item.survival) {
    const ToldCurves told = told_curves(*item.survival, group.sums, counts, rules);
    if (told.standing.size() >= least_strata(item.statistic)) {
      left_out = sums_of_strata(*item.survival, group.sums, told.left_out);
      steps = told.steps;
    }
  } else if (item.outcomes) {
    left_out = left_out_of_outcomes(*item.outcomes, group.sums, counts, rules);
  } else if (item.statistic == Statistic::kChiSquareTest) {
    left_out = Table(cells, item.rows).leave_out(counts, rules);
  } else if (item.statistic == Statistic::kHistogram) {
    left_out = left_out_of_bins(cells, counts, rules);
  } else if (item.statistic == Statistic::kCalibration) {
    left_out = left_out_of_calibration(item, cells, counts, rules);
  }
  if (!left_out) return {};
  left_out->erase(kZeroMoment);
  if (left_out->empty()) return {{}, steps};
  // With the number of everybody, those who are left out would be told by subtraction.
  left_out->insert(group.n);
  return {{left_out->begin(), left_out->end()}, steps};
}

std::vector<std::string> left_out_texts(const Plan& plan, const PlanPart& part) {
  const auto only = only_item(plan);
  const Ids left_out(part.left_out.begin(), part.left_out.end());
  std::vector<std::string> texts;
  for (std::size_t g = 0; only && g < part.shown.size(); ++g) {
    const PlanGroup& group = plan.groups[g];
    if (part.shown[g] == 0 || !left_out.contains(group.n)) continue;
    const auto cells = std::span(group.cells).subspan(only->first_cell, only->item->strata);
    std::string names;
    for (const std::string& name : names_left_out(*only->item, cells, group.sums, left_out)) {
      names += (names.empty() ? "" : "; ") + name;
    }
    std::string item = only->item->names.front();
    if (only->item->statistic == Statistic::kChiSquareTest || only->item->statistic == Statistic::kHistogram) {
      item = item.substr(0, item.rfind(only->item->statistic == Statistic::kHistogram ? ".[" : ".X-squared"));
    }
    texts.push_back((plan.group_columns.empty() ? "" : group_text(plan, group) + ": ") + item + " is told without " +
                    names);
  }
  return texts;
}

}  // namespace mc::query
