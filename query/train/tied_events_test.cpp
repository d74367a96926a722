// SPDX-License-Identifier: Apache-2.0
#include "query/train/tied_events.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "query/testing/committee_run.hpp"

namespace mc::query {
namespace {

class TiedEventsTest : public ::testing::Test {
 protected:
  fhe::Ciphertext sealed(const std::vector<double>& slots) {
    KeyStream stream = public_stream("tied events", Sha256("seal").update_u64(slots.size()).finish());
    const auto plain = encoder.encode(slots, fhe::Level(7), precision.scale());
    fhe::Ciphertext ct = fhe::encrypt(*committee.params, committee.public_key, plain.value(), stream).value_or_stop();
    ct.epoch = committee.epoch;
    return ct;
  }
  std::vector<double> opened(const fhe::Ciphertext& ct) {
    return encoder.decode(fhe::decrypt(*committee.params, committee.collective_secret(), ct)).value_or_stop();
  }

  struct Found {
    std::vector<double> weights, shares, placed;
  };
  Found found(const std::vector<int>& events, std::size_t each, double persons) {
    const TimeSlots slots{events.size(), each, committee.params->slot_count()};
    std::vector<double> counts(slots.slot_count, 0.0);
    for (std::size_t t = 0; t < events.size(); ++t) {
      for (std::size_t l = 0; l < each; ++l) counts[t * each + l] = events[t] / persons;
    }
    CommitteeRefresher refresher(committee);
    const Workbench bench{*committee.params, encoder, evaluator, 2};
    const SlotIterations iterations(bench, precision, refresher);
    const TiedEvents ties = tied_events(sealed(counts), slots, persons, iterations).value_or_stop();
    std::cout << "  " << refresher.steps << " refreshes of " << refresher.polynomials << " polynomials\n";
    return {opened(ties.weights), opened(ties.shares), opened(ties.placed)};
  }

  using CommitteeRefresher = testing::CommitteeRefresher;
  fhe::testing::TestCommittee committee{fhe::testing::small_params(), fhe::CommitteeShape::create(3, 2).value_or_stop(),
                                        1};
  fhe::Encoder encoder{committee.params};
  fhe::Evaluator evaluator{committee.params, std::make_shared<fhe::RelinKey>(committee.relin_key)};
  Precision precision = precision_of(*committee.params).value_or_stop();
};

TEST_F(TiedEventsTest, EveryEventHasAShareOfItsOwnWhileThereIsRoom) {
  const std::vector<int> events{0, 1, 2, 3, 7, 11, 12, 512, 5, 0};
  constexpr std::size_t kEach = 12;
  const Found all = found(events, kEach, 512);
  for (std::size_t t = 0; t < events.size(); ++t) {
    if (events[t] > static_cast<int>(kEach)) continue;
    for (std::size_t l = 0; l < kEach; ++l) {
      const bool counts = static_cast<int>(l) < events[t];
      const std::size_t slot = t * kEach + l;
      EXPECT_NEAR(all.placed[slot], counts ? 1 : 0, 1e-6) << events[t] << " events, slot " << l;
      EXPECT_NEAR(all.weights[slot], counts ? 1 : 0, 1e-5) << events[t] << " events, slot " << l;
      EXPECT_NEAR(all.shares[slot], counts ? static_cast<double>(l) / events[t] : 0, 1e-5)
          << events[t] << " events, slot " << l;
    }
  }
  for (std::size_t slot = events.size() * kEach; slot < all.weights.size(); ++slot) {
    ASSERT_NEAR(all.weights[slot], 0, 1e-5) << "belongs to no time";
    ASSERT_NEAR(all.shares[slot], 0, 1e-5);
  }
}

// With denominators as they are when half of those at risk die.
TEST_F(TiedEventsTest, MoreEventsThanSlotsAreTakenInGroups) {
  const std::vector<int> events{8, 9, 20, 100, 500};
  constexpr std::size_t kEach = 8;
  const Found all = found(events, kEach, 512);
  for (std::size_t t = 0; t < events.size(); ++t) {
    double weights = 0, first_moment = 0, jump = 0, wanted = 0;
    for (std::size_t l = 0; l < kEach; ++l) {
      const std::size_t slot = t * kEach + l;
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
  constexpr std::size_t kEach = 128;
  const Found all = found(events, kEach, 4);
  for (std::size_t t = 0; t < events.size(); ++t) {
    for (std::size_t l = 0; l < kEach; ++l) {
      const bool counts = static_cast<int>(l) < events[t];
      EXPECT_NEAR(all.weights[t * kEach + l], counts ? 1 : 0, 1e-6);
      EXPECT_NEAR(all.shares[t * kEach + l], counts ? static_cast<double>(l) / events[t] : 0, 1e-6);
    }
  }
}

}  // namespace
}  // namespace mc::query
