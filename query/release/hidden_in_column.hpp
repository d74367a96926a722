// SPDX-License-Identifier: Apache-2.0
// What an owner who calculates can hide in a column, and what products make of it (docs/design/0037, 0039): an error,
// which is multiplied by the committee's secret, and values beyond their range, which she knows. Slot by slot.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "query/plan/plan.hpp"

namespace mc::query {

struct Hidden {
  double error = 0;           // as a multiple of the scale, in whatever measure the sealed column's is
  double message = 0;         // the largest slot, as a multiple of the largest honest value
  std::uint32_t factors = 0;  // sealed columns that are multiplied at most
};

Hidden operator*(const Hidden& a, const Hidden& b);
/// sum += weight times part: at most what both reach.
void add(Hidden& sum, double weight, const Hidden& part);

/// `factors` of a column that is computed by comparing where a window bounds the first argument, or does not: its
/// stages multiply more often than anybody counts.
inline constexpr std::uint32_t kFactorsUnbounded = 1'000'000;
/// And where proofs bound it (PlanComparison::is_proven): the column is at most 1 whoever sealed, and who stands at the
/// threshold has errors multiplied, by half of the steepness: those of the seal, over the reach, and the noise of
/// stages, which is the committee's secret too. This is what noise comes to, in errors of a sealed column
/// (docs/design/0046).
inline constexpr double kStagesError = 0x1p-17;
/// How much a distance between two first arguments may grow up to the sign.
double steepness(const PlanComparison& comparison);
/// As factors such a column is two, or three where errors are larger: with one more column it carries at most 2^10
/// times what three sealed columns do.
inline constexpr double kTwoFactorsError = 0x1p29;

/// Per handle of a plan's features, whoever made them, where every sealed column is `sealed`: numbers that the
/// committee forced hide nothing (R23), columns that are computed what they are computed of, through their refreshes,
/// which keep errors.
std::map<std::string, Hidden> hidden_in_columns(const Plan& plan, const Hidden& sealed);

/// Per node, by the same token. What goes as an imaginary part beside another column counts with it.
std::vector<Hidden> hidden_in_nodes(const Plan& plan, const Hidden& sealed);

}  // namespace mc::query
