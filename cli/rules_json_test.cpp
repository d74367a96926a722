// SPDX-License-Identifier: Apache-2.0
#include "cli/rules_json.hpp"

#include <gtest/gtest.h>

namespace mc::cli {
namespace {

using nlohmann::ordered_json;

TEST(RulesJson, SaysEachRuleAndWhoseItIs) {
  const query::Demand sites[] = {{"the commons", {.cohort_min = 3, .cell_min = 3, .difference_min = 3}}};
  const query::Demand owners[] = {{"0xbb", query::demanded_by({20, 0, 50})}};
  const std::vector<query::OwnerSlots> slots{{"0xaa", {0, 3}, {1, 1, 1}}, {"0xbb", {3, 2}, {1, 0}}};
  const query::RulesInForce rules = query::rules_in_force(sites, owners, slots);
  EXPECT_EQ(rules_json(rules), ordered_json::parse(R"({"cohort_min": 20, "cell_min": 3, "round_to": 1,
    "difference_min": 3, "largest_share": 50, "share_min": 6})"));
  EXPECT_EQ(rules_of_json(rules), ordered_json::parse(R"({"cohort_min": "0xbb", "cell_min": "the commons",
    "difference_min": "the commons", "largest_share": "0xbb"})"));
}

TEST(RulesJson, OfNobodysRulesThereAreNone) {
  EXPECT_EQ(rules_of_json({}), ordered_json::object());
  EXPECT_FALSE(rules_json({}).contains("largest_share"));
}

}  // namespace
}  // namespace mc::cli
