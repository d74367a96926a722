// SPDX-License-Identifier: Apache-2.0
#include "query/plan/accumulation.hpp"

#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

Plan compiled(const std::string& sql) {
  return compile(sql, testing::clinic_schema(), "clinic", limb_budget("standard").value_or_stop()).value_or_stop();
}

std::vector<std::string> summed(const Plan& plan) {
  std::vector<std::string> texts;
  for (const NodeId id : accumulation_of(plan).summed) texts.push_back(node_text(plan, id));
  return texts;
}

TEST(Accumulation, CombinationsAtTheRootAreFormedAfterSumming) {
  const Plan plan = compiled("SELECT count(*) FROM clinic WHERE age BETWEEN 40 AND 60");
  EXPECT_EQ(summed(plan), (std::vector<std::string>{"age/ge/40", "age/gt/60"}));
  EXPECT_FALSE(accumulation_of(plan).standalone[0]);
}

TEST(Accumulation, CombinationsInsideAProductAreFormedBeforeIt) {
  const Plan plan = compiled("SELECT count(*) FROM clinic WHERE age BETWEEN 40 AND 60 AND death");
  EXPECT_EQ(summed(plan), (std::vector<std::string>{"((age/ge/40 - age/gt/60) * death/value)"}));
  EXPECT_TRUE(accumulation_of(plan).standalone[plan.moments[0].value]);
}

TEST(Accumulation, AProductThatFeedsAnotherIsSummedAfterRelinearisation) {
  const Plan plan = compiled("SELECT count(*), sum(age) FROM clinic WHERE sex = 'F' AND death");
  const Accumulation accumulation = accumulation_of(plan);
  const NodeId filter = plan.groups[0].n == MomentId(0) ? plan.moments[0] : plan.moments[1];
  EXPECT_EQ(node_text(plan, filter), "(sex/is/F * death/value)");
  EXPECT_TRUE(accumulation.inner[filter.value]);
  EXPECT_TRUE(accumulation.is_summed[filter.value]);
  EXPECT_EQ(cost_of(plan).relinearisations_per_block, 1u);
  EXPECT_EQ(cost_of(plan).relinearisations_at_end, 1u);
}

}  // namespace
}  // namespace mc::query
