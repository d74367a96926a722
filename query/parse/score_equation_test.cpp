// SPDX-License-Identifier: Apache-2.0
#include "query/parse/score_equation.hpp"

#include <gtest/gtest.h>

namespace mc::query {
namespace {

std::string canonical_equation(std::string_view text) {
  const auto equation = parse_equation(text, {3, 9});
  return equation ? equation_text(*equation)
                  : std::string(code_name(equation.error().code)) + " " + equation.error().message;
}

TEST(ScoreEquation, HasOneSpellingThatReadsBackToItself) {
  const std::pair<const char*, const char*> cases[] = {
      {"1.5", "1.5"},
      {" - 3.20+0.0130 * age", "-3.2 + 0.013 * age"},
      {"0.5*sexM - .25 * age:sexM + 2", "2 + 0.5 * sexM - 0.25 * age:sexM"},
      {"+1*I(age^2) - 1e-3*factor(nyha)3", "1 * I(age^2) - 0.001 * factor(nyha)3"},
      {"0 - 2 * \"smokernever again\"", "-2 * \"smokernever again\""},
      {"1 * \"`Blood pressure`:sexM\"", "1 * \"`Blood pressure`:sexM\""},
      {"1 * \"with \"\"quotes\"\"\"", "1 * \"with \"\"quotes\"\"\""},
      {"1 * \"plain\"", "1 * plain"},
      {"2 * größe", "2 * größe"},
      {"-0 + 0 * age", "0 * age"},
      {"0", "0"},
      {"4.0*[$+$*age + $ * \"sexM\"]", "4 * [$ + $ * age + $ * sexM]"},
      {" 0.5 * [ $ + $ * I(age^2) + $ * \"smokernever again\" ] ",
       "0.5 * [$ + $ * I(age^2) + $ * \"smokernever again\"]"},
      {"1 * [$]", "1 * [$]"},
  };
  for (const auto& [text, wanted] : cases) {
    EXPECT_EQ(canonical_equation(text), wanted) << text;
    EXPECT_EQ(canonical_equation(wanted), wanted) << text;
  }
}

TEST(ScoreEquation, WhatIsWrongIsSaidWithItsPlaceInTheQuestion) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "kParse 3:9: a number is expected in the equation, as in 0.013 * age, found the end"},
      {"age", "kParse 3:9: a number is expected in the equation, as in 0.013 * age, found age"},
      {"1 + 2", "kParse 3:9: the equation has a second number without a term"},
      {"1 * age 2 * bmi", "kParse 3:9: + or - is expected between the terms of an equation, found 2 * bmi"},
      {"1 * age + 2 * age", "kParse 3:9: the term age stands twice in the equation"},
      {"1 *", "kParse 3:9: a term is expected after *, found the end"},
      {"1 * \"age", "kParse 3:9: a quoted term of the equation does not end"},
      {"1e10 * age", "kParse 3:9: a coefficient of 1e+10, at most 1e+09 can be meant"},
      {"1e999 * age", "kParse 3:9: a number is expected in the equation, as in 0.013 * age, found 1e999 * age"},
      {"-4 * [$]", "kParse 3:9: the scale of a sealed equation is -4, and has to be above 0"},
      {"4 * [3]", "kParse 3:9: $ is expected after the [ of a sealed equation, found 3]"},
      {"4 * [$ - $ * age]", "kParse 3:9: + $ * and a term, or ], is expected, found - $ * age]"},
      {"4 * [$ + $ age]", "kParse 3:9: * is expected after the $ of a sealed coefficient, found age]"},
      {"4 * [$ + $ * age", "kParse 3:9: + $ * and a term, or ], is expected, found the end"},
      {"4 * [$] + 1", "kParse 3:9: nothing stands behind the ] of a sealed equation, found + 1"},
      {"4 * [$ + $ * age + $ * age]", "kParse 3:9: the term age stands twice in the equation"},
      {"1 + 4 * [$]", "kParse 3:9: a term is expected after *, found [$]"},
      {"1 * age -", "kParse 3:9: a number is expected in the equation, as in 0.013 * age, found the end"},
  };
  for (const auto& [text, wanted] : cases) {
    std::string said = canonical_equation(text);
    EXPECT_EQ(said.substr(said.find(' ')), std::string(wanted).substr(std::string(wanted).find(' '))) << text;
  }
}

TEST(ScoreEquation, SizeIsLimited) {
  EXPECT_FALSE(parse_equation(std::string(kEquationBytesMax + 1, '1'), {}));
  std::string text = "1";
  for (std::size_t i = 0; i < kEquationTermsMax; ++i) text += " + 1 * x" + std::to_string(i);
  EXPECT_TRUE(parse_equation(text, {}));
  const auto more = parse_equation(text + " + 1 * y", {});
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Code::kLimit);
}

TEST(ScoreEquation, AModelsNameIsNoEquation) {
  for (const char* name : {"heart", "QRISK-3", "a", "euroscore_2.1"}) EXPECT_TRUE(is_model_name(name)) << name;
  for (const char* text : {"", "3heart", "1", "heart attack", "heart+1", "größe"}) EXPECT_FALSE(is_model_name(text));
  EXPECT_FALSE(is_model_name(std::string(kModelNameBytesMax + 1, 'a')));
}

}  // namespace
}  // namespace mc::query
