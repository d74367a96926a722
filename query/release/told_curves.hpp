// SPDX-License-Identifier: Apache-2.0
// Which curves of a survival model are told, and until when, where too few persons or events stand behind some of them
// (R18). Design: docs/design/0058-until-when-and-of-whom.md.
#pragma once

#include <vector>

#include "query/release/judged_counts.hpp"

namespace mc::query {

struct ToldCurves {
  std::uint32_t steps = 0;              // at how many of the declared times
  std::vector<std::uint32_t> left_out;  // strata that are not told, ascending
  std::vector<std::uint32_t> standing;  // the others that somebody is in, or could be
};

/// Every stratum that may be told is told; where events are too few for that, as many strata as there is a time for,
/// and of such times the last one. Nothing where fewer than `least_strata` would be told of.
///   sums    of the item in its group, as PlanSurvival orders them; kZeroMoment where nobody can be
///   range   trying one time after the other finds enough events by luck at one of them no more often than a single
///           trial does: the margin of every trial is wider (Bonferroni)
/// A function of opened counts alone, noise and all.
ToldCurves told_curves(const PlanSurvival& survival, std::span<const MomentId> sums, const CountsById& counts,
                       const DisclosureRules& rules);

/// Strata of which no model can be made with fewer: of cox two.
std::size_t least_strata(Statistic statistic);

}  // namespace mc::query
