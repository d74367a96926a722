// SPDX-License-Identifier: Apache-2.0
#include "query/release/model_answer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mc::query {
namespace {

/// y ~ x + z over the persons (x, z, y) = (1,1,1) (2,2,2) (3,3,2) (4,4,4): z is x once more.
ModelAnswer sample_answer() {
  PlanModel model;
  model.formula = "y ~ x + z";
  model.terms = {"(Intercept)", "x", "z"};
  model.intercept = true;
  model.basis = 4;
  model.columns = {{{0, 1}}, {{1, 1}}, {{2, 1}}};
  model.response = {{3, 1}};
  ModelSums sums{{4, 0}, {2, 0}, {}};
  for (const double sum : {4, 10, 10, 9, 30, 30, 27, 30, 27, 25}) sums.pairs.push_back({sum, 1e-9});
  return model_answer(model, fit_linear(model, sums));
}

TEST(ModelAnswer, TheObjectNamesEveryNumberOfTheModel) {
  const auto object = nlohmann::json::parse(sample_answer().json);
  EXPECT_EQ(object["model"], "linear_regression");
  EXPECT_EQ(object["n"], 4);
  EXPECT_EQ(object["n_missing"], 2);
  EXPECT_EQ(object["rank"], 2);
  EXPECT_EQ(object["df_residual"], 2);
  EXPECT_EQ(object["aliased"], nlohmann::json::array({"z"}));
  // R: summary(lm(c(1, 2, 2, 4) ~ c(1, 2, 3, 4)))
  const auto& x = object["coefficients"][1];
  EXPECT_EQ(x["term"], "x");
  EXPECT_NEAR(x["estimate"].get<double>(), 0.9, 1e-8);
  EXPECT_NEAR(x["std_error"].get<double>(), 0.2645751311, 1e-8);
  EXPECT_NEAR(x["t"].get<double>(), 3.4016802571, 1e-8);
  EXPECT_NEAR(x["p"].get<double>(), 0.0766194831, 1e-8);
  EXPECT_NEAR(x["ci_low"].get<double>(), -0.2383749101, 1e-8);
  EXPECT_NEAR(object["r_squared"].get<double>(), 0.8526315789, 1e-8);
  EXPECT_NEAR(object["f"]["value"].get<double>(), 11.5714285714, 1e-7);
  EXPECT_TRUE(object["coefficients"][2]["estimate"].is_null());
}

TEST(ModelAnswer, NoDigitIsShownThatIsNotCertain) {
  LinearFit fit;
  fit.coefficients.push_back({"x", false, Measured{1.23456789e-9, 1e-9}, Measured{0.25, 1e-9}, Measured{4e-9, 4e-9},
                              Measured{1, 0}, Measured{-0.5, 1e-9}, Measured{0.000123456789, 1e-9}});
  const std::string text = model_answer({}, fit).text;
  EXPECT_NE(text.find("x         0        0.25        0         1   -0.5  0.0001235\n"), std::string::npos) << text;
}

TEST(ModelAnswer, TheTableReadsAsRsSummary) {
  EXPECT_EQ(sample_answer().text,
            "linear_regression: y ~ x + z\n"
            "Coefficients: (1 not defined because of singularities)\n"
            "             Estimate  Std. Error  t value  Pr(>|t|)       2.5 %    97.5 %\n"
            "(Intercept)         0   0.7245688        0         1   -3.117568  3.117568\n"
            "x                 0.9   0.2645751    3.402    0.0766  -0.2383749  2.038375\n"
            "z                  NA          NA       NA        NA          NA        NA\n"
            "Residual standard error: 0.591608 on 2 degrees of freedom\n"
            "  (2 observations deleted due to missingness)\n"
            "Multiple R-squared: 0.8526316, Adjusted R-squared: 0.7789474\n"
            "F-statistic: 11.57 on 1 and 2 DF, p-value: 0.0766\n");
}

}  // namespace
}  // namespace mc::query
