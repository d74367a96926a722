// SPDX-License-Identifier: Apache-2.0
// The effect of a treatment on an outcome that happened or did not: difference and ratio of two risks.
#pragma once

#include "query/release/measured.hpp"

namespace mc::query {

/// One arm: how many persons, and how many of them with the outcome.
struct ArmCounts {
  Measured n;
  Measured outcomes;
};

struct RiskComparison {
  Finished estimate, low, high;      // 95 % interval
  Finished risk_first, risk_second;  // outcomes / n
};

/// risk(second) - risk(first), with Wald's interval: R's prop.test(c(a, b), c(n, m), correct = FALSE)$conf.int.
///   NULL   everything that divides by an arm with nobody in it
///   error  of rounding alone while counts are exact; otherwise nothing is promised
RiskComparison risk_difference(const ArmCounts& first, const ArmCounts& second);

/// risk(second) / risk(first), with Wald's interval of its logarithm: epitools' riskratio.wald, first arm as reference.
///   NULL   the ratio where the first risk is 0; the interval where either is 0
///   error  as risk_difference
///   source Katz, Baptista, Azen and Pike 1978
RiskComparison risk_ratio(const ArmCounts& first, const ArmCounts& second);

}  // namespace mc::query
