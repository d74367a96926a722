// SPDX-License-Identifier: Apache-2.0
#include "cli/rules_json.hpp"

namespace mc::cli {

nlohmann::ordered_json rules_json(const query::RulesInForce& rules) {
  nlohmann::ordered_json json{{"cohort_min", rules.rules.cohort_min},
                              {"cell_min", rules.rules.cell_min},
                              {"round_to", rules.rules.round_to},
                              {"difference_min", rules.rules.difference_min}};
  if (!rules.rules.empty_cells_shown) json["empty_cells_shown"] = false;
  if (rules.rules.largest_share != 0) {
    json["largest_share"] = rules.rules.largest_share;
    json["share_min"] = rules.share_min();
  }
  return json;
}

nlohmann::ordered_json rules_of_json(const query::RulesInForce& rules) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  const auto add = [&](const char* name, const std::string& whose) {
    if (!whose.empty()) json[name] = whose;
  };
  add("cohort_min", rules.whose.cohort_min);
  add("cell_min", rules.whose.cell_min);
  add("round_to", rules.whose.round_to);
  add("difference_min", rules.whose.difference_min);
  add("empty_cells_shown", rules.whose.empty_cells);
  add("largest_share", rules.whose.largest_share);
  return json;
}

}  // namespace mc::cli
