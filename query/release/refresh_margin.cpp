// SPDX-License-Identifier: Apache-2.0
#include "query/release/refresh_margin.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string_view>

#include "base/check.hpp"
#include "fhe/ckks/encoder.hpp"
#include "fhe/threshold/mask.hpp"

namespace mc::query {
namespace {

/// As multiples of the largest honest value: what she knows, in one slot, and what depends on the secret, in all
/// coefficients. Slot by slot a product multiplies the second by the first.
struct Reach {
  double value = 0, error = 0;
};

Reach sealed() {
  return {std::exp2(kOwnerMessageLog2), std::exp2(kOwnerErrorLog2 - fhe::kSealScaleLog2)};
}

using ReachByHandle = std::map<std::string_view, Reach>;

Reach reach_of(const FeatureColumn& column, const ReachByHandle& computed) {
  Reach sum;
  for (const WeightedFeature& feature : column) {
    const auto found = computed.find(feature.handle);
    const Reach one = found == computed.end() ? sealed() : found->second;
    sum.value += std::abs(feature.factor) * one.value;
    sum.error += std::abs(feature.factor) * one.error;
  }
  return sum;
}

}  // namespace

double refresh_margin_log2(const Plan& plan) {
  MC_CHECK(plan.comparisons.empty());
  // As query/compare/computed_columns asks for it: |value| <= 1, and as much again for its noise.
  constexpr double kMaskLog2 = fhe::kSealScaleLog2 + 3 + fhe::kMaskLambda + 1;
  ReachByHandle computed;
  double margin = std::numeric_limits<double>::infinity();
  for (const PlanComputed& column : plan.computed) {
    Reach sum = reach_of(column.sum, computed);
    for (const PlanComputed::Product& product : column.products) {
      const Reach a = reach_of(product.left, computed), b = reach_of(product.right, computed);
      sum.value += a.value * b.value;
      sum.error += a.value * b.error + b.value * a.error + a.error * b.error;
    }
    margin = std::min(margin, kMaskLog2 - (std::log2(sum.error) + fhe::kSealScaleLog2));
    computed.emplace(column.handle, sum);
  }
  return margin;
}

}  // namespace mc::query
