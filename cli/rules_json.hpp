// SPDX-License-Identifier: Apache-2.0
// The rules that hold for an answer, as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "query/release/rules_in_force.hpp"

namespace mc::cli {

/// {"cohort_min":…,"cell_min":…,"round_to":…,"difference_min":…} and, where somebody demands them,
/// "empty_cells_shown", "largest_share" and the "share_min" persons that it asks for.
nlohmann::ordered_json rules_json(const query::RulesInForce& rules);

/// Whose each is, by the same names: "the commons", "the study", "several", or an owner's address; no member where
/// nobody demands it.
nlohmann::ordered_json rules_of_json(const query::RulesInForce& rules);

}  // namespace mc::cli
