// SPDX-License-Identifier: Apache-2.0
#include "query/plan/node_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

/// Of every sum of the question, in the order in which the plan has them.
std::vector<std::string> words_of(const std::string& sql) {
  const Plan plan =
      compile("SELECT " + sql, testing::clinic_schema(), "clinic", limb_budget("standard").value_or_stop())
          .value_or_stop();
  std::vector<std::string> words;
  for (const NodeId id : plan.moments) words.push_back(node_words(plan, id));
  return words;
}

TEST(NodeWords, AreThoseOfTheQuestion) {
  using ::testing::Contains;
  EXPECT_THAT(words_of("chisq_test(smoker, sex) FROM clinic"), Contains("sex = 'F' AND smoker = 'never'"));
  EXPECT_THAT(words_of("nyha, count(*) FROM clinic GROUP BY nyha"), Contains("nyha = 3"));
  EXPECT_THAT(words_of("count(*) FROM clinic"), Contains("everybody"));
  EXPECT_THAT(words_of("count(bmi) FROM clinic WHERE sex = 'F'"), Contains("sex = 'F' AND bmi IS NOT NULL"));
  EXPECT_THAT(words_of("death, count(*) FROM clinic GROUP BY death"), Contains("death = 0"));
  EXPECT_THAT(words_of("death, count(*) FROM clinic GROUP BY death"), Contains("death = 1"));
  EXPECT_THAT(words_of("count(*) FROM clinic WHERE smoker IN ('never', 'former')"),
              Contains("smoker IN ('never', 'former')"));
  const std::vector<std::string> bins = words_of("histogram(age) FROM clinic");
  EXPECT_THAT(bins, Contains("age < 40"));
  EXPECT_THAT(bins, Contains("40 <= age < 60"));
  EXPECT_THAT(bins, Contains("age >= 80"));
}

TEST(NodeWords, OfWhatNoConditionOfOneColumnIsTheFormula) {
  const Plan plan = compile("SELECT sum(age) FROM clinic WHERE sex = 'F'", testing::clinic_schema(), "clinic",
                            limb_budget("standard").value_or_stop())
                        .value_or_stop();
  EXPECT_THAT(node_words(plan, plan.moments.back()), ::testing::HasSubstr("age/value"));
}

}  // namespace
}  // namespace mc::query
