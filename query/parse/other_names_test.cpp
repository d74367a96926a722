// SPDX-License-Identifier: Apache-2.0
#include "query/parse/other_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/parse/statistic.hpp"

namespace mc::query {
namespace {

using ::testing::HasSubstr;

TEST(OtherNames, AreThoseOfOtherSystems) {
  EXPECT_EQ(our_name_of("mean"), "avg");
  EXPECT_EQ(our_name_of("relative_risk"), "risk_ratio");
  EXPECT_EQ(our_name_of("avg"), "") << "is ours";
  EXPECT_EQ(our_name_of("troponin"), "");
}

// anova and wilcox_test were unknown aggregates, answered with a list of twenty that are known.
TEST(OtherNames, OfTestsThatAreNotOfferedSayWhatToAskInstead) {
  EXPECT_THAT(instead_of("anova"), HasSubstr("linear_regression('y ~ group') has F"));
  EXPECT_THAT(instead_of("wilcox_test"), HasSubstr("auc(group, x, 10, 20, …)"));
  EXPECT_THAT(instead_of("fisher_test"), HasSubstr("odds_ratio"));
  EXPECT_EQ(instead_of("mean"), "");
}

// hazard_ratio, logrank, nnt and others that clinicians ask for were answered so too.
TEST(OtherNames, OfEffectsSayWhatHasThem) {
  EXPECT_THAT(instead_of("hazard_ratio"), HasSubstr("cox('Surv(time, event) ~ arm')"));
  EXPECT_THAT(instead_of("logrank"), HasSubstr("kaplan_meier('Surv(time, event) ~ arm')"));
  EXPECT_THAT(instead_of("nnt"), HasSubstr("1 over risk_difference(outcome, arm)"));
  EXPECT_THAT(instead_of("proportion"), HasSubstr("avg(x) of a 0/1 column"));
  EXPECT_EQ(our_name_of("chi2"), "chisq_test");
}

TEST(OtherNames, AreNoneOfOurs) {
  for (const FunctionShape& shape : functions()) {
    EXPECT_EQ(our_name_of(shape.name), "");
    EXPECT_EQ(instead_of(shape.name), "");
  }
}

}  // namespace
}  // namespace mc::query
