// SPDX-License-Identifier: Apache-2.0
// Numbers of persons that the rules of a guarded commons go by (R18), worked out from opened counts: they carry noise,
// and so does whatever is decided on them.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "query/plan/plan.hpp"
#include "query/release/disclosure.hpp"

namespace mc::query {

/// By the sum's name in the plan; kZeroMoment is nobody.
using CountsById = std::map<MomentId, NoisyCount>;

/// A count that the rules go by, and whose it is.
struct JudgedCount {
  NoisyCount count;
  std::string whose;       // "arm=B, grade=2"; empty: everybody of the group
  std::uint32_t part = 0;  // which stratum, margin or cell of the item
};

/// May be shown as a row of a table may: certainly enough persons, or certainly nobody where that may be said.
bool may_be_shown(const NoisyCount& count, const DisclosureRules& rules);

NoisyCount sum_of(const NoisyCount& left, const NoisyCount& right);
NoisyCount difference_of(const NoisyCount& left, const NoisyCount& right);

/// Of one survival item in one group.
struct Followed {
  struct Until {
    std::uint32_t stratum = 0;
    std::uint32_t steps = 0;  // times beyond which enough of it are followed
  };
  std::uint32_t steps = 0;              // times that may be told: the least of all
  std::vector<JudgedCount> least = {};  // per stratum that has somebody: followed beyond the first time
  std::vector<Until> until = {};        // of the same strata
};

/// Per stratum, how many are followed beyond each time, and whether they are enough.
Followed followed_in(const PlanSurvival& survival, std::span<const MomentId> sums, const CountsById& counts,
                     const DisclosureRules& rules);

/// Of every stratum that has somebody, the events at the first `steps` times.
std::vector<JudgedCount> events_in(const PlanSurvival& survival, std::span<const MomentId> sums, std::uint32_t steps,
                                   const CountsById& counts, const DisclosureRules& rules);

/// Of a logistic regression, who of each margin has the outcome, and who has not; nobody where that may be shown.
std::vector<JudgedCount> outcomes_in(const PlanOutcomes& outcomes, std::span<const MomentId> sums,
                                     const CountsById& counts, const DisclosureRules& rules);

/// Of auc, who has the outcome and who has not, over all bins, which is what it speaks of; of calibration per bin who
/// is in it, has the outcome, and has not. Nobody where that may be shown.
std::vector<JudgedCount> predictor_counts_in(const PlanItem& item, std::span<const CellMoments> cells,
                                             const CountsById& counts, const DisclosureRules& rules);

/// Every item of a group that has such a model, with its sums: &PlanItem::survival, &PlanItem::outcomes.
template <class Model, class Function>
void for_each_model(const Plan& plan, const PlanGroup& group, std::optional<Model> PlanItem::*of,
                    const Function& function) {
  std::size_t first = 0;
  for (const PlanItem& item : plan.items) {
    if (item.*of) function(*(item.*of), std::span(group.sums).subspan(first, item.sums));
    first += item.sums;
  }
}

}  // namespace mc::query
