// SPDX-License-Identifier: Apache-2.0
// Histories stand wherever a column does, in queries and in formulas.
#include <gtest/gtest.h>

#include "query/parse/formula.hpp"
#include "query/parse/parser.hpp"
#include "query/testing/parsed.hpp"

namespace mc::query {
namespace {

using testing::canonical_or_refusal;

std::string formula(std::string_view text) {
  const auto parsed = parse_formula(text, {1, 1});
  return parsed ? formula_text(*parsed) : std::string(code_name(parsed.error().code)) + " " + parsed.error().message;
}

TEST(HistoryInQuery, StandsWhereverAColumnDoesAndHasOneSpelling) {
  const std::pair<const char*, const char*> cases[] = {
      {"select avg(LATEST( hba1c ,365)) from t", "SELECT avg(latest(hba1c, 365)) FROM t"},
      {"SELECT corr(first(hba1c), n_events(stay, 0, 365)) FROM t",
       "SELECT corr(first(hba1c), n_events(stay, 0, 365)) FROM t"},
      {"SELECT had(mi), count(*) FROM t GROUP BY had(mi)", "SELECT had(mi), count(*) FROM t GROUP BY had(mi)"},
      {"SELECT count(*) FROM t WHERE had(mi, -365, 0) AND NOT had(stroke)",
       "SELECT count(*) FROM t WHERE had(mi, -365, 0) AND NOT had(stroke)"},
      {"SELECT count(*) FROM t WHERE 7.5<latest(hba1c)", "SELECT count(*) FROM t WHERE latest(hba1c) > 7.5"},
      {"SELECT count(*) FROM t WHERE n_events(stay) IN (1, 2) OR first_time(mi) BETWEEN 1 AND 9",
       "SELECT count(*) FROM t WHERE n_events(stay) IN (1, 2) OR first_time(mi) BETWEEN 1 AND 9"},
      {"SELECT count(*) FROM t WHERE highest(crp) IS NOT NULL",
       "SELECT count(*) FROM t WHERE highest(crp) IS NOT NULL"},
      {"SELECT histogram(lowest(crp), 1, 2) FROM t", "SELECT histogram(lowest(crp), 1, 2) FROM t"},
      {"SELECT count(DISTINCT n_events(a)) FROM t", "SELECT count(DISTINCT n_events(a)) FROM t"},
      {"SELECT linear_regression('latest(bmi) ~ age', weights => latest(w)) FROM t",
       "SELECT linear_regression('latest(bmi) ~ age', weights => latest(w)) FROM t"},
      {"SELECT avg(\"latest(hba1c, 365)\") FROM t", "SELECT avg(latest(hba1c, 365)) FROM t"},
      {"SELECT avg(latest(x)) AS \"latest(x)\" FROM t", "SELECT avg(latest(x)) AS \"latest(x)\" FROM t"},
      // the words by themselves are names like any other
      {"SELECT avg(latest), had FROM first WHERE had GROUP BY had",
       "SELECT avg(latest), had FROM first WHERE had GROUP BY had"},
      {"SELECT avg(latest(x, 1000000000000000000000000)) FROM t", "SELECT avg(latest(x, 1e+24)) FROM t"},
      {"SELECT avg(latest(x, -2.5E1)) FROM t", "SELECT avg(latest(x, -25)) FROM t"},
      {"SELECT avg(latest_x) FROM t", "SELECT avg(latest_x) FROM t"},
  };
  for (const auto& [sql, expected] : cases) {
    EXPECT_EQ(canonical_or_refusal(sql), expected) << sql;
    EXPECT_EQ(canonical_or_refusal(canonical_or_refusal(sql)), expected) << sql;
  }
}

TEST(HistoryInQuery, WhatIsWrittenWronglyIsSaidWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT avg(latest()) FROM t",
       "parse 1:19: a series of events is expected in the parentheses, as in latest(hba1c) or had(mi, 0, 365), found "
       ")"},
      {"SELECT avg(latest(a, b)) FROM t",
       "parse 1:20: a history takes a series and at most two times, as in latest(hba1c, 365) or had(mi, 0, 365), found "
       ", b))"},
      {"SELECT count(*) FROM t WHERE had(mi, 1, 2, 3)",
       "parse 1:42: a history takes a series and at most two times, as in latest(hba1c, 365) or had(mi, 0, 365), found "
       ", 3)"},
      {"SELECT count(*) FROM t WHERE had(mi, 9, 2)",
       "invalid_argument 1:30: the window of had(mi, 9, 2) ends at 2, not after 9, where it begins"},
      {"SELECT count(*) FROM t WHERE had(avg(x))",
       "parse 1:37: a history takes a series and at most two times, as in latest(hba1c, 365) or had(mi, 0, 365), found "
       "(x))"},
      {"SELECT avg(last(x)) FROM t", "parse 1:12: an aggregate cannot stand inside an aggregate, found last"},
  };
  for (const auto& [sql, expected] : cases) {
    const std::string said = canonical_or_refusal(sql);
    EXPECT_EQ(said.substr(0, said.find(", found")),
              std::string(expected).substr(0, std::string(expected).find(", found")))
        << sql;
  }
}

TEST(HistoryInFormula, StandsWhereverAVariableDoes) {
  const std::pair<const char*, const char*> cases[] = {
      {"latest(bmi)~age*first(bmi,0)", "latest(bmi) ~ age + first(bmi, 0) + age:first(bmi, 0)"},
      {"Surv(time_to(mi),had(mi)) ~ had(diabetes, 0)", "Surv(time_to(mi), had(mi)) ~ had(diabetes, 0)"},
      {"y ~ factor(n_events(stay)) + I(latest(x) ^ 2) + offset(first(x))",
       "y ~ factor(n_events(stay)) + I(latest(x)^2) + offset(first(x))"},
      {"y ~ `latest(x, 5)`", "y ~ latest(x, 5)"},
      {"y ~ latest + had", "y ~ latest + had"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(formula(text), expected) << text;
    EXPECT_EQ(formula(formula(text)), expected) << text;
  }
  EXPECT_EQ(formula("y ~ had(mi, 9, 2)").substr(0, 24), "invalid_argument 1:5: th");
  EXPECT_EQ(
      formula("y ~ log(x)"),
      "unsupported 1:5: not offered: this function; there are factor(), relevel(), I(x^2), I(a * b), "
      "poly(x, 2, raw = TRUE) and offset(). Logarithms and roots cannot be computed from sealed values: owners add "
      "a column of them, log_x, say, to their files before they seal, and formulas name it");
  EXPECT_EQ(formula("latest() ~ x").substr(0, 44), "parse 1:8: a series of events is expected in");
}

}  // namespace
}  // namespace mc::query
