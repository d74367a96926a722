// SPDX-License-Identifier: Apache-2.0
// What a survival model releases. Persons fall into strata; of each stratum its persons are counted, and for every
// declared time those whose follow-up ends between the time before it and this one, with an event and without. That is
// R's table of events and censorings; who is at risk is the difference. Nobody is in two of these counts of one
// stratum, so that their noise is the noise of one (docs/design/0036-models-in-guarded-commons.md).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "query/parse/survival_options.hpp"
#include "query/plan/patterns.hpp"

namespace mc::query {

/// Only cox has terms.
struct PlanSurvival : PlanPatterns {
  std::string formula;  // canonical
  SurvivalOptions options;
  std::vector<double> times;  // as the dictionary declares them
  bool beyond = false;        // somebody may be followed beyond the last one
  friend bool operator==(const PlanSurvival&, const PlanSurvival&) = default;

  [[nodiscard]] std::size_t sum_count() const { return strata.size() * (1 + 2 * times.size()); }
  /// Where a stratum's events at a time stand; its censorings follow them. The strata's persons come first, one each.
  [[nodiscard]] std::size_t events_index(std::size_t time, std::size_t stratum) const {
    return strata.size() + 2 * (time * strata.size() + stratum);
  }
};

/// formula, u8 conf_type, f64 conf_int, u8 ties, u8 beyond, list of f64 times, patterns.hpp's.
void write_survival(Writer& writer, const PlanSurvival& survival);
/// Reads untrusted bytes; every number and the sizes are checked.
Result<PlanSurvival> read_survival(Reader& reader);

}  // namespace mc::query
