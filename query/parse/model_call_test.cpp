// SPDX-License-Identifier: Apache-2.0
#include "query/parse/model_call.hpp"

#include <gtest/gtest.h>

#include "query/parse/parser.hpp"

namespace mc::query {
namespace {

std::string canonical_item(const std::string& item) {
  const auto query = parse("SELECT " + item + " FROM t");
  if (!query) return std::string(code_name(query.error().code)) + " " + query.error().message;
  const std::string text = canonical_sql(*query);
  EXPECT_EQ(canonical_sql(parse(text).value_or_stop()), text);
  return text.substr(7, text.size() - 14);
}

TEST(ModelCall, OptionsStandInOneOrderAndOnlyWhereTheyChangeSomething) {
  EXPECT_EQ(canonical_item("linear_regression('y~x*z')"), "linear_regression('y ~ x + z + x:z')");
  EXPECT_EQ(canonical_item("LINEAR_REGRESSION('y ~ x', missing => 'indicator', ridge=>0.10, weights => w) AS m"),
            "linear_regression('y ~ x', weights => w, ridge => 0.1, missing => 'indicator') AS m");
  EXPECT_EQ(canonical_item("logistic_regression('y ~ x', missing => 'indicator', maxit => 12, ridge => 2)"),
            "logistic_regression('y ~ x', ridge => 2, maxit => 12, missing => 'indicator')");
  EXPECT_EQ(canonical_item("logistic_regression('y ~ x', maxit => 8)"), "logistic_regression('y ~ x', maxit => 8)");
  EXPECT_EQ(canonical_item("logistic_regression('y ~ x', ridge => 0, missing => 'complete')"),
            "logistic_regression('y ~ x')");
  EXPECT_EQ(canonical_item("linear_regression('y ~ `it''s`', weights => \"a b\")"),
            "linear_regression('y ~ `it''s`', weights => \"a b\")");
  EXPECT_EQ(canonical_item("kaplan_meier('Surv(t, d) ~ 1'), cox('Surv(t, d) ~ age')"),
            "kaplan_meier('Surv(t, d) ~ 1'), cox('Surv(t, d) ~ age')");
}

TEST(ModelCall, SurvivalOptionsAreThoseOfR) {
  EXPECT_EQ(canonical_item("kaplan_meier('Surv(t, d) ~ g', conf_int => 0.9, conf_type => 'log-log')"),
            "kaplan_meier('Surv(t, d) ~ g', conf_type => 'log-log', conf_int => 0.9)");
  EXPECT_EQ(canonical_item("kaplan_meier('Surv(t, d) ~ g', conf_type => 'log', conf_int => 0.95)"),
            "kaplan_meier('Surv(t, d) ~ g')");
  EXPECT_EQ(canonical_item("cox('Surv(t, d) ~ g', ties => 'breslow')"), "cox('Surv(t, d) ~ g', ties => 'breslow')");
  EXPECT_EQ(canonical_item("cox('Surv(t, d) ~ g', conf_int => 0.9, maxit => 12)"),
            "cox('Surv(t, d) ~ g', maxit => 12, conf_int => 0.9)");
}

TEST(ModelCall, EveryErrorPointsIntoTheQuery) {
  const std::pair<const char*, const char*> cases[] = {
      {"linear_regression()", "parse 1:26: a column name or * is expected in the parentheses, found )"},
      {"linear_regression(y, x)",
       "parse 1:26: linear_regression takes a formula in 'single quotes', as in linear_regression('y ~ x')"},
      {"cox(y)", "parse 1:12: cox takes a formula in 'single quotes', as in cox('Surv(time, event) ~ x')"},
      {"linear_regression('y ~ log(x)')",
       "unsupported 1:31: not offered: this function; there are factor(), relevel(), I(x^2), I(a * b), "
       "poly(x, 2, raw = TRUE) and offset(). Logarithms and roots cannot be computed from sealed values: owners add a "
       "column of them, log_x, say, to their files before they seal, and formulas name it"},
      {"linear_regression('y ~ x', 3)", "parse 1:35: what follows the formula has a name, as in ridge => 0.1"},
      {"linear_regression('y ~ x', rigde => 3)",
       "parse 1:35: linear_regression has no option rigde (did you mean ridge?); its options are weights, ridge, "
       "missing"},
      {"linear_regression('y ~ x', ridge => -1)", "parse 1:44: ridge takes a number from 0 to 1e+12"},
      {"linear_regression('y ~ x', ridge => 'a')", "parse 1:44: ridge takes a number from 0 to 1e+12"},
      {"linear_regression('y ~ x', weights => 2)", "parse 1:46: weights takes the name of a column"},
      {"linear_regression('y ~ x', missing => 'drop')", "parse 1:46: missing takes 'complete' or 'indicator'"},
      {"logistic_regression('y ~ x', maxit => 1)", "parse 1:46: maxit takes a whole number from 2 to 25"},
      {"logistic_regression('y ~ x', maxit => 26)", "parse 1:46: maxit takes a whole number from 2 to 25"},
      {"logistic_regression('y ~ x', maxit => 8.5)", "parse 1:46: maxit takes a whole number from 2 to 25"},
      {"linear_regression('y ~ x', maxit => 9)",
       "parse 1:35: linear_regression has no option maxit; its options are weights, ridge, missing"},
      {"linear_regression('y ~ x', ridge => 1, ridge => 1)", "parse 1:47: ridge stands twice"},
      {"linear_regression('y ~ x', ridge => )",
       "parse 1:44: a number, a 'text' or a column name is expected after =>, found )"},
      {"cox('Surv(t, d) ~ x', ridge => 1)",
       "parse 1:30: cox has no option ridge; its options are maxit, conf_int, ties"},
      {"cox('Surv(t, d) ~ x', ties => 'exact')", "parse 1:38: ties takes 'efron' or 'breslow'"},
      {"kaplan_meier('Surv(t, d) ~ x', conf_type => 'logit')",
       "parse 1:52: conf_type takes 'log', 'plain' or 'log-log'"},
      {"kaplan_meier('Surv(t, d) ~ x', conf_int => 95)", "parse 1:51: conf_int takes a number between 0 and 1"},
      {"cox('y ~ x')", "parse 1:13: cox takes Surv(time, event) on the left of ~"},
      {"linear_regression('Surv(t, d) ~ x')",
       "parse 1:27: linear_regression takes a column on the left of ~, not Surv(time, event)"},
      {"avg(x, ridge => 1)", "parse 1:15: avg takes no option by name"},
      {"lm('y ~ x')", "parse 1:8: unknown aggregate lm; write linear_regression"},
  };
  for (const auto& [item, expected] : cases) EXPECT_EQ(canonical_item(item), expected) << item;
}

}  // namespace
}  // namespace mc::query
