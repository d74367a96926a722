// SPDX-License-Identifier: Apache-2.0
#include "query/parse/formula.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

std::string canonical(std::string_view text) {
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
      {"y ~ a:b + b + a", "y ~ b + a + b:a"},
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
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(canonical(text), expected) << text;
    EXPECT_EQ(canonical(canonical(text)), expected) << text;
  }
}

TEST(Formula, EveryErrorSaysWhereAndWhat) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "parse 1:1: a formula begins with a column, or with Surv(time, event), found the end"},
      {"log(y) ~ x", "parse 1:1: a formula begins with a column, or with Surv(time, event), found l"},
      {"y x", "parse 1:3: ~ is expected after the response, found x"},
      {"y ~", "parse 1:4: a term is expected after ~, or 1 for none, found the end"},
      {"y ~ a +", "parse 1:8: a term is expected after +, found the end"},
      {"y ~ a:", "parse 1:7: a column is expected after :, found the end"},
      {"y ~ a*", "parse 1:7: a column is expected after *, found the end"},
      {"y ~ a b", "parse 1:7: +, :, * or the end of the formula is expected here, found b"},
      {"y ~ factor(", "parse 1:12: a column is expected in the parentheses, found the end"},
      {"y ~ factor(a", "parse 1:13: a closing parenthesis is expected here, found the end"},
      {"y ~ I(a)", "parse 1:8: I() takes a power of a column, as in I(age^2), found )"},
      {"y ~ I(a^9)", "unsupported 1:9: powers from 2 to 4 are offered, not 9"},
      {"y ~ `a", "parse 1:7: this backquoted name does not end, found the end"},
      {"Surv(a) ~ x", "parse 1:7: Surv(time, event) names two columns, found )"},
      {"Surv(a, b, c) ~ x", "unsupported 1:10: not offered: Surv() with a start; it takes (time, event)"},
      {"Surv(a, b = 1) ~ x", "parse 1:12: a column is compared with one of its categories by ==, found 1"},
      {"y == ~ x", "parse 1:6: a category is expected after ==, as a number or in quotes, found ~"},
      {"y == '' ~ x", "parse 1:8: a category is expected after ==, as a number or in quotes, found '"},
      {"y == 'a ~ x", "parse 1:13: this category does not end, found the end"},
      {"y == yes ~ x", "parse 1:6: a category is expected after ==, as a number or in quotes, found y"},
      {"y ~ .", "unsupported 1:5: not offered: . for all other columns; name the ones that are meant"},
      {"y ~ (a + b):c", "unsupported 1:5: not offered: parentheses around terms; write them out"},
      {"y ~ a^2", "unsupported 1:6: not offered: powers of terms; a column's square is I(age^2)"},
      {"y ~ a | b", "unsupported 1:7: not offered: nesting and groups; write interactions as a:b"},
      {"y ~ a*b - a", "unsupported 1:11: not offered: taking terms away, except the intercept by - 1"},
      {"y ~ 2", "parse 1:5: a number is no column; only 1, 0 and - 1 stand in a formula, for the intercept, found 2"},
      {"y ~ log(a)", "unsupported 1:5: not offered: this function; there are factor(), I(x^2) and offset()"},
      {"y ~ 0", "parse 1:1: a formula without intercept needs a term"},
      {"y ~ a:b:c:d:e:f:g:h:i", "limit 1:5: an interaction of 9 variables, 8 are allowed"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(canonical(text), expected) << text;
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
