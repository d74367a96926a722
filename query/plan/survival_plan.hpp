// SPDX-License-Identifier: Apache-2.0
// What a survival model releases. Persons fall into strata; of each stratum, for every declared time, two counts are
// released: who is followed beyond the time before it, and how many of those have their event still to come.
// Differences of neighbours are R's table of numbers at risk, events and censorings: nothing else is needed, and
// nothing else is opened.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/codec.hpp"
#include "query/parse/survival_options.hpp"

namespace mc::query {

struct PlanSurvival {
  std::string formula;  // canonical
  SurvivalOptions options;
  std::vector<double> times;                    // as the dictionary declares them
  bool beyond = false;                          // somebody may be followed beyond the last one
  std::vector<std::string> strata;              // their names: "sex=F"; of a model without any: "all"
  std::vector<std::string> terms;               // cox: names of the coefficients
  std::vector<std::vector<double>> covariates;  // cox: per stratum, one per term
  friend bool operator==(const PlanSurvival&, const PlanSurvival&) = default;

  /// Times, and what lies beyond them.
  [[nodiscard]] std::size_t cell_count() const { return times.size() + (beyond ? 1 : 0); }
  [[nodiscard]] std::size_t sum_count() const { return 2 * strata.size() * cell_count(); }
  /// Where the first of the two sums stands; the events left follow it. Neighbours in time read the same feature.
  [[nodiscard]] std::size_t sum_index(std::size_t cell, std::size_t stratum) const {
    return 2 * (cell * strata.size() + stratum);
  }
};

inline constexpr std::size_t kStrataMax = 4096;
inline constexpr std::size_t kCovariatesMax = 256;

/// formula, u8 conf_type, f64 conf_int, u8 ties, u8 beyond, list of f64 times, list of names of strata, list of names
/// of terms, then per stratum and term f64.
void write_survival(Writer& writer, const PlanSurvival& survival);
/// Reads untrusted bytes; every number and the sizes are checked.
Result<PlanSurvival> read_survival(Reader& reader);

}  // namespace mc::query
