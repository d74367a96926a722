// SPDX-License-Identifier: Apache-2.0
#include "query/execute/owner_slots.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

TEST(OwnerSlots, OverlapsAndWrongConsentAreRefused) {
  EXPECT_TRUE(check_owner_slots(std::vector<OwnerSlots>{{"a", {0, 2}, {1, 0}}, {"b", {2, 1}, {1}}}));
  const std::pair<std::vector<OwnerSlots>, const char*> cases[] = {
      {{{"b", {1, 1}, {1}}, {"a", {0, 2}, {1, 0}}}, "the slots of owners a and b overlap"},
      {{{"a", {0, 2}, {1}}}, "owner a has 2 slots and consent for 1"},
      {{{"a", {0, 1}, {2}}}, "owner a: consent is 0 or 1"},
      {{{"a", {0, 1}, {1}}, {"a", {1, 1}, {1}}}, "owner a has two slot ranges"},
      {{{"a", {~std::uint64_t{0}, 1}, {1}}},
       "owner a: slots 18446744073709551615 and 1 more end beyond the limit of 4294967296"},
  };
  for (const auto& [owners, expected] : cases) {
    const Status status = check_owner_slots(owners);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message, expected);
  }
}

TEST(OwnerSlots, MasksCoverConsentWithinTheRangeBlockByBlock) {
  const OwnerSlots owner{"a", {6, 5}, {1, 0, 1, 0, 0}};
  EXPECT_EQ(mask_values(owner, 0, 8), (std::vector<double>{0, 0, 0, 0, 0, 0, 1, 0}));
  EXPECT_EQ(mask_values(owner, 1, 8), (std::vector<double>{1, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_TRUE(mask_values(owner, 2, 8).empty());
  EXPECT_EQ(blocks_with_consent(std::vector<OwnerSlots>{owner}, 8), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(blocks_with_consent(std::vector<OwnerSlots>{{"a", {6, 5}, {1, 0, 0, 0, 0}}}, 8),
            (std::vector<std::uint32_t>{0}));
}

TEST(OwnerSlots, TheMaskHashDependsOnEverythingThatIsMasked) {
  const std::vector<OwnerSlots> base{{"a", {0, 2}, {1, 0}}, {"b", {2, 1}, {1}}};
  auto other = base;
  other[0].consent = {0, 1};
  EXPECT_NE(mask_hash(other), mask_hash(base));
  other = base;
  other[1].range.begin = 3;
  EXPECT_NE(mask_hash(other), mask_hash(base));
  other = base;
  other[1].owner = "c";
  EXPECT_NE(mask_hash(other), mask_hash(base));
  EXPECT_EQ(mask_hash(base), mask_hash(std::vector<OwnerSlots>(base)));
}

}  // namespace
}  // namespace mc::query
