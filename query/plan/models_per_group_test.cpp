// SPDX-License-Identifier: Apache-2.0
#include "query/plan/models_per_group.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/parse/parser.hpp"
#include "query/plan/compile.hpp"
#include "query/plan/limb_budget.hpp"
#include "query/testing/trial.hpp"

namespace mc::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::optional<ModelsPerGroup> grouped(const std::string& sql) {
  const Query query = parse(sql).value_or_stop();
  return models_per_group(query, bind(query, testing::trial_schema(), "trial").value_or_stop()).value_or_stop();
}

LimbBudget standard() {
  return limb_budget("standard").value_or_stop();
}

TEST(ModelsPerGroup, AreAQuestionPerCategory) {
  const auto models = grouped("SELECT arm, cox('Surv(days, dead) ~ age') AS m FROM trial WHERE age >= 50 GROUP BY arm");
  ASSERT_TRUE(models);
  EXPECT_THAT(models->names, ElementsAre("arm", "m"));
  EXPECT_THAT(models->items, ElementsAre(std::optional<std::size_t>(0), std::nullopt));
  ASSERT_EQ(models->questions.size(), 2u);
  EXPECT_EQ(models->questions[1].sql,
            "SELECT cox('Surv(days, dead) ~ age') AS m FROM trial WHERE age >= 50 AND arm = 'B'");
  EXPECT_EQ(models->questions[1].keys, std::vector<GroupKey>{std::string("B")});
  for (const auto& question : models->questions) {
    const Plan plan = compile(question.sql, testing::trial_schema(), "trial", standard()).value_or_stop();
    EXPECT_TRUE(plan.training);
    EXPECT_EQ(plan.sql, question.sql);
  }
}

TEST(ModelsPerGroup, OfSeveralColumnsAreAQuestionPerCombinationThatWhereLeaves) {
  const auto models = grouped(
      "SELECT grade, arm, logistic_regression('dead ~ age') FROM trial WHERE grade <> 2 OR grade <> 2 AND arm = 'A' "
      "GROUP BY arm, grade");
  ASSERT_TRUE(models);
  EXPECT_THAT(models->items, ElementsAre(std::optional<std::size_t>(1), std::optional<std::size_t>(0), std::nullopt));
  ASSERT_EQ(models->questions.size(), 4u);
  EXPECT_THAT(models->questions[1].keys, ElementsAre(GroupKey(std::string("A")), GroupKey(std::int64_t{3})));
  EXPECT_THAT(models->questions[1].sql,
              HasSubstr("WHERE (grade <> 2 OR grade <> 2 AND arm = 'A') AND arm = 'A' AND grade = 3"));
}

// NULL was no group: persons without a grade were in no model, and no row said so.
TEST(ModelsPerGroup, MissingValuesAreAGroupWhereTheDictionaryAllowsThem) {
  const auto models = grouped("SELECT arm, grade, cox('Surv(days, dead) ~ age') FROM trial GROUP BY arm, grade");
  ASSERT_TRUE(models);
  ASSERT_EQ(models->questions.size(), 8u) << "two arms, three grades and none; arm is required";
  EXPECT_THAT(models->questions[3].keys, ElementsAre(GroupKey(std::string("A")), GroupKey()));
  EXPECT_TRUE(models->questions[3].is_of_missing());
  EXPECT_FALSE(models->questions[4].is_of_missing());
  EXPECT_EQ(models->questions[3].sql,
            "SELECT cox('Surv(days, dead) ~ age') FROM trial WHERE arm = 'A' AND grade IS NULL");
  const Plan plan = compile(models->questions[3].sql, testing::trial_schema(), "trial", standard()).value_or_stop();
  EXPECT_EQ(plan.sql, models->questions[3].sql);
  EXPECT_EQ(grouped("SELECT cox('Surv(days, dead) ~ age') FROM trial WHERE grade IS NOT NULL GROUP BY grade")
                ->questions.size(),
            3u);
}

TEST(ModelsPerGroup, AreOnlyThoseThatAreTrainedAndAskedForAlone) {
  EXPECT_FALSE(grouped("SELECT cox('Surv(days, dead) ~ age') FROM trial"));
  EXPECT_FALSE(grouped("SELECT arm, cox('Surv(days, dead) ~ grade') FROM trial GROUP BY arm")) << "is counted";
  EXPECT_FALSE(grouped("SELECT arm, linear_regression('age ~ weight') FROM trial GROUP BY arm"));
  EXPECT_FALSE(grouped("SELECT arm, count(*), cox('Surv(days, dead) ~ age') FROM trial GROUP BY arm"));
  EXPECT_FALSE(grouped("SELECT arm FROM trial GROUP BY arm"));
}

TEST(ModelsPerGroup, AreNoPlanAndTheRefusalSaysWhatToAsk) {
  const auto refused = compile("SELECT arm, cox('Surv(days, dead) ~ age') FROM trial GROUP BY arm",
                               testing::trial_schema(), "trial", standard());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("1:13: a model of each group"));
  EXPECT_THAT(refused.error().message,
              HasSubstr("SELECT cox('Surv(days, dead) ~ age') FROM trial WHERE arm = 'A'; SELECT "));
}

}  // namespace
}  // namespace mc::query
