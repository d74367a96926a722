// SPDX-License-Identifier: Apache-2.0
#include "query/plan/limb_budget.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

TEST(LimbBudget, StandardHasTwoProductsInSequence) {
  const LimbBudget budget = limb_budget("standard").value_or_stop();
  EXPECT_EQ(budget.depth_max(), 2u);
  EXPECT_EQ(budget.masked_level(2) + budget.mask, budget.limbs);
  EXPECT_EQ(budget.masked_level(0), budget.release);
}

TEST(LimbBudget, TrainHasSevenAndKeepsTheReleaseModulusFree) {
  const LimbBudget budget = limb_budget("train").value_or_stop();
  EXPECT_EQ(budget.depth_max(), 7u);
  EXPECT_EQ(mask_halvings(budget, 8), 0);
  EXPECT_EQ(mask_halvings(budget, 9), 1);
  EXPECT_EQ(limb_budget("test_train_insecure").value_or_stop().limbs, budget.limbs);
}

TEST(LimbBudget, AnUnknownProfileIsNamed) {
  const auto budget = limb_budget("deep");
  ASSERT_FALSE(budget);
  EXPECT_EQ(budget.error().code, Code::kUnsupported);
  EXPECT_NE(budget.error().message.find("deep"), std::string::npos);
}

}  // namespace
}  // namespace mc::query
