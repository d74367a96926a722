// SPDX-License-Identifier: Apache-2.0
// How far a ciphertext reaches: limbs at sealing, and what each step uses. Known to the planner without any
// cryptography.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace mc::query {

/// A ciphertext starts with `limbs`; the consent mask uses `mask`, every product `product`, the release keeps
/// `release`.
struct LimbBudget {
  std::string profile;
  std::uint32_t limbs = 0;
  std::uint32_t mask = 2;
  std::uint32_t product = 2;
  std::uint32_t release = 2;
  std::int32_t scale_log2 = 92;           // that masked values have, and products of two primes leave
  std::int32_t unhalved_blocks_log2 = 6;  // of mask_halvings
  bool compares = true;                   // comparisons, scores, sealed parameters and Cox's model have their refreshes
  bool trains = true;                     // models; a guarded commons does not, and counts those of categories
  bool proven_starts = false;             // of comparisons: of commons whose owners are not trusted (docs/design/0046)

  /// Products in sequence that fit.
  [[nodiscard]] std::uint32_t depth_max() const { return (limbs - mask - release) / product; }
  /// Limbs of a masked feature in a plan of `plan_depth` products in sequence: no more than the plan needs, because
  /// every limb costs time.
  [[nodiscard]] std::uint32_t masked_level(std::uint32_t plan_depth) const { return release + product * plan_depth; }
};

/// By how many halvings the masks of a data set are encoded below what the budget's scale needs: none up to 64 blocks
/// (8 in `train`), then one with every doubling, so that a sum over the blocks fits the release modulus. The integers
/// of the mask's rounding stay what they were, and with them what a masked value keeps of itself below the flooding
/// (R17); answers lose as many bits (twice as many with every product).
std::int32_t mask_halvings(const LimbBudget& budget, std::size_t blocks);

/// The budget of a profile: "standard", "train", and "test_insecure" and "test_train_insecure" with the same chains.
/// kUnsupported names what is offered.
Result<LimbBudget> limb_budget(std::string_view profile);

}  // namespace mc::query
