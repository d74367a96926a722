// SPDX-License-Identifier: Apache-2.0
#include "simulation/simulate.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mc::simulation {
namespace {

class SimulationOfACommittee : public ::testing::TestWithParam<std::pair<std::uint32_t, std::uint32_t>> {};

TEST_P(SimulationOfACommittee, HoldsItsPromisesUnderFaultsAndLies) {
  const auto [n, t] = GetParam();
  // Bounded, so that the whole suite stays short; `make sim SEED=n` runs any other.
  const std::uint64_t seeds = n <= 4 ? 12 : n == 5 ? 4 : 1;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto verdict = simulate({.seed = seed, .custodians = n, .threshold = t, .on_event = {}});
    EXPECT_TRUE(verdict.has_value()) << verdict.error().message;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, SimulationOfACommittee,
                         ::testing::Values(std::pair{3u, 2u}, std::pair{4u, 2u}, std::pair{5u, 3u}, std::pair{7u, 3u},
                                           std::pair{7u, 4u}),
                         [](const auto& info) {
                           return std::to_string(info.param.second) + "of" + std::to_string(info.param.first);
                         });

TEST(Simulation, IsReplayedFromItsSeed) {
  std::vector<std::string> first, second;
  const auto run = [](std::vector<std::string>& events) {
    return simulate({.seed = 5, .on_event = [&](const std::string& line) { events.push_back(line); }}).value_or_stop();
  };
  EXPECT_EQ(run(first), run(second));
  EXPECT_EQ(first, second);
  EXPECT_NE(run(first), simulate({.seed = 6, .on_event = {}}).value_or_stop());
}

TEST(Simulation, RefusesAnImpossibleCommitteeAndAnUnknownProfile) {
  const auto shape = simulate({.custodians = 4, .threshold = 3, .on_event = {}});
  ASSERT_FALSE(shape.has_value());
  EXPECT_EQ(shape.error().code, Code::kRefused);
  const auto profile = simulate({.profile = "nothing", .on_event = {}});
  ASSERT_FALSE(profile.has_value());
  EXPECT_EQ(profile.error().code, Code::kNotFound);
}

}  // namespace
}  // namespace mc::simulation
