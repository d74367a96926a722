// SPDX-License-Identifier: Apache-2.0
// At which scale consent masks are encoded, so that sums over many blocks fit the release modulus (mask_halvings).
#pragma once

#include "fhe/ckks/scale.hpp"
#include "query/plan/limb_budget.hpp"

namespace mc::query {

/// Of the consent masks of a data set of `blocks` blocks, at `level`.
fhe::Scale mask_scale(const LimbBudget& budget, std::uint32_t level, std::size_t blocks);

/// log2 of the scale that sealed values have once they are masked.
std::int32_t masked_scale_log2(const LimbBudget& budget, std::size_t blocks);

}  // namespace mc::query
