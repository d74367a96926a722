// SPDX-License-Identifier: Apache-2.0
#include "query/release/told_curves.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/testing/rules.hpp"

namespace mc::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kFive;

/// One stratum: its persons, and events and censorings at each time.
struct Stratum {
  double persons = 0;
  std::vector<double> events, censored;
};

ToldCurves told_of_strata(const std::vector<Stratum>& strata, double sigma) {
  PlanSurvival survival;
  survival.times.resize(strata.front().events.size());
  survival.strata.resize(strata.size());
  std::vector<MomentId> sums;
  for (std::uint32_t i = 0; i < survival.sum_count(); ++i) sums.emplace_back(i);
  CountsById counts;
  for (std::size_t s = 0; s < strata.size(); ++s) {
    counts[sums[s]] = {strata[s].persons, sigma};
    for (std::size_t k = 0; k < survival.times.size(); ++k) {
      counts[sums[survival.events_index(k, s)]] = {strata[s].events[k], sigma};
      counts[sums[survival.events_index(k, s) + 1]] = {strata[s].censored[k], sigma};
    }
  }
  return told_curves(survival, sums, counts, kFive);
}

TEST(ToldCurves, AllAreToldAsLongAsAllAreFollowed) {
  const Stratum longer{100, {10, 10, 10}, {5, 5, 5}}, shorter{40, {9, 9, 9}, {5, 5, 1}};
  const ToldCurves curves = told_of_strata({longer, shorter}, 0);
  EXPECT_EQ(curves.steps, 2u) << "beyond the third time two of the second are followed";
  EXPECT_THAT(curves.left_out, IsEmpty());
  EXPECT_THAT(curves.standing, ElementsAre(0, 1));
}

TEST(ToldCurves, OneThatEndsTheTimesBeforeTheFirstEventIsLeftOut) {
  const Stratum longer{100, {0, 10, 10}, {5, 5, 5}}, shorter{20, {0, 15, 2}, {2, 1, 0}};
  const ToldCurves curves = told_of_strata({longer, shorter, longer}, 0.3);
  EXPECT_EQ(curves.steps, 3u);
  EXPECT_THAT(curves.left_out, ElementsAre(1));
  EXPECT_THAT(curves.standing, ElementsAre(0, 2));
}

// Noise of later counts hides early events: they are told up to a time at which they are certain.
TEST(ToldCurves, EventsThatLaterNoiseHidesAreToldUntilAnEarlierTime) {
  const Stratum early{400, {40, 0, 0, 0, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1, 1, 1}};
  const ToldCurves curves = told_of_strata({early}, 3);
  EXPECT_EQ(curves.steps, 5u) << "40 events less 5.2 deviations of the noise of five counts are 5.1, of six 1.8";
  EXPECT_THAT(curves.standing, ElementsAre(0));
}

// The attack on trying time after time: at one of them too few events look like enough.
TEST(ToldCurves, WhoeverTriesManyTimesTakesAWiderMargin) {
  const double sigma = 1;
  const auto at_first = [&](double events) {
    const Stratum one{4000, {events, 0, 0, 0, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1, 1, 1}};
    return told_of_strata({one}, sigma).standing.size();
  };
  EXPECT_EQ(at_first(5 + 4.9 * sigma), 0u) << "a single trial would pass it";
  EXPECT_EQ(at_first(5 + 5.3 * sigma), 1u) << "one of eight, each as rarely wrong as 5.21 deviations";
}

}  // namespace
}  // namespace mc::query
