// SPDX-License-Identifier: Apache-2.0
#include "query/execute/owner_slots.hpp"

#include <algorithm>
#include <set>

#include "data/packing/slots.hpp"

namespace mc::query {
namespace {

bool consents_within(const OwnerSlots& owner, const data::BlockPart& part) {
  const auto first = owner.consent.begin() + static_cast<std::ptrdiff_t>(part.first_row);
  const auto end = first + static_cast<std::ptrdiff_t>(part.row_count);
  return std::find(first, end, 1) != end;
}

}  // namespace

Status check_owner_slots(std::span<const OwnerSlots> owners) {
  std::set<std::string> names;
  std::vector<const OwnerSlots*> by_begin;
  for (const OwnerSlots& owner : owners) {
    if (!names.insert(owner.owner).second)
      return fail(Code::kConflict, "owner " + owner.owner + " has two slot ranges");
    if (owner.consent.size() != owner.range.count) {
      return fail(Code::kInvalidArgument, "owner " + owner.owner + " has " + std::to_string(owner.range.count) +
                                              " slots and consent for " + std::to_string(owner.consent.size()));
    }
    if (std::any_of(owner.consent.begin(), owner.consent.end(), [](std::uint8_t bit) { return bit > 1; })) {
      return fail(Code::kInvalidArgument, "owner " + owner.owner + ": consent is 0 or 1");
    }
    const Status range = data::validate_range(owner.range);
    if (!range) return fail(range.error().within("owner " + owner.owner));
    by_begin.push_back(&owner);
  }
  std::sort(by_begin.begin(), by_begin.end(),
            [](const auto* a, const auto* b) { return a->range.begin < b->range.begin; });
  for (std::size_t i = 1; i < by_begin.size(); ++i) {
    const OwnerSlots& before = *by_begin[i - 1];
    if (before.range.begin + before.range.count > by_begin[i]->range.begin) {
      return fail(Code::kConflict, "the slots of owners " + before.owner + " and " + by_begin[i]->owner + " overlap");
    }
  }
  return {};
}

std::vector<double> mask_values(const OwnerSlots& owner, std::uint32_t block, std::size_t slot_count) {
  const auto part = data::block_part(owner.range, block, slot_count);
  if (!part || !consents_within(owner, *part)) return {};
  std::vector<double> mask(slot_count, 0.0);
  for (std::size_t i = 0; i < part->row_count; ++i) mask[part->slot_offset + i] = owner.consent[part->first_row + i];
  return mask;
}

std::vector<std::uint32_t> blocks_with_consent(std::span<const OwnerSlots> owners, std::size_t slot_count) {
  std::set<std::uint32_t> blocks;
  for (const OwnerSlots& owner : owners) {
    for (const data::BlockPart& part : data::blocks_of(owner.range, slot_count)) {
      if (consents_within(owner, part)) blocks.insert(part.block);
    }
  }
  return {blocks.begin(), blocks.end()};
}

Hash256 mask_hash(std::span<const OwnerSlots> owners) {
  Sha256 hash("medcommons/mask/1");
  hash.update_u64(owners.size());
  for (const OwnerSlots& owner : owners) {
    hash.update_sized(view_of(owner.owner)).update_u64(owner.range.begin).update_u64(owner.range.count);
    hash.update_sized(owner.consent);
  }
  return hash.finish();
}

}  // namespace mc::query
