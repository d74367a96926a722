// SPDX-License-Identifier: Apache-2.0
#include "query/parse/formula.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

std::string canonical_formula(std::string_view text) {
  const auto formula = parse_formula(text, {1, 1});
  return formula ? formula_text(*formula)
                 : std::string(code_name(formula.error().code)) + " " + formula.error().message;
}

TEST(Formula, HasOneSpellingThatReadsBackToItself) {
  const std::pair<const char*, const char*> cases[] = {
      {"y~x", "y ~ x"},
      {" y ~ a+b ", "y ~ a + b"},
      {"y ~ 1", "y ~ 1"},
      {"y ~ a + 1", "y ~ a"},
      {"y ~ a - 1", "y ~ a - 1"},
      {"y ~ 0 + a", "y ~ a - 1"},
      {"y ~ -1 + a", "y ~ a - 1"},
      {"y ~ a - 0", "y ~ a"},
      {"y ~ a*b", "y ~ a + b + a:b"},
      {"y ~ a*b*c", "y ~ a + b + c + a:b + a:c + b:c + a:b:c"},
      {"y ~ a*b:c", "y ~ a + b:c + a:b:c"},
      {"y ~ a:b + b + a", "y ~ a:b + b + a"},  // R calls it a:b, for a stands before b in the text
      {"y ~ a + a + b:a + a:b", "y ~ a + a:b"},
      {"y ~ a:a", "y ~ a"},
      {"y ~ a:factor(a)", "y ~ a:factor(a)"},
      {"y ~ factor( sex ) + I(age ^ 2) + age", "y ~ factor(sex) + I(age^2) + age"},
      {"y ~ a + offset(o) + b + offset(p)", "y ~ a + b + offset(o) + offset(p)"},
      {"y ~ offset(o)", "y ~ offset(o)"},
      {"Surv(time,death)~arm", "Surv(time, death) ~ arm"},
      {"Surv(time, status==2)~arm", "Surv(time, status == 2) ~ arm"},
      {"Surv( time , status == 'died' ) ~ 1", "Surv(time, status == \"died\") ~ 1"},
      {"type == \"Yes\" ~ a", "type == \"Yes\" ~ a"},
      {"type == '-2.50' ~ a", "type == \"-2.50\" ~ a"},
      {"type == '2' ~ a", "type == 2 ~ a"},
      {"type == -2.50 ~ a", "type == -2.5 ~ a"},
      {"`Blood pressure` ~ `a b`:c.d", "`Blood pressure` ~ `a b`:c.d"},
      {"y ~ `.`:`..`", "y ~ `.`:.."},
      {"y ~ I + factor + offset + Surv", "y ~ I + factor + offset + Surv"},
      {"y\n~\n\ta", "y ~ a"},
      // attr(terms(formula), "term.labels") of R 4.2
      {"y ~ (a + b + c)^2", "y ~ a + b + c + a:b + a:c + b:c"},
      {"y ~ (a + b + c)^3", "y ~ a + b + c + a:b + a:c + b:c + a:b:c"},
      {"y ~ (a + b)^1 + c", "y ~ a + b + c"},
      {"y ~ (a + b):c", "y ~ a:b:c + a:c + b:c - a:b:c"},  // R calls it b:c, and c:b when it reads y ~ a:c + b:c
      {"y ~ (a + b)*(c + d)", "y ~ a + b + c + d + a:c + a:d + b:c + b:d"},
      {"y ~ a*b - a", "y ~ a:b + b"},  // R calls it a:b, and b:a when it reads y ~ b + a:b
      {"y ~ (a + b + c)^2 - a:b - 1", "y ~ a + b + c + a:c + b:c - 1"},
      {"y ~ (a + b + c - b)^2", "y ~ a + c + a:c"},
      {"y ~ a/b", "y ~ a + a:b"},
      {"y ~ (a + b)/c", "y ~ a + b + a:b:c"},
      {"y ~ a/b/c", "y ~ a + a:b + a:b:c"},
      {"y ~ a/(b + c)", "y ~ a + a:b + a:c"},
      {"y ~ a %in% b", "y ~ a:b"},
      {"y ~ b + a %in% b", "y ~ b + b:a"},
      {"y ~ I(age*bmi) + I( age^2 *bmi ) + I(a*b*a)", "y ~ I(age * bmi) + I(age^2 * bmi) + I(a^2 * b)"},
      {"y ~ I(age>50)+I( age >= 50 )+I(age<7e1)", "y ~ I(age > 50) + I(age >= 50) + I(age < 70)"},
      {"y ~ I(age>50 & age<=70.50)*sex", "y ~ I(age > 50 & age <= 70.5) + sex + I(age > 50 & age <= 70.5):sex"},
      {"y ~ I(sex=='F') + I(sex != \"F\")", "y ~ I(sex == \"F\") + I(sex != \"F\")"},
      {"y ~ I(`Blood pressure`>-1.5) + I(x > 100000)", "y ~ I(`Blood pressure` > -1.5) + I(x > 1e+05)"},
      {"y ~ . + I(age > 50)", "y ~ . + I(age > 50)"},
      {"y ~ I(a > 50) + I(a>5e1) + I(a >= 50) - I(a >= 50)", "y ~ I(a > 50)"},
      {"y ~ poly(age,2,raw=T)*sex", "y ~ poly(age, 2, raw = TRUE) + sex + poly(age, 2, raw = TRUE):sex"},
      {"y ~ poly(age, degree = 3, raw = TRUE)", "y ~ poly(age, 3, raw = TRUE)"},
      {"y ~ . - age", "y ~ . - age"},
      {"y ~ (.)^2 - 1", "y ~ (.)^2 - 1"},
      {"y ~ ((a))", "y ~ a"},
      {"y ~ a - a", "y ~ 1"},
      {"y ~ as.factor(nyha)", "y ~ factor(nyha)"},
      {"y ~ relevel( arm,ref='B' )*age", "y ~ relevel(arm, ref = \"B\") + age + relevel(arm, ref = \"B\"):age"},
      {"y ~ relevel(factor(nyha), ref = \"2\")", "y ~ relevel(factor(nyha), ref = \"2\")"},
      {"größe ~ Ärztin + `вес кг`", "größe ~ Ärztin + `вес кг`"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(canonical_formula(text), expected) << text;
    EXPECT_EQ(canonical_formula(canonical_formula(text)), expected) << text;
  }
}

TEST(Formula, EveryErrorSaysWhereAndWhat) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "parse 1:1: a formula begins with a column, or with Surv(time, event), found the end"},
      {"log(y) ~ x",
       "unsupported 1:1: not offered: functions of the response, which cannot be computed from sealed values; owners "
       "add a column, log_y, say, to their files before they seal, and formulas name it"},
      {"y x", "parse 1:3: ~ is expected after the response, which is a column or column == category, found x"},
      {"y ~", "parse 1:4: a term is expected after ~, or 1 for none, found the end"},
      {"y ~ a +", "parse 1:8: a term is expected after +, found the end"},
      {"y ~ a:", "parse 1:7: a column is expected after :, found the end"},
      {"y ~ a*", "parse 1:7: a column is expected after * and /, found the end"},
      {"y ~ a b", "parse 1:7: +, :, * or the end of the formula is expected here, found b"},
      {"y ~ factor(", "parse 1:12: a column is expected in the parentheses, found the end"},
      {"y ~ factor(a", "parse 1:13: a closing parenthesis is expected here, found the end"},
      {"y ~ I(a)",
       "unsupported 1:5: I() takes powers and products of columns, as in I(age^2) and I(age * bmi), and comparisons of "
       "a column, as in I(age > 50)"},
      {"y ~ I(a^9)", "unsupported 1:9: powers from 2 to 4 are offered, not 9"},
      {"y ~ `a", "parse 1:7: this backquoted name does not end, found the end"},
      {"Surv(a) ~ x", "parse 1:7: Surv(time, event) names two columns, found )"},
      {"Surv(a, b, c) ~ x", "unsupported 1:10: not offered: Surv() with a start; it takes (time, event)"},
      {"Surv(a, b = 1) ~ x", "parse 1:12: a column is compared with one of its categories by ==, found 1"},
      {"y == ~ x", "parse 1:6: a category is expected after ==, as a number or in quotes, found ~"},
      {"y == '' ~ x", "parse 1:8: a category is expected after ==, as a number or in quotes, found '"},
      {"y == 'a ~ x", "parse 1:13: this category does not end, found the end"},
      {"y == yes ~ x", "parse 1:6: a category is expected after ==, as a number or in quotes, found y"},
      {"y ~ (a + b", "parse 1:11: +, :, * or a closing parenthesis is expected here, found the end"},
      {"y ~ ()", "parse 1:6: a term is expected in the parentheses, found )"},
      {"y ~ (a + 1)^2",
       "parse 1:10: a number is no column; only 1, 0 and - 1 stand in a formula, for the intercept, found 1"},
      {"y ~ (a + b)^", "parse 1:13: a whole number is expected after ^, as in (a + b)^2, found the end"},
      {"y ~ (a + b)^9", "unsupported 1:13: powers of terms from 1 to 8 are offered, not 9"},
      {"y ~ (a + b)^0", "unsupported 1:13: powers of terms from 1 to 8 are offered, not 0"},
      {"y ~ a - ", "parse 1:9: a term is expected after -, found the end"},
      {"y ~ \"a b\"", "parse 1:5: names stand in formulas as they are, with dots too, or in `backquotes`, found \""},
      {"y ~ relevel(a)",
       "parse 1:14: relevel() takes a column and its reference, as in relevel(arm, ref = \"B\"), found )"},
      {"y ~ relevel(a, \"b\")",
       "parse 1:16: relevel() takes a column and its reference, as in relevel(arm, ref = \"B\"), found \""},
      {"y ~ relevel(a, ref = 2)",
       "parse 1:22: relevel() takes its reference in quotes, as in relevel(arm, ref = \"B\"), found 2"},
      {"y ~ I(a + b)",
       "parse 1:9: I() takes powers and products of columns, as in I(age^2) and I(age * bmi), and comparisons of a "
       "column, as in I(age > 50), found +"},
      {"y ~ I(2 * a)",
       "parse 1:7: I() takes powers and products of columns, as in I(age^2) and I(age * bmi), and comparisons of a "
       "column, as in I(age > 50), found 2"},
      {"y ~ I(a^3 * a^2)", "unsupported 1:5: powers from 2 to 4 are offered, not 5"},
      {"y ~ poly(a, 2)",
       "parse 1:14: poly() takes a column, its highest power and raw = TRUE, as in poly(age, 2, raw = TRUE); "
       "orthogonal "
       "polynomials fit the same model in other terms, and are not offered, found )"},
      {"y ~ poly(a, 9, raw = TRUE)", "unsupported 1:13: powers from 1 to 4 are offered, not 9"},
      {"y ~ a^2", "unsupported 1:6: not offered: powers of terms; a column's square is I(age^2)"},
      {"y ~ a | b", "unsupported 1:7: not offered: groups with effects of their own, |"},
      {"y ~ a > 50 + b",
       "unsupported 1:7: not offered: comparisons among the terms but within I(), as in I(age > 50), or I(sex == "
       "\"F\")"},
      {"y ~ (a == 2) * b",
       "unsupported 1:8: not offered: comparisons among the terms but within I(), as in I(age > 50), or I(sex == "
       "\"F\")"},
      {"y ~ I(a^2 > 50)",
       "unsupported 1:11: not offered: comparisons of powers and products; a column is compared as it is, as in "
       "I(age > 50)"},
      {"y ~ I(a * b >= 50)",
       "unsupported 1:13: not offered: comparisons of powers and products; a column is compared as it is, as in "
       "I(age > 50)"},
      {"y ~ I(a > b)", "parse 1:11: a column is compared with a number, or with a category in quotes, found b"},
      {"y ~ I(a > )", "parse 1:11: a column is compared with a number, or with a category in quotes, found )"},
      {"y ~ I(a > 1e999)", "parse 1:11: the number 1e999 cannot be read"},
      {"y ~ I(a > 50 & )", "parse 1:16: a comparison is expected after &, as in I(age > 50 & age <= 70), found )"},
      {"y ~ I(a > 50 & b < 7)",
       "unsupported 1:16: I() compares one column, here a; of two there is the product, as in "
       "I(age > 50):I(bmi > 30)"},
      {"y ~ I(a < 50 | a > 70)",
       "unsupported 1:14: not offered: | in I(); the opposite of I(age < 50 | age > 70) is I(age >= 50 & age <= 70)"},
      {"y ~ I(a > 1 & a > 2 & a > 3 & a > 4 & a > 5 & a > 6 & a > 7 & a > 8 & a > 9)",
       "limit 1:5: 9 comparisons in one I(), 8 are allowed"},
      {"y ~ 2", "parse 1:5: a number is no column; only 1, 0 and - 1 stand in a formula, for the intercept, found 2"},
      {"y ~ log(a)",
       "unsupported 1:5: not offered: this function; there are factor(), relevel(), I(x^2), I(a * b), "
       "poly(x, 2, raw = TRUE) and offset(). Logarithms and roots cannot be computed from sealed values: owners add a "
       "column of them, log_x, say, to their files before they seal, and formulas name it"},
      {"y ~ 0", "parse 1:1: a formula without intercept needs a term"},
      {"y ~ a:b:c:d:e:f:g:h:i", "limit 1:5: an interaction of 9 variables, 8 are allowed"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(canonical_formula(text), expected) << text;
  const auto nested = [](std::size_t depth) {
    return "y ~ " + std::string(depth, '(') + "a" + std::string(depth, ')');
  };
  EXPECT_EQ(canonical_formula(nested(kFormulaNestingMax)), "y ~ a");
  EXPECT_EQ(canonical_formula(nested(10000)), "limit 1:37: more than 32 parentheses within each other");
  std::string opening = "y ~ (`a(0`";  // names with parentheses of their own, repeated in every interaction
  for (int i = 1; i < 8; ++i) opening += " + `a(" + std::to_string(i) + "`";
  EXPECT_EQ(canonical_formula(canonical_formula(opening + ")^3")), canonical_formula(opening + ")^3"));
  std::string wide = "y ~ (a";
  for (int i = 0; i < 30; ++i) wide += " + a" + std::to_string(i);
  EXPECT_EQ(canonical_formula(wide + ")^8"), "limit 1:5: the formula has more than 256 terms");
}

TEST(Formula, PositionsAreThoseOfTheQuery) {
  const auto formula = parse_formula("y ~ a +\n  b", {3, 20}).value_or_stop();
  EXPECT_EQ(formula.response.at.text(), "3:20");
  EXPECT_EQ(formula.terms[0].variables[0].column.at.text(), "3:24");
  EXPECT_EQ(formula.terms[1].variables[0].column.at.text(), "4:3");
  // SQL writes the quote twice.
  EXPECT_EQ(parse_formula("`o'b` ~ a", {1, 1}).value_or_stop().terms[0].variables[0].column.at.text(), "1:10");
}

}  // namespace
}  // namespace mc::query
