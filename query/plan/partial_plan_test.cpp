// SPDX-License-Identifier: Apache-2.0
#include "query/plan/partial_plan.hpp"

#include <gtest/gtest.h>

#include "query/execute/execute.hpp"
#include "query/plan/compile.hpp"
#include "query/release/finish.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/sealed_clinic.hpp"
#include "query/testing/trial.hpp"

namespace mc::query {
namespace {

using testing::clinic_schema;
using testing::Keys;
using testing::SealedClinic;

const char* const kPartialQuestions[] = {
    "SELECT count(*) FROM clinic",
    "SELECT avg(age), count(bmi), stddev_samp(bmi) FROM clinic WHERE sex = 'F' AND age >= 60",
    "SELECT smoker, count(*), avg(bmi) FROM clinic GROUP BY smoker",
    "SELECT sex, smoker, sum(bmi) FROM clinic GROUP BY sex, smoker",
    "SELECT sex, histogram(bmi), corr(age, bmi) FROM clinic GROUP BY sex",
    "SELECT count(*) FROM clinic WHERE (bmi < 18.5 OR bmi > 30) AND smoker = 'never' AND nyha >= 3",
};

Plan small_plan(const std::string& sql) {
  return testing::clinic_plan(sql, "test_insecure");
}

class PartialPlanTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    keys_ = std::make_unique<Keys>(3);
    clinic_ = std::make_unique<SealedClinic>(*keys_, clinic_schema());
    testing::fill_three_hospitals(*clinic_, clinic_schema(), 11, keys_->slot_count());
  }
  static void TearDownTestSuite() {
    clinic_.reset();
    keys_.reset();
  }
  static std::vector<fhe::Ciphertext> run(const Plan& plan) {
    return execute(plan, clinic_->owners, *clinic_, keys_->bench()).value_or_stop();
  }
  static ResultTable opened(const Plan& plan, const std::vector<fhe::Ciphertext>& answers) {
    std::vector<double> means;
    for (const fhe::Ciphertext& answer : answers) means.push_back(keys_->mean(answer));
    return finish(plan, means, std::vector<double>(means.size(), 1e-13), keys_->slot_count()).value_or_stop();
  }
  static std::unique_ptr<Keys> keys_;
  static std::unique_ptr<SealedClinic> clinic_;
};
std::unique_ptr<Keys> PartialPlanTest::keys_;
std::unique_ptr<SealedClinic> PartialPlanTest::clinic_;

TEST_F(PartialPlanTest, CountsAndTheOtherSumsTogetherAreTheGroups) {
  for (const char* const sql : kPartialQuestions) {
    const Plan plan = small_plan(sql);
    std::vector<std::uint8_t> shown(plan.groups.size(), 1);
    if (shown.size() > 1) shown[1] = 0;
    std::map<MomentId, double> means;
    for (const PartialPlan& part : {counts_of(plan), sums_of(plan, shown)}) {
      if (part.plan.moments.empty()) continue;
      const auto answers = run(part.plan);
      for (std::size_t i = 0; i < answers.size(); ++i) means[part.whole[i]] = keys_->mean(answers[i]);
    }
    const PartialPlan groups = groups_of(plan, {PlanPart::Kind::kGroups, shown});
    const auto answers = run(groups.plan);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      ASSERT_TRUE(means.contains(groups.whole[i])) << sql;
      EXPECT_NEAR(means[groups.whole[i]], keys_->mean(answers[i]), 1e-12) << sql;
    }
  }
}

TEST_F(PartialPlanTest, SomeGroupsHaveTheRowsThatTheyHaveAmongAll) {
  for (const char* const sql : kPartialQuestions) {
    const Plan plan = small_plan(sql);
    const ResultTable all = opened(plan, run(plan));
    for (std::size_t hidden = 0; plan.groups.size() > 1 && hidden < plan.groups.size(); ++hidden) {
      std::vector<std::uint8_t> shown(plan.groups.size(), 1);
      shown[hidden] = 0;
      const PartialPlan part = groups_of(plan, {PlanPart::Kind::kGroups, shown});
      EXPECT_LT(part.plan.moments.size(), plan.moments.size());
      const ResultTable table = opened(part.plan, run(part.plan));
      for (std::size_t row = 0; row < table.rows.size(); ++row) {
        const auto same = std::find(all.groups.begin(), all.groups.end(), table.groups[row]);
        ASSERT_NE(same, all.groups.end());
        EXPECT_EQ(table.rows[row], all.rows[static_cast<std::size_t>(same - all.groups.begin())]) << sql;
      }
    }
  }
}

TEST(PartialPlan, OfAllGroupsIsTheWholePlan) {
  for (const char* const sql : kPartialQuestions) {
    const Plan plan = small_plan(sql);
    const PartialPlan part = groups_of(plan, all_groups(plan));
    EXPECT_EQ(part.plan, plan) << sql;
  }
}

TEST(PartialPlan, SurvivalIsToldUpToATime) {
  const Plan plan = compile("SELECT arm, kaplan_meier('Surv(days, dead) ~ grade') FROM trial GROUP BY arm",
                            testing::trial_schema(), "trial", limb_budget("standard").value_or_stop())
                        .value_or_stop();
  ASSERT_EQ(steps_of(plan), 5u);
  EXPECT_EQ(count_moments(plan).size(), plan.moments.size()) << "the rules see all that survival is told from";
  EXPECT_EQ(groups_of(plan, all_groups(plan)).plan, plan);
  PlanPart part = all_groups(plan);
  part.shown[1] = 0;
  part.steps = 2;
  ASSERT_TRUE(check_part(plan, part));
  const Plan told = groups_of(plan, part).plan;
  ASSERT_EQ(told.groups.size(), 1u);
  EXPECT_EQ(told.items[1].survival->times, (std::vector<double>{10, 20}));
  EXPECT_TRUE(told.items[1].survival->beyond);
  EXPECT_EQ(told.groups[0].sums.size(), 3 * (1 + 2 * 2u)) << "three grades";
  EXPECT_EQ(told.moments.size(), 1 + 15u);
  for (const std::uint32_t steps : {0u, 6u}) {
    part.steps = steps;
    EXPECT_FALSE(check_part(plan, part)) << steps;
  }
  EXPECT_FALSE(check_part(small_plan("SELECT count(*) FROM clinic"), {PlanPart::Kind::kGroups, {1}, 1}));
}

TEST(PartialPlan, CountsAreNumbersOfPersonsAndNothingElse) {
  const Plan plan = small_plan("SELECT sex, sum(age), var_samp(bmi) FROM clinic GROUP BY sex");
  const PartialPlan counts = counts_of(plan);
  EXPECT_EQ(counts.plan.moments.size(), 2 * plan.groups.size()) << "of each sex, and of those with a bmi";
  for (const NodeId id : counts.plan.moments) {
    for (const std::string& handle : features_of(counts.plan)) {
      EXPECT_EQ(handle.find("/value"), std::string::npos) << handle;
    }
    EXPECT_LT(id.value, counts.plan.nodes.size());
  }
}

}  // namespace
}  // namespace mc::query
