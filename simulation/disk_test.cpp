// SPDX-License-Identifier: Apache-2.0
#include "simulation/disk.hpp"

#include <gtest/gtest.h>

#include "protocol/testing/commons.hpp"

namespace mc::simulation {
namespace {

using protocol::testing::Commons;

TEST(Disk, HoldsAfterADeathWhatWasWrittenAndNothingElse) {
  const Commons commons;
  const protocol::ReleaseState today = commons.state(0);
  const fhe::Window tomorrow(Commons::kToday.value + 1);
  const protocol::LedgerEntry entry{
      fhe::testing::numbered_hash(1), 44, fhe::testing::numbered_hash(2), protocol::Opening::kRelease, {}};
  for (const auto& [death, written] :
       {std::pair{std::optional(Death::kBeforeAWrite), false}, std::pair{std::optional(Death::kAfterAWrite), true},
        std::pair{std::optional(Death::kBeforeSpeaking), true}, std::pair{std::optional<Death>(), true}}) {
    Disk disk(today);
    disk.start(death);
    const bool acknowledged = !death || death == Death::kBeforeSpeaking;
    EXPECT_EQ(disk.append({&entry, 1}).has_value(), acknowledged);
    EXPECT_EQ(disk.store_keys(protocol::advanced(today, tomorrow)).has_value(), acknowledged);
    disk.start(std::nullopt);
    EXPECT_EQ(disk.size(), written ? 1u : 0u);
    EXPECT_EQ(disk.keys().value_or_stop().newest, written ? tomorrow : Commons::kToday);
  }
}

// The promise that stories are judged by would be worth nothing if it could not be broken.
TEST(Disk, KnowsOfASecondNoiseThoughTheLedgerIsLost) {
  const Commons commons;
  protocol::LedgerEntry entry{
      fhe::testing::numbered_hash(1), 44, fhe::testing::numbered_hash(2), protocol::Opening::kRelease, {}};
  Disk disk(commons.state(0));
  ASSERT_TRUE(disk.append({&entry, 1}));
  disk.lose_ledger();
  EXPECT_TRUE(disk.has_lost());
  EXPECT_EQ(disk.released(), 1U) << "what was opened stays counted";
  EXPECT_FALSE(disk.find(entry.multiplicand).value_or_stop());
  EXPECT_EQ(disk.keys().value_or_stop().newest.value, Commons::kToday.value + 2);
  ASSERT_TRUE(disk.append({&entry, 1}));
  EXPECT_FALSE(disk.opened_twice()) << "the same again";
  disk.lose_ledger();
  ++entry.sigma_log2;
  ASSERT_TRUE(disk.append({&entry, 1}));
  EXPECT_TRUE(disk.opened_twice());
}

}  // namespace
}  // namespace mc::simulation
