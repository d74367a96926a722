// SPDX-License-Identifier: Apache-2.0
// Where an owner's rows stand: slots of a data set are counted through all blocks; block = slot / slots_per_block.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "data/packing/feature.hpp"

namespace mc::data {

/// Slots of a data set at most: four billion persons. Keeps block numbers in 32 bits and sums far from overflow.
inline constexpr std::uint64_t kSlotsMax = std::uint64_t{1} << 32;

/// The part of an owner's range that lies in one block.
struct BlockPart {
  std::uint32_t block = 0;
  std::size_t slot_offset = 0;  // first slot inside the block
  std::uint64_t first_row = 0;  // of the owner
  std::size_t row_count = 0;
  friend bool operator==(const BlockPart&, const BlockPart&) = default;
};

/// Refuses an empty range, and one that ends beyond kSlotsMax.
Status validate_range(const SlotRange& range);

/// The first and the last block that a valid range touches.
struct BlockSpan {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};
BlockSpan block_span(const SlotRange& range, std::size_t slots_per_block);

/// The part of a valid range in one block; nothing when the range does not touch it.
std::optional<BlockPart> block_part(const SlotRange& range, std::uint32_t block, std::size_t slots_per_block);

/// The parts of a valid range in all blocks that it touches, in order. Allocates by the range: for ranges that are
/// known to be honest (one's own, or those on chain).
std::vector<BlockPart> blocks_of(const SlotRange& range, std::size_t slots_per_block);

/// The range the next cohort gets: it begins where the last one ends if it fits into what is left of that block,
/// otherwise at the next block boundary. The ledger contract computes the same.
///   errors  kInvalidArgument without rows; kLimit beyond kSlotsMax
Result<SlotRange> allocate_first_fit(std::span<const SlotRange> existing, std::uint64_t rows,
                                     std::size_t slots_per_block);

}  // namespace mc::data
