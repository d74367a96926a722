// SPDX-License-Identifier: Apache-2.0
// Which slots belong to whom, and which of them consent. Everybody derives it from attestations, statements and the
// chain.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "data/packing/feature.hpp"

namespace mc::query {

struct OwnerSlots {
  std::string owner;  // the owner's address as text, spelled the same everywhere: it is hashed and shown
  data::SlotRange range;
  std::vector<std::uint8_t> consent;  // one per row of the owner: 1 consents, 0 does not
};

/// Refuses empty or overlapping ranges, consent that is not 0/1 or not one per row, and an owner named twice. The
/// functions below expect owners that passed it (MC_CHECK).
Status check_owner_slots(std::span<const OwnerSlots> owners);

/// The (consent AND range) mask of one owner in one block as slot values; empty when it is all zero.
std::vector<double> mask_values(const OwnerSlots& owner, std::uint32_t block, std::size_t slot_count);

/// Blocks that hold at least one consenting person, ascending.
std::vector<std::uint32_t> blocks_with_consent(std::span<const OwnerSlots> owners, std::size_t slot_count);

/// SHA-256 over owners, ranges and consent bits in the order given: the mask of R6.
Hash256 mask_hash(std::span<const OwnerSlots> owners);

}  // namespace mc::query
