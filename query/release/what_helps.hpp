// SPDX-License-Identifier: Apache-2.0
// What somebody can ask instead of a question that disclosure control refuses.
#pragma once

#include <span>
#include <string>

#include "query/release/judged_counts.hpp"

namespace mc::query {

/// Ends a refusal that names `too_few`, the counts of a group that may be too small (JudgedCount::whose; not empty),
/// with what to ask instead: ": ask with WHERE NOT (grade = 3)". At most 400 bytes, and no count.
std::string what_helps(const Plan& plan, const PlanGroup& group, std::span<const std::string> too_few,
                       const CountsById& counts, const DisclosureRules& rules);

}  // namespace mc::query
