// SPDX-License-Identifier: Apache-2.0
#include "query/plan/work.hpp"

#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/plans.hpp"

namespace mc::query {
namespace {

using testing::clinic_plan;

TEST(PlanWork, CountsWhatThePlanDoesPerBlockAndAtTheEnd) {
  const Plan plan = clinic_plan("SELECT var_samp(age), corr(age, bmi) FROM clinic WHERE sex = 'F'");
  const PlanCost cost = cost_of(plan);
  const PlanWork work = work_of(plan, {3, 5}, 6);
  EXPECT_EQ(work.loads, static_cast<double>(5 * cost.features));
  EXPECT_EQ(work.products, static_cast<double>(3 * cost.products_per_block));
  EXPECT_EQ(work.switches, static_cast<double>(3 * cost.relinearisations_per_block + cost.relinearisations_at_end));
  EXPECT_EQ(work.steps, 0);
  EXPECT_EQ(work.level, 6u);
}

TEST(PlanWork, OfARunGrowsWithBlocksColumnsAndIterations) {
  const auto work = [](const std::string& formula, std::size_t blocks) {
    return work_of(clinic_plan("SELECT logistic_regression(" + formula + ") FROM clinic"), {blocks, blocks}, 4);
  };
  const PlanWork few = work("'death ~ age'", 1), columns = work("'death ~ age * sex'", 1);
  const PlanWork longer = work("'death ~ age', maxit => 16", 1), more = work("'death ~ age'", 16);
  EXPECT_GT(few.steps, 8 * 4);
  EXPECT_GT(columns.opened, few.opened);
  EXPECT_NEAR(longer.opened, 2 * few.opened, 20) << "the first inverse is made once";
  EXPECT_GT(more.refreshed, 2 * few.refreshed);
  EXPECT_GT(more.steps, few.steps) << "sixteen blocks go in two groups";
}

TEST(PlanWork, AScoreIsLoadedOnceAndRefreshedOncePerLayer) {
  const PlanWork work =
      work_of(clinic_plan("SELECT avg(risk_score('0.1 * age + 0.5 * diabetes + 0.2 * sexM')) FROM clinic"), {3, 3}, 4);
  EXPECT_EQ(work.steps, 2) << "who has one and the score before it, then their product";
  EXPECT_EQ(work.refreshed, 9);
}

// It once counted one polynomial per block, and a refresh per round however many polynomials it has.
TEST(PlanWork, InAGuardedCommonsColumnsAreRefreshedOwnerByOwner) {
  const Plan plan = clinic_plan(
      "SELECT nyha, count(*) FROM clinic WHERE sex = 'F' AND diabetes = 1 AND death = 1 AND age >= 60 AND bmi IS NOT "
      "NULL "
      "GROUP BY nyha");
  ASSERT_FALSE(plan.computed.empty());
  const PlanWork together = work_of(plan, {3, 40}, 4), apart = work_of(plan, {3, 40, true}, 4);
  const auto columns = static_cast<double>(plan.computed.size());
  EXPECT_EQ(together.refreshed, 3 * columns);
  EXPECT_EQ(apart.refreshed, 40 * columns);
  EXPECT_EQ(together.steps, columns) << "each reads the one before it";
  EXPECT_EQ(apart.steps, 3 * columns) << "sixteen polynomials at a time";
}

}  // namespace
}  // namespace mc::query
