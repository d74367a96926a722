// SPDX-License-Identifier: Apache-2.0
#include "query/release/refresh_margin.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fhe/ckks/encoder.hpp"
#include "fhe/threshold/mask.hpp"
#include "query/release/hidden_in_column.hpp"

namespace mc::query {

double refresh_margin_log2(const Plan& plan) {
  // As query/compare/computed_columns asks for it: |value| <= 1, and as much again for its noise.
  constexpr double kMaskLog2 = fhe::kSealScaleLog2 + 3 + fhe::kMaskLambda + 1;
  const std::map<std::string, Hidden> columns =
      hidden_in_columns(plan, {std::exp2(kOwnerErrorLog2 - fhe::kSealScaleLog2), std::exp2(kOwnerMessageLog2), 1});
  const auto left = [&](const std::string& handle) {
    return kMaskLog2 - (std::log2(columns.at(handle).error) + fhe::kSealScaleLog2);
  };
  double margin = std::numeric_limits<double>::infinity();
  for (const PlanComparison& comparison : plan.comparisons) {
    if (!comparison.is_proven()) return -std::numeric_limits<double>::infinity();
    margin = std::min({margin, kProvenMargin, left(comparison.handle)});
  }
  for (const PlanComputed& column : plan.computed) margin = std::min(margin, left(column.handle));
  return margin;
}

}  // namespace mc::query
