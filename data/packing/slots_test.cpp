// SPDX-License-Identifier: Apache-2.0
#include "data/packing/slots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace mc::data {
namespace {

using ::testing::ElementsAre;

TEST(Slots, ARangeIsCutAtBlockBoundaries) {
  EXPECT_THAT(blocks_of({6, 11}, 8), ElementsAre(BlockPart{0, 6, 0, 2}, BlockPart{1, 0, 2, 8}, BlockPart{2, 0, 10, 1}));
  EXPECT_THAT(blocks_of({8, 8}, 8), ElementsAre(BlockPart{1, 0, 0, 8}));
  EXPECT_THAT(blocks_of({15, 1}, 8), ElementsAre(BlockPart{1, 7, 0, 1}));
  EXPECT_FALSE(block_part({8, 8}, 0, 8).has_value());
  EXPECT_FALSE(block_part({8, 8}, 2, 8).has_value());
}

TEST(Slots, EveryRowStandsInExactlyOnePlace) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 500; ++round) {
    const std::size_t slots = 1 + random() % 40;
    const SlotRange range{random() % 200, 1 + random() % 200};
    std::uint64_t row = 0;
    for (const BlockPart& part : blocks_of(range, slots)) {
      EXPECT_EQ(part.first_row, row);
      EXPECT_EQ(part.block * slots + part.slot_offset, range.begin + row);
      EXPECT_LE(part.slot_offset + part.row_count, slots);
      row += part.row_count;
    }
    EXPECT_EQ(row, range.count);
  }
}

TEST(Slots, ACohortThatFitsSharesTheLastBlock) {
  EXPECT_EQ(*allocate_first_fit({}, 5, 8), (SlotRange{0, 5}));
  const std::vector<SlotRange> one = {{0, 5}};
  EXPECT_EQ(*allocate_first_fit(one, 3, 8), (SlotRange{5, 3}));
  EXPECT_EQ(*allocate_first_fit(one, 4, 8), (SlotRange{8, 4}));
  EXPECT_EQ(*allocate_first_fit(one, 20, 8), (SlotRange{8, 20}));
  const std::vector<SlotRange> full = {{0, 5}, {8, 8}};
  EXPECT_EQ(*allocate_first_fit(full, 1, 8), (SlotRange{16, 1}));
}

TEST(Slots, WhatIsTooLargeOrEmptyIsRefused) {
  EXPECT_EQ(allocate_first_fit({}, 0, 8).error().code, Code::kInvalidArgument);
  EXPECT_EQ(allocate_first_fit({}, kSlotsMax + 1, 8).error().code, Code::kLimit);
  EXPECT_EQ(validate_range({kSlotsMax, 1}).error().code, Code::kLimit);
  EXPECT_EQ(validate_range({UINT64_MAX, UINT64_MAX}).error().code, Code::kLimit);
  EXPECT_EQ(validate_range({3, 0}).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace mc::data
