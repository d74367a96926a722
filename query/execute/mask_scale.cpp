// SPDX-License-Identifier: Apache-2.0
#include "query/execute/mask_scale.hpp"

#include "fhe/ckks/encoder.hpp"

namespace mc::query {

fhe::Scale mask_scale(const LimbBudget& budget, std::uint32_t level, std::size_t blocks) {
  return fhe::Scale::of_top_primes(level, budget.mask) /
         fhe::Scale::power_of_two(fhe::kSealScaleLog2 - masked_scale_log2(budget, blocks));
}

std::int32_t masked_scale_log2(const LimbBudget& budget, std::size_t blocks) {
  return budget.scale_log2 - mask_halvings(budget, blocks);
}

}  // namespace mc::query
