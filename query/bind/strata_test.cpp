// SPDX-License-Identifier: Apache-2.0
#include "query/bind/strata.hpp"

#include <gtest/gtest.h>

#include "query/testing/bound.hpp"

namespace mc::query {
namespace {

std::vector<Domain> trial_domains() {
  const data::Schema schema = testing::trial_schema();
  std::vector<Domain> result;
  for (std::uint32_t i = 0; i < schema.columns.size(); ++i) result.push_back(domain_of(schema, i));
  return result;
}

Result<BoundModel> bound_strata_model(const std::string& item) {
  MC_TRY(BoundQuery result, testing::bound_trial("SELECT " + item + " FROM trial"));
  return std::move(*result.items.front().model);
}

std::vector<BoundStratum> strata(const std::string& item) {
  return strata_of(bound_strata_model(item).value_or_stop(), testing::trial_schema(), trial_domains());
}

std::string stratum_names(const std::string& item) {
  std::string text;
  for (const BoundStratum& stratum : strata(item)) text += (text.empty() ? "" : "; ") + stratum.name;
  return text;
}

TEST(Strata, AreEveryCombinationWithTheFirstColumnTurningSlowest) {
  EXPECT_EQ(stratum_names("kaplan_meier('Surv(days, dead) ~ 1')"), "all");
  EXPECT_EQ(stratum_names("kaplan_meier('Surv(days, dead) ~ arm')"), "arm=A; arm=B");
  EXPECT_EQ(stratum_names("kaplan_meier('Surv(days, status) ~ arm + grade')"),
            "arm=A, grade=1; arm=A, grade=2; arm=A, grade=3; arm=B, grade=1; arm=B, grade=2; arm=B, grade=3");
  EXPECT_EQ(stratum_names("kaplan_meier('Surv(days, dead) ~ factor(age)')"), "age=[20,50); age=[50,70); age=[70,90]");
}

TEST(Strata, CovariatesAreTheRowsOfTheDesign) {
  const auto rows = strata("cox('Surv(days, dead) ~ arm*factor(age) + grade')");
  ASSERT_EQ(rows.size(), 18u);
  // armB, factor(age)[50,70), factor(age)[70,90], grade, armB:[50,70), armB:[70,90]
  EXPECT_EQ(rows[0].covariates, (std::vector<double>{0, 0, 0, 1, 0, 0}));
  EXPECT_EQ(rows[13].name, "arm=B, age=[50,70), grade=2");
  EXPECT_EQ(rows[13].covariates, (std::vector<double>{1, 1, 0, 2, 1, 0}));
  EXPECT_EQ(strata("cox('Surv(days, dead) ~ I(grade^2)')")[2].covariates, (std::vector<double>{9}));
}

/// "age=[20,50) 0; age=[50,90] 1": strata with their covariates, of columns that the question divides.
std::string divided_strata(const std::string& item) {
  const data::Schema schema = testing::trial_schema();
  const BoundQuery whole = testing::bound_trial("SELECT " + item + " FROM trial").value_or_stop();
  std::string text;
  for (const BoundStratum& stratum : strata_of(*whole.items[0].model, schema, whole.domains)) {
    text += (text.empty() ? "" : "; ") + stratum.name;
    for (const double covariate : stratum.covariates) text += " " + data::number_text(covariate);
  }
  return text;
}

TEST(Strata, AreAsFineAsComparisonsAndNoFiner) {
  EXPECT_EQ(divided_strata("cox('Surv(days, dead) ~ I(age >= 50)')"), "age=[20,50) 0; age=[50,90] 1");
  EXPECT_EQ(divided_strata("cox('Surv(days, dead) ~ I(age > 50) + I(age > 70)')"),
            "age=[20,50] 0 0; age=(50,70] 1 0; age=(70,90] 1 1");
  EXPECT_EQ(divided_strata("cox('Surv(days, dead) ~ I(grade == 2)')"), "grade=1 or 3 0; grade=2 1");
  // Bins of another term are cut where the comparison cuts them.
  EXPECT_EQ(divided_strata("cox('Surv(days, dead) ~ factor(age) + I(age > 70)')"),
            "age=[20,50) 0 0 0; age=[50,70) 1 0 0; age=[70,70] 0 1 0; age=(70,90] 0 1 1");
  EXPECT_EQ(divided_strata("cox('Surv(days, dead) ~ grade + I(grade == 2)')"), "grade=1 1 0; grade=2 2 1; grade=3 3 0");
}

TEST(Strata, TheEventIsTheSecondOfTwoCategoriesOrTheOneThatIsWritten) {
  const auto event = [](const std::string& written) {
    const CellSet outcome =
        bound_strata_model("kaplan_meier('Surv(days, " + written + ") ~ 1')").value_or_stop().outcome;
    std::string text;
    for (std::size_t i = 0; i < outcome.value_cells(); ++i) text += outcome.has(i) ? "1" : "0";
    return text;
  };
  EXPECT_EQ(event("dead"), "01");
  EXPECT_EQ(event("status"), "01");  // 1 and 2, as in R's Surv
  EXPECT_EQ(event("status == 1"), "10");
  EXPECT_EQ(event("grade == 3"), "001");
  EXPECT_EQ(event("arm == \"A\""), "10");
}

TEST(Strata, FactorsAreCodedAsIfThereWereAnIntercept) {
  EXPECT_EQ(bound_strata_model("cox('Surv(days, dead) ~ arm - 1')").value_or_stop().design.size(), 1u);
  EXPECT_EQ(bound_strata_model("cox('Surv(days, dead) ~ arm')").value_or_stop().design.front().name, "armB");
  EXPECT_TRUE(bound_strata_model("kaplan_meier('Surv(days, dead) ~ arm')").value_or_stop().design.empty());
}

TEST(Strata, CoxWithAMeasurementIsTrainedWhateverItsTies) {
  for (const std::string ties : {"", ", ties => 'efron'", ", ties => 'breslow'"}) {
    const BoundModel trained = bound_strata_model("cox('Surv(days, dead) ~ age + arm'" + ties + ")").value_or_stop();
    EXPECT_TRUE(trained.trained);
    EXPECT_TRUE(trained.strata.empty());
    EXPECT_EQ(trained.design.size(), 2u);
    EXPECT_FALSE(bound_strata_model("cox('Surv(days, dead) ~ arm'" + ties + ")").value_or_stop().trained);
  }
}

TEST(Strata, WhatCannotBeToldApartSaysWhatWouldWork) {
  const auto refusal = [](const std::string& item) { return bound_strata_model(item).error().message; };
  EXPECT_EQ(refusal("kaplan_meier('Surv(days, dead) ~ factor(weight)')"),
            "1:48: kaplan_meier needs columns with categories, and weight is a measurement without declared edges to "
            "cut it at");
  EXPECT_EQ(refusal("kaplan_meier('Surv(days, dead) ~ arm*grade')"),
            "1:41: kaplan_meier takes columns joined by +, and every combination of their categories is a curve");
  EXPECT_EQ(refusal("cox('Surv(days, grade) ~ arm')"),
            "1:24: the event of cox must be a 0/1 column, have two categories, or be compared with one of them as in "
            "grade == 1, and grade is one of 1, 2, 3");
  EXPECT_EQ(refusal("cox('Surv(days, dead) ~ arm + offset(grade)')"), "1:45: not offered: offset() in cox");
  EXPECT_EQ(refusal("cox('Surv(days, dead) ~ days')"), "1:32: days stands on both sides of ~");
}

}  // namespace
}  // namespace mc::query
