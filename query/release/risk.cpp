// SPDX-License-Identifier: Apache-2.0
#include "query/release/risk.hpp"

#include <cmath>
#include <limits>

#include "query/release/distribution.hpp"

namespace mc::query {
namespace {

bool occurs(const Measured& count) {
  return count.value >= 0.5 && !count.may_be_zero();
}

Finished risk_of(const ArmCounts& arm) {
  if (!occurs(arm.n)) return {};
  return arm.outcomes / arm.n;
}

RiskComparison risks_of(const ArmCounts& first, const ArmCounts& second) {
  RiskComparison result;
  result.risk_first = risk_of(first);
  result.risk_second = risk_of(second);
  return result;
}

/// Counts that may be off by one make every number uncertain.
RiskComparison honest(RiskComparison result, const ArmCounts& first, const ArmCounts& second) {
  const bool known =
      first.n.is_exact() && first.outcomes.is_exact() && second.n.is_exact() && second.outcomes.is_exact();
  if (known) return result;
  for (Finished* number : {&result.estimate, &result.low, &result.high, &result.risk_first, &result.risk_second}) {
    if (*number) (*number)->error = std::numeric_limits<double>::infinity();
  }
  return result;
}

double reach_of(double variance) {
  return normal_quantile(0.975) * std::sqrt(variance);
}

}  // namespace

RiskComparison risk_difference(const ArmCounts& first, const ArmCounts& second) {
  RiskComparison result = risks_of(first, second);
  if (!result.risk_first || !result.risk_second) return honest(result, first, second);
  const Measured difference = *result.risk_second - *result.risk_first;
  const auto variance = [](const Measured& risk, const Measured& n) { return risk.value * (1 - risk.value) / n.value; };
  const Measured reach =
      exactly(reach_of(variance(*result.risk_first, first.n) + variance(*result.risk_second, second.n)));
  result.estimate = difference;
  result.low = difference - reach;
  result.high = difference + reach;
  return honest(result, first, second);
}

RiskComparison risk_ratio(const ArmCounts& first, const ArmCounts& second) {
  RiskComparison result = risks_of(first, second);
  if (!result.risk_first || !result.risk_second || !occurs(first.outcomes)) return honest(result, first, second);
  const Measured ratio = *result.risk_second / *result.risk_first;
  result.estimate = ratio;
  if (!occurs(second.outcomes)) return honest(result, first, second);
  const double reach =
      reach_of(1 / first.outcomes.value - 1 / first.n.value + 1 / second.outcomes.value - 1 / second.n.value);
  result.low = exactly(ratio.value * std::exp(-reach));
  result.high = exactly(ratio.value * std::exp(reach));
  return honest(result, first, second);
}

}  // namespace mc::query
