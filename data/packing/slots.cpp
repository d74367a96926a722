// SPDX-License-Identifier: Apache-2.0
#include "data/packing/slots.hpp"

#include <algorithm>

namespace mc::data {

Status validate_range(const SlotRange& range) {
  if (range.count == 0) return fail(Code::kInvalidArgument, "a slot range needs at least one row");
  if (range.begin > kSlotsMax || range.count > kSlotsMax - range.begin) {
    return fail(Code::kLimit, "slots " + std::to_string(range.begin) + " and " + std::to_string(range.count) +
                                  " more end beyond the limit of " + std::to_string(kSlotsMax));
  }
  return {};
}

BlockSpan block_span(const SlotRange& range, std::size_t slots_per_block) {
  MC_CHECK(slots_per_block > 0 && validate_range(range).has_value());
  return {static_cast<std::uint32_t>(range.begin / slots_per_block),
          static_cast<std::uint32_t>((range.begin + range.count - 1) / slots_per_block)};
}

std::optional<BlockPart> block_part(const SlotRange& range, std::uint32_t block, std::size_t slots_per_block) {
  const BlockSpan span = block_span(range, slots_per_block);
  if (block < span.first || block > span.last) return std::nullopt;
  const std::uint64_t block_begin = std::uint64_t{block} * slots_per_block;
  const std::uint64_t begin = std::max(range.begin, block_begin);
  const std::uint64_t end = std::min(range.begin + range.count, block_begin + slots_per_block);
  return BlockPart{block, static_cast<std::size_t>(begin - block_begin), begin - range.begin,
                   static_cast<std::size_t>(end - begin)};
}

std::vector<BlockPart> blocks_of(const SlotRange& range, std::size_t slots_per_block) {
  const BlockSpan span = block_span(range, slots_per_block);
  std::vector<BlockPart> parts;
  parts.reserve(std::size_t{span.last} - span.first + 1);
  for (std::uint64_t block = span.first; block <= span.last; ++block) {
    parts.push_back(*block_part(range, static_cast<std::uint32_t>(block), slots_per_block));
  }
  return parts;
}

Result<SlotRange> allocate_first_fit(std::span<const SlotRange> existing, std::uint64_t rows,
                                     std::size_t slots_per_block) {
  MC_CHECK(slots_per_block > 0);
  std::uint64_t end = 0;
  for (const SlotRange& range : existing) {
    MC_TRY_STATUS(validate_range(range));
    end = std::max(end, range.begin + range.count);
  }
  const std::uint64_t used = end % slots_per_block;
  const std::uint64_t left = used == 0 ? 0 : slots_per_block - used;
  const SlotRange range{rows <= left ? end : end + left, rows};
  MC_TRY_STATUS(validate_range(range));
  return range;
}

}  // namespace mc::data
