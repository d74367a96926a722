// SPDX-License-Identifier: Apache-2.0
#include "query/release/untrusted_owners.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/release/guarded.hpp"
#include "query/testing/scores_in_the_clear.hpp"

namespace mc::query {
namespace {

using ::testing::HasSubstr;

Plan untrusted_plan(const std::string& sql, bool proven = true) {
  LimbBudget budget = limb_budget("standard").value_or_stop();
  budget.proven_starts = proven;
  return compile("SELECT " + sql, testing::clinic_with_steps(), "clinic", budget).value_or_stop();
}

std::string untrusted_refusal(const std::string& sql, bool exact) {
  const Status status = check_untrusted_owners(untrusted_plan(sql), exact);
  return status ? "" : status.error().message;
}

TEST(UntrustedOwners, AsManyFactorsAreAnsweredAsFloodingOrPrivacysNoiseCountsWith) {
  for (const char* two : {"count(*) FROM clinic", "avg(age), stddev_samp(age) FROM clinic",
                          "avg(age) FROM clinic WHERE death", "corr(age, death) FROM clinic"}) {
    EXPECT_EQ(untrusted_refusal(two, true), "") << two;
    EXPECT_EQ(untrusted_refusal(two, false), "") << two;
    EXPECT_FALSE(needs_opened_columns(untrusted_plan(two))) << two;
  }
  for (const char* three : {"avg(age) FROM clinic WHERE death AND sex = 'F'", "var_pop(age) FROM clinic WHERE death",
                            "linear_regression('age ~ death:sex') FROM clinic"}) {
    EXPECT_EQ(untrusted_refusal(three, true), "") << three;
    EXPECT_TRUE(needs_opened_columns(untrusted_plan(three))) << three;
  }
  EXPECT_EQ(untrusted_refusal("var_pop(age) FROM clinic WHERE death AND sex = 'F'", true), "");
  EXPECT_THAT(untrusted_refusal("var_pop(age) FROM clinic WHERE death AND sex = 'F' AND diabetes", true),
              HasSubstr("at most four conditions and values of a person, and this one multiplies 5"));
  EXPECT_EQ(untrusted_refusal("avg(age) FROM clinic WHERE death AND sex = 'F'", false), "");
  EXPECT_THAT(untrusted_refusal("var_pop(age) FROM clinic WHERE death AND sex = 'F'", false),
              HasSubstr("multiplies 4"));
}

TEST(UntrustedOwners, WhoeverVotesElsewhereIsToldWhatIsTrusted) {
  const auto told = [](const std::string& sql, bool exact) {
    return trust_in_owners(untrusted_plan(sql, !exact), exact);
  };
  EXPECT_EQ(told("avg(age) FROM clinic WHERE death", true), "");
  EXPECT_THAT(told("avg(age) FROM clinic WHERE death AND sex = 'F'", true), HasSubstr("products of two"));
  EXPECT_THAT(told("avg(age) FROM clinic WHERE death AND sex = 'F'", true), HasSubstr("multiplies 3"));
  EXPECT_EQ(told("avg(age) FROM clinic WHERE death AND sex = 'F'", false), "");
  EXPECT_THAT(told("logistic_regression('death ~ age') FROM clinic", true), HasSubstr("compares or trains"));
  EXPECT_THAT(told("count(*) FROM clinic WHERE bmi > 24.37", true), HasSubstr("compares or trains"));
}

// A refresh keeps what its factors hid: a column that is computed first is no single factor.
TEST(UntrustedOwners, ProductsThatAreRefreshedFirstCountAsWhatTheyAreMadeOf) {
  EXPECT_THAT(untrusted_refusal("avg(age) FROM clinic WHERE death AND sex = 'F' AND diabetes AND nyha = 1", false),
              HasSubstr("multiplies 5"));
}

TEST(UntrustedOwners, WhatMasksDoNotBearIsRefused) {
  EXPECT_THAT(
      check_untrusted_owners(untrusted_plan("count(*) FROM clinic WHERE age > 57.3", false), true).error().message,
      HasSubstr("leave the masks"))
      << "a plan of those who trust";
  for (const char* sql : {"logistic_regression('death ~ age') FROM clinic",
                          "auc(death, predicted_risk('m', '1.25 - 0.08 * bmi:sexM'), 0.1, 0.3) FROM clinic"}) {
    EXPECT_THAT(untrusted_refusal(sql, true), HasSubstr("leave the masks")) << sql;
  }
  EXPECT_EQ(untrusted_refusal("avg(risk_score('m', '0.1 * age')) FROM clinic", true), "");
  // A score that is a sum of columns is compared as one of them is (docs/design/0050).
  EXPECT_EQ(untrusted_refusal("auc(death, predicted_risk('m', '1.25 - 0.08 * bmi'), 0.1, 0.3) FROM clinic", true), "");
  EXPECT_EQ(untrusted_refusal("count(*) FROM clinic WHERE risk_score('m', '0.1 * age + 0.5 * sexM') > 5.25", false),
            "");
}

// A threshold is two factors, and who has a value is one more.
TEST(UntrustedOwners, ThresholdsThatNoDictionaryDeclaresAreAnsweredWithFewOtherFactors) {
  EXPECT_EQ(untrusted_refusal("count(*) FROM clinic WHERE age > 57.3", true), "");
  EXPECT_EQ(untrusted_refusal("count(*) FROM clinic WHERE age BETWEEN 33 AND 57.3", true), "");
  EXPECT_FALSE(needs_opened_columns(untrusted_plan("count(*) FROM clinic WHERE age > 57.3")));
  EXPECT_EQ(untrusted_refusal("avg(age) FROM clinic WHERE age > 57.3", true), "");
  EXPECT_TRUE(needs_opened_columns(untrusted_plan("count(*) FROM clinic WHERE bmi > 24.37")));
  EXPECT_EQ(untrusted_refusal("avg(age) FROM clinic WHERE bmi > 24.37", true), "");
  EXPECT_THAT(untrusted_refusal("avg(age) FROM clinic WHERE bmi > 24.37 AND death", true),
              HasSubstr("declare is two)"));
  EXPECT_EQ(untrusted_refusal("avg(age), count(*) FROM clinic WHERE age > 57.3", false), "");
  EXPECT_EQ(untrusted_refusal("count(*) FROM clinic WHERE bmi > 24.37", false), "");
  EXPECT_THAT(untrusted_refusal("avg(age) FROM clinic WHERE bmi > 24.37", false), HasSubstr("multiplies 4"));
}

// What such a commons is for: sealed models, of which each patient alone is told her score.
TEST(UntrustedOwners, AnswersForOnePersonAreGiven) {
  const std::string person = " FOR PERSON '" + std::string(64, 'a') + "' SIGNED '" + std::string(130, '1') + "'";
  const std::string score = "avg(risk_score('m', '4 * [$ + $ * age]')) FROM clinic" + person;
  EXPECT_EQ(untrusted_refusal(score, true), "");
  EXPECT_TRUE(check_exact(untrusted_plan(score)));
}

}  // namespace
}  // namespace mc::query
