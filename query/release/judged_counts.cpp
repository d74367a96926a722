// SPDX-License-Identifier: Apache-2.0
#include "query/release/judged_counts.hpp"

#include <algorithm>
#include <cmath>

#include "query/bind/cells.hpp"

namespace mc::query {

bool may_be_shown(const NoisyCount& count, const DisclosureRules& rules) {
  return rules.cell_min == 0 || certainly_at_least(count, rules.cell_min) ||
         (rules.empty_cells_shown && certainly_nobody(count));
}

NoisyCount sum_of(const NoisyCount& left, const NoisyCount& right) {
  return {left.value + right.value, std::hypot(left.sigma, right.sigma)};
}

NoisyCount difference_of(const NoisyCount& left, const NoisyCount& right) {
  return {left.value - right.value, std::hypot(left.sigma, right.sigma)};
}

Followed followed_in(const PlanSurvival& survival, std::span<const MomentId> sums, const CountsById& counts,
                     const DisclosureRules& rules) {
  Followed followed{static_cast<std::uint32_t>(survival.times.size())};
  for (std::uint32_t s = 0; s < survival.strata.size(); ++s) {
    NoisyCount left = counts.at(sums[s]);
    if (sums[s] == kZeroMoment || (rules.empty_cells_shown && certainly_nobody(left))) continue;
    std::uint32_t steps = 0;
    bool enough = true;
    for (std::uint32_t k = 0; k < survival.times.size(); ++k) {
      const std::size_t index = survival.events_index(k, s);
      for (const std::size_t ends : {index, index + 1}) left = difference_of(left, counts.at(sums[ends]));
      if (k == 0) followed.least.push_back({left, survival.strata[s] + " (followed on)", s});
      enough = enough && certainly_at_least(left, rules.cell_min);
      if (enough) steps = k + 1;
    }
    followed.steps = std::min(followed.steps, steps);
    followed.until.push_back({s, steps});
  }
  return followed;
}

std::vector<JudgedCount> events_in(const PlanSurvival& survival, std::span<const MomentId> sums, std::uint32_t steps,
                                   const CountsById& counts, const DisclosureRules& rules) {
  std::vector<JudgedCount> events;
  for (std::uint32_t s = 0; s < survival.strata.size(); ++s) {
    if (sums[s] == kZeroMoment || (rules.empty_cells_shown && certainly_nobody(counts.at(sums[s])))) continue;
    NoisyCount sum;
    for (std::uint32_t k = 0; k < std::min<std::size_t>(steps, survival.times.size()); ++k) {
      sum = sum_of(sum, counts.at(sums[survival.events_index(k, s)]));
    }
    if (!rules.empty_cells_shown || !certainly_nobody(sum)) {
      events.push_back({sum, survival.strata[s] + " (events)", s});
    }
  }
  return events;
}

std::vector<JudgedCount> outcomes_in(const PlanOutcomes& outcomes, std::span<const MomentId> sums,
                                     const CountsById& counts, const DisclosureRules& rules) {
  std::vector<JudgedCount> found;
  for (std::uint32_t m = 0; m < outcomes.margins.size(); ++m) {
    const PlanMargin& margin = outcomes.margins[m];
    for (const std::size_t without : {0, 1}) {
      NoisyCount sum;
      bool can_be = false;
      for (const std::uint32_t stratum : margin.strata) {
        const MomentId id = sums[PlanOutcomes::with_index(stratum) + without];
        sum = sum_of(sum, counts.at(id));
        can_be = can_be || id != kZeroMoment;
      }
      if (!can_be) continue;  // WHERE excludes it
      if (rules.empty_cells_shown && certainly_nobody(sum)) continue;
      found.push_back({sum, margin.name + (without == 0 ? " (with the outcome)" : " (without it)"), m});
    }
  }
  return found;
}

std::vector<JudgedCount> predictor_counts_in(const PlanItem& item, std::span<const CellMoments> cells,
                                             const CountsById& counts, const DisclosureRules& rules) {
  std::vector<JudgedCount> found;
  const auto add = [&](const NoisyCount& count, const std::string& whose, std::size_t bin) {
    if (rules.empty_cells_shown && certainly_nobody(count)) return;
    found.push_back({count, whose, static_cast<std::uint32_t>(bin)});
  };
  const std::string name = item.names.front();
  if (item.statistic == Statistic::kAuc) {
    NoisyCount outcomes[2];
    for (std::size_t i = 0; i < cells.size(); ++i) outcomes[i % 2] = sum_of(outcomes[i % 2], counts.at(cells[i].n));
    add(outcomes[0], name + " (those without the outcome)", 0);
    add(outcomes[1], name + " (those with the outcome)", 0);
    return found;
  }
  for (std::size_t bin = 0; 2 * bin + 1 < cells.size(); ++bin) {
    const CellMoments &all = cells[2 * bin], &events = cells[2 * bin + 1];
    if (all.n == kZeroMoment) continue;
    const std::string whose = name + " " + bin_name(item.breaks, bin);
    add(counts.at(all.n), whose, bin);
    add(counts.at(events.n), whose + " (with the outcome)", bin);
    add(difference_of(counts.at(all.n), counts.at(events.n)), whose + " (without it)", bin);
  }
  return found;
}

}  // namespace mc::query
