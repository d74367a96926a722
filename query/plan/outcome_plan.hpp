// SPDX-License-Identifier: Apache-2.0
// What a logistic regression of categories releases where models are not trained: of every stratum who has the outcome,
// and who has not. Nobody is in two of these counts, so that their noise is the noise of one
// (docs/design/0044-logistic-regression-from-counts.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "query/plan/patterns.hpp"

namespace mc::query {

/// Persons whom a coefficient names, or of whom it is the reference: some of the strata together. The rules judge who
/// of them has the outcome, and who has not.
struct PlanMargin {
  std::string name;                   // "sex=M", "sex=M, arm=B", "missing(nyha)"
  std::vector<std::uint32_t> strata;  // ascending, at least one
  friend bool operator==(const PlanMargin&, const PlanMargin&) = default;
};

struct PlanOutcomes : PlanPatterns {
  std::string formula;              // canonical
  bool intercept = false;           // the first term
  double ridge = 0;                 // penalty on half the squares of the slopes
  std::vector<double> offsets;      // per stratum; empty: none
  std::vector<PlanMargin> margins;  // at least one
  friend bool operator==(const PlanOutcomes&, const PlanOutcomes&) = default;

  [[nodiscard]] std::size_t sum_count() const { return 2 * strata.size(); }
  /// Where a stratum's persons with the outcome stand; those without it follow them.
  [[nodiscard]] static std::size_t with_index(std::size_t stratum) { return 2 * stratum; }
};

/// formula, u8 intercept, f64 ridge, patterns.hpp's, u8 has offsets, then maybe f64 per stratum; list of margins: name,
/// list of u32 stratum.
void write_outcomes(Writer& writer, const PlanOutcomes& outcomes);
/// Reads untrusted bytes; every number, index and size is checked.
Result<PlanOutcomes> read_outcomes(Reader& reader);

}  // namespace mc::query
