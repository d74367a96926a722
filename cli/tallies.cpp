// SPDX-License-Identifier: Apache-2.0
#include "cli/tallies.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace mc::cli {

nlohmann::ordered_json tallies_json(const Tallies& tallies) {
  nlohmann::ordered_json out;
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    out[std::string(governance::chamber_name(governance::kChambers[i]))] = {
        {"yes", tallies[i].yes}, {"no", tallies[i].no}, {"members", tallies[i].members}};
  }
  return out;
}

std::string tallies_text(const Tallies& tallies) {
  std::string text;
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    text += fmt::format("  {:<12} {} yes, {} no, {} members\n", governance::chamber_name(governance::kChambers[i]),
                        tallies[i].yes, tallies[i].no, tallies[i].members);
  }
  return text;
}

}  // namespace mc::cli
