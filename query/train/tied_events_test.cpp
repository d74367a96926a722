// SPDX-License-Identifier: Apache-2.0
#include "query/train/tied_events.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "query/testing/slot_bench.hpp"

namespace mc::query {
namespace {

class TiedEventsTest : public testing::SlotBench {
 protected:
  struct Found {
    SlotPlaces times;
    std::vector<double> weights, shares, placed;
  };
  Found found(const std::vector<int>& events, double persons) {
    const SlotPlaces times(*committee.params, events.size());
    const auto counts = times.filled([&](std::size_t t, std::size_t) { return events[t] / persons; }, 0);
    const TiedEvents ties = tied_events(sealed(counts, fhe::Level(7)), times, persons, iterations).value_or_stop();
    std::cout << "  " << refresher.steps << " refreshes of " << refresher.polynomials << " polynomials\n";
    return {times, opened(ties.weights), opened(ties.shares), opened(ties.placed)};
  }
};

TEST_F(TiedEventsTest, EveryEventHasAShareOfItsOwnWhileThereIsRoom) {
  const std::vector<int> events{0, 1, 2, 3, 7, 31, 32, 512, 5, 0};
  const Found all = found(events, 512);
  const std::size_t each = all.times.each();
  ASSERT_EQ(each, 32u);
  for (std::size_t t = 0; t < events.size(); ++t) {
    if (events[t] > static_cast<int>(each)) continue;
    for (std::size_t l = 0; l < each; ++l) {
      const bool counts = static_cast<int>(l) < events[t];
      const std::size_t slot = all.times.slot(t, l);
      EXPECT_NEAR(all.placed[slot], counts ? 1 : 0, 1e-6) << events[t] << " events, slot " << l;
      EXPECT_NEAR(all.weights[slot], counts ? 1 : 0, 1e-5) << events[t] << " events, slot " << l;
      EXPECT_NEAR(all.shares[slot], counts ? static_cast<double>(l) / events[t] : 0, 1e-5)
          << events[t] << " events, slot " << l;
    }
  }
  for (std::size_t slot = 0; slot < all.weights.size(); ++slot) {
    if (slot % all.times.period() < events.size()) continue;
    ASSERT_NEAR(all.weights[slot], 0, 1e-5) << "belongs to no time";
    ASSERT_NEAR(all.shares[slot], 0, 1e-5);
  }
}

// With denominators as they are when half of those at risk die.
TEST_F(TiedEventsTest, MoreEventsThanSlotsAreTakenInGroups) {
  std::vector<int> events{8, 9, 20, 100, 500};
  events.resize(64, 0);
  const Found all = found(events, 512);
  const std::size_t each = all.times.each();
  ASSERT_EQ(each, 8u);
  for (std::size_t t = 0; t < 5; ++t) {
    double weights = 0, first_moment = 0, jump = 0, wanted = 0;
    for (std::size_t l = 0; l < each; ++l) {
      const std::size_t slot = all.times.slot(t, l);
      EXPECT_NEAR(all.placed[slot], 1, 1e-6);
      weights += all.weights[slot];
      first_moment += all.weights[slot] * all.shares[slot];
      jump += all.weights[slot] / (2 - all.shares[slot]);
    }
    for (int l = 0; l < events[t]; ++l) wanted += 1 / (2 - static_cast<double>(l) / events[t]);
    EXPECT_NEAR(weights, events[t], 1e-5 * events[t]);
    EXPECT_NEAR(first_moment, (events[t] - 1) / 2.0, 1e-5 * events[t]);
    EXPECT_NEAR(jump, wanted, 3 * 0.25 / (12 * 64) * wanted) << events[t] << " events";
  }
}

// A few persons in many slots: no time can have more events than there are persons.
TEST_F(TiedEventsTest, FewPersonsNeedNoGroups) {
  const std::vector<int> events{4, 0, 1, 3};
  const Found all = found(events, 4);
  const std::size_t each = all.times.each();
  for (std::size_t t = 0; t < events.size(); ++t) {
    for (std::size_t l = 0; l < each; ++l) {
      const bool counts = static_cast<int>(l) < events[t];
      EXPECT_NEAR(all.weights[all.times.slot(t, l)], counts ? 1 : 0, 1e-6);
      EXPECT_NEAR(all.shares[all.times.slot(t, l)], counts ? static_cast<double>(l) / events[t] : 0, 1e-6);
    }
  }
}

}  // namespace
}  // namespace mc::query
