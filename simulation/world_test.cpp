// SPDX-License-Identifier: Apache-2.0
#include "simulation/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mc::simulation {
namespace {

// Sends a thousand numbered messages and returns what arrives, in order.
std::vector<Bytes> arrivals(const Faults& faults, std::uint64_t seed = 1) {
  World world(seed, faults, {});
  std::vector<Bytes> arrived;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    world.send({static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i), 7},
               [&](Bytes bytes) { arrived.push_back(std::move(bytes)); });
  }
  world.run_until([] { return false; }, 1'000'000);
  return arrived;
}

TEST(World, AQuietWireDeliversEverythingOnceAndInOrder) {
  const auto arrived = arrivals({.delay_max = 1});
  ASSERT_EQ(arrived.size(), 1000u);
  EXPECT_TRUE(std::ranges::is_sorted(arrived));
}

TEST(World, AWireLosesRepeatsReordersAndDamagesAsItsRatesSay) {
  EXPECT_NEAR(static_cast<double>(arrivals({.drop = 300, .delay_max = 1}).size()), 700, 60);
  EXPECT_NEAR(static_cast<double>(arrivals({.duplicate = 200, .delay_max = 1}).size()), 1200, 60);
  EXPECT_FALSE(std::ranges::is_sorted(arrivals({.delay_max = 30})));
  const auto damaged = arrivals({.damage = 500, .delay_max = 1});
  const auto whole = std::ranges::count_if(damaged, [](const Bytes& b) { return b.size() == 3 && b[2] == 7; });
  EXPECT_EQ(damaged.size(), 1000u);
  EXPECT_LT(whole, 800);
  EXPECT_GT(whole, 400);
}

TEST(World, IsAFunctionOfItsSeed) {
  const Faults faults{.drop = 200, .duplicate = 200, .damage = 100, .delay_max = 20};
  EXPECT_EQ(arrivals(faults, 5), arrivals(faults, 5));
  EXPECT_NE(arrivals(faults, 5), arrivals(faults, 6));
}

TEST(World, EventsComeInTimeAndThenInTheOrderInWhichTheyWereSet) {
  World world(1, {}, {});
  std::vector<int> order;
  world.after(5, [&] { order.push_back(3); });
  world.after(2, [&] { order.push_back(1); });
  world.after(2, [&] { order.push_back(2); });
  EXPECT_FALSE(world.run_until([] { return false; }, 4)) << "the third is too late";
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  EXPECT_TRUE(world.run_until([&] { return order.size() == 3; }, 4));
  EXPECT_EQ(world.now(), 5u);
}

TEST(World, ACustodianCrashesOnlySoOften) {
  World world(1, {.crash = 1000, .crashes_max = 2}, {});
  EXPECT_TRUE(world.crashes_now(0));
  EXPECT_TRUE(world.crashes_now(1));
  EXPECT_FALSE(world.crashes_now(2));
}

}  // namespace
}  // namespace mc::simulation
