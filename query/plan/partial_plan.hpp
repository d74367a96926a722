// SPDX-License-Identifier: Apache-2.0
// Parts of a plan that are released at different times (R18): first the counts of persons, then the groups that may be
// shown. A part is executed and bounded as a plan is; what a study approves and custodians recompile stays the whole.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "query/plan/plan.hpp"

namespace mc::query {

/// A plan's sums that are numbers of persons and that the rules go by: of its groups, their guards, the strata of its
/// items, those that values tell (value_counts.hpp), and all that models of categories are told from; where a sealed
/// list chooses the persons, of groups and guards alone. Ascending, each once.
std::vector<MomentId> count_moments(const Plan& plan);

/// What of a plan is released at once.
struct PlanPart {
  enum class Kind : std::uint8_t {
    kWhole = 0,   // everything: commons that are not guarded
    kCounts = 1,  // counts_of
    kGroups = 2,  // groups_of
  };
  Kind kind = Kind::kWhole;
  std::vector<std::uint8_t> shown = {};  // kGroups: one entry per group, 0 or 1, not all 0
  std::uint32_t steps = 0;  // kGroups, with survival: at how many of the declared times it is told, at least 1
  /// kGroups: sums of the plan that are not released of these groups, ascending. Where they are counts of a stratum,
  /// the group is told as if WHERE had excluded it.
  std::vector<MomentId> left_out = {};
  friend bool operator==(const PlanPart&, const PlanPart&) = default;
};
/// The most declared times that an item of the plan tells survival at; 0 without survival.
std::uint32_t steps_of(const Plan& plan);
/// Every group, at every time.
PlanPart all_groups(const Plan& plan);
/// The counts of a group that has one item besides its keys, each of other persons: of its bins, cells or strata. Not
/// of an item that is told from other sums.
std::vector<MomentId> counts_apart(const Plan& plan, const PlanGroup& group);
/// The group without these sums (PlanPart::left_out): as it is where it has none of them.
PlanGroup without(const Plan& plan, PlanGroup group, std::span<const MomentId> left_out);
/// kInvalidArgument unless the part is one of this plan.
Status check_part(const Plan& plan, const PlanPart& part);

struct PartialPlan {
  /// Of the whole plan: dataset, profile, depth, items; of its nodes only those that are used. No canonical bytes.
  Plan plan;
  std::vector<MomentId> whole;  // of every sum of the part, its name in the whole plan
};

/// The counts alone, in the order of count_moments; without groups.
PartialPlan counts_of(const Plan& plan);

/// The groups for which `part` has a 1, with all their sums; of survival those at its first `steps` times. The part
/// must be one of the plan's kGroups (MC_CHECK).
PartialPlan groups_of(const Plan& plan, const PlanPart& part);

/// The sums that a part releases, by their names in the whole plan, in the order in which they are released.
std::vector<MomentId> released_by(const Plan& plan, const PlanPart& part);

/// All that is released of a guarded commons' plan at one time or another: every group at every time, and the counts
/// that only custodians see. Ascending.
std::vector<MomentId> ever_released(const Plan& plan);
/// Where a part's sums stand among these, in the order in which it releases them.
std::vector<std::size_t> places_of_part(const Plan& plan, const PlanPart& part);

/// Of those groups the sums that are not counts; without groups. Whoever has opened the counts computes these beside
/// them: among others a count may become another ciphertext of the same value, with other noise (R5).
PartialPlan sums_of(const Plan& plan, std::span<const std::uint8_t> shown);

}  // namespace mc::query
