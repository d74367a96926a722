// SPDX-License-Identifier: Apache-2.0
#include "query/execute/mask_scale.hpp"

#include "fhe/ckks/encoder.hpp"

namespace mc::query {

fhe::Scale mask_scale(const LimbBudget& budget, std::uint32_t level, std::size_t blocks) {
  return fhe::Scale::of_top_primes(level, budget.mask) / fhe::Scale::power_of_two(mask_halvings(blocks));
}

std::int32_t masked_scale_log2(std::size_t blocks) {
  return fhe::kSealScaleLog2 - mask_halvings(blocks);
}

}  // namespace mc::query
