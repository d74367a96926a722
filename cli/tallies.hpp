// SPDX-License-Identifier: Apache-2.0
// How the three chambers voted, as every verb that shows a vote says it.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "governance/commons_chain.hpp"

namespace mc::cli {

using Tallies = std::array<governance::Tally, governance::kChambers.size()>;

/// By chamber: yes, no, members.
nlohmann::ordered_json tallies_json(const Tallies& tallies);
/// A line per chamber.
std::string tallies_text(const Tallies& tallies);

}  // namespace mc::cli
