// SPDX-License-Identifier: Apache-2.0
#include "query/release/told_curves.hpp"

#include <algorithm>
#include <cmath>

#include "query/release/distribution.hpp"

namespace mc::query {
namespace {

/// So many deviations that `trials` together are as rarely wrong as one with kCountMargin.
double margin_of(std::size_t trials) {
  const double tail = std::erfc(kCountMargin / std::sqrt(2.0)) / 2;
  return trials < 2 ? kCountMargin : -normal_quantile(tail / static_cast<double>(trials));
}

bool holds(const std::vector<std::uint32_t>& strata, std::uint32_t stratum) {
  return std::ranges::find(strata, stratum) != strata.end();
}

class Curves {
 public:
  Curves(const PlanSurvival& survival, std::span<const MomentId> sums, const CountsById& counts,
         const DisclosureRules& rules)
      : survival_(survival), sums_(sums), counts_(counts), rules_(rules) {
    followed_ = followed_in(survival, sums, counts, rules);
  }

  /// Strata that are followed beyond none of the times are left out whatever the others are told at.
  [[nodiscard]] ToldCurves all_that_are_followed() const {
    ToldCurves told{times(), {}, {}};
    for (const Followed::Until& one : followed_.until) {
      if (one.steps == 0) {
        told.left_out.push_back(one.stratum);
      } else {
        told.steps = std::min(told.steps, one.steps);
      }
    }
    return told;
  }

  [[nodiscard]] ToldCurves at(std::uint32_t steps, double margin) const {
    ToldCurves told{steps, {}, {}};
    for (const Followed::Until& one : followed_.until) {
      if (one.steps < steps || !has_events(one.stratum, steps, margin)) told.left_out.push_back(one.stratum);
    }
    return told;
  }

  [[nodiscard]] bool has_events(const ToldCurves& told) const {
    return std::ranges::all_of(followed_.until, [&](const Followed::Until& one) {
      return holds(told.left_out, one.stratum) || has_events(one.stratum, told.steps, kCountMargin);
    });
  }

  /// Those that somebody is in, or could be, and that are not left out.
  [[nodiscard]] std::vector<std::uint32_t> standing(const ToldCurves& told) const {
    std::vector<std::uint32_t> stand;
    for (std::uint32_t s = 0; s < survival_.strata.size(); ++s) {
      if (sums_[s] != kZeroMoment && !holds(told.left_out, s)) stand.push_back(s);
    }
    return stand;
  }

  [[nodiscard]] std::uint32_t times() const { return static_cast<std::uint32_t>(survival_.times.size()); }

 private:
  [[nodiscard]] bool has_events(std::uint32_t stratum, std::uint32_t steps, double margin) const {
    NoisyCount events;
    for (std::uint32_t k = 0; k < steps; ++k) {
      events = sum_of(events, counts_.at(sums_[survival_.events_index(k, stratum)]));
    }
    return (rules_.empty_cells_shown && certainly_nobody(events)) ||
           events.value - margin * events.sigma >= static_cast<double>(rules_.cell_min);
  }

  const PlanSurvival& survival_;
  std::span<const MomentId> sums_;
  const CountsById& counts_;
  const DisclosureRules& rules_;
  Followed followed_;
};

}  // namespace

ToldCurves told_curves(const PlanSurvival& survival, std::span<const MomentId> sums, const CountsById& counts,
                       const DisclosureRules& rules) {
  const Curves curves(survival, sums, counts, rules);
  ToldCurves best = curves.all_that_are_followed();
  best.standing = curves.standing(best);
  if (curves.has_events(best)) return best;
  // A stratum with a short follow-up ends the times of all, so that others have too few events by then: some must go,
  // and as many as can be stay.
  const double margin = margin_of(curves.times());
  best = {};
  for (std::uint32_t steps = 1; steps <= curves.times(); ++steps) {
    ToldCurves told = curves.at(steps, margin);
    told.standing = curves.standing(told);
    if (steps == 1 || told.standing.size() >= best.standing.size()) best = std::move(told);
  }
  return best;
}

std::size_t least_strata(Statistic statistic) {
  return statistic == Statistic::kCox ? 2 : 1;
}

}  // namespace mc::query
