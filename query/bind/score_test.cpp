// SPDX-License-Identifier: Apache-2.0
#include "query/bind/score.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/schema/step.hpp"
#include "query/testing/scores_in_the_clear.hpp"

namespace mc::query {
namespace {

using ::testing::HasSubstr;
using testing::Patient;

Result<BoundScore> bound_equation(std::string_view equation,
                                  const data::Schema& schema = testing::clinic_with_steps()) {
  MC_TRY(const ScoreEquation parsed, parse_equation(equation, {1, 7}));
  return bind_score(parsed, "risk_score('m')", {1, 7}, schema, domains_of(schema));
}

/// Which cell of a column a patient's value lies in, the last one where it is missing.
bool is_in_cells(const data::Schema& schema, const Domain& domain, const CellSet& cells, const Patient& patient) {
  const auto& cell = patient[domain.column];
  if (std::holds_alternative<std::monostate>(cell)) return cells.has_null();
  if (const auto* text = std::get_if<std::string>(&cell)) {
    const auto& categories = schema.columns[domain.column].categories;
    return cells.has(
        static_cast<std::size_t>(std::find(categories.begin(), categories.end(), *text) - categories.begin()));
  }
  const double number = std::get<double>(cell);
  for (std::size_t i = 0; i < domain.numbers.size(); ++i) {
    if (domain.numbers[i] == number) return cells.has(i);
  }
  return false;
}

/// The score on its grid, from its terms.
double equation_on_grid(const BoundScore& score, const data::Schema& schema, const Patient& patient) {
  const std::vector<Domain> domains = domains_of(schema);
  double sum = 0;
  for (const ScoreTerm& term : score.terms) {
    double product = term.coefficient;
    for (const auto& [column, power] : term.monomial.powers) {
      const auto* number = std::get_if<double>(&patient[column]);
      const double u = number == nullptr ? 0 : *number - score_origin(schema.columns[column]).middle;
      for (std::uint32_t i = 0; i < power; ++i) product *= u;
    }
    for (const auto& [column, cells] : term.monomial.cells) {
      if (!is_in_cells(schema, domains[column], cells, patient)) product = 0;
    }
    sum += product;
  }
  return sum;
}

TEST(Score, IsWhatTheEquationSaysToWithinItsRoundingAndAMultipleOfItsStepForEverybody) {
  const data::Schema schema = testing::clinic_with_steps();
  std::mt19937_64 random(5);
  for (const testing::KnownScore& known : testing::known_scores()) {
    const BoundScore score = bound_equation(known.equation).value_or_stop();
    EXPECT_LE(score.rounding, kScoreRoundingMax) << known.equation;
    std::size_t scored = 0;
    for (int i = 0; i < 400; ++i) {
      const Patient patient = testing::random_patient(schema, random, 0.1);
      const double grid = equation_on_grid(score, schema, patient);
      // Whoever lacks a value is on the grid, too.
      EXPECT_NEAR(grid / score.step, std::nearbyint(grid / score.step), 1e-5) << known.equation;
      EXPECT_LE(std::fabs(grid), score.reach * (1 + 1e-12)) << known.equation;
      const bool complete = std::ranges::all_of(
          score.complete, [&](std::uint32_t c) { return !std::holds_alternative<std::monostate>(patient[c]); });
      const std::optional<double> truth = known.of(patient);
      EXPECT_EQ(truth.has_value(), complete) << known.equation;
      if (!truth) continue;
      ++scored;
      EXPECT_NEAR(score.constant + grid, *truth, score.rounding + 1e-9) << known.equation;
    }
    EXPECT_GT(scored, 100u) << known.equation;
  }
}

TEST(Score, FewDecimalsAreKeptAsTheyAre) {
  const BoundScore score = bound_equation("-4 + 0.05 * age + 0.6 * sexM").value_or_stop();
  EXPECT_EQ(score.rounding, 0);
  EXPECT_EQ(score.step, 0.05);
  const BoundScore points = bound_equation("3 * sexM + 1 * age").value_or_stop();
  EXPECT_EQ(points.step, 1);
  EXPECT_EQ(points.rounding, 0);
  // bmi comes in eighths: 0.08 * 0.125 = 0.01.
  EXPECT_EQ(bound_equation("0.08 * bmi").value_or_stop().step, 0.01);
}

TEST(Score, TheRoundingThatIsToldIsReached) {
  const data::Schema schema = testing::clinic_with_steps();
  const BoundScore score = bound_equation("0.0123456 * age").value_or_stop();
  EXPECT_GT(score.rounding, 0);
  double worst = 0;
  for (int age = 0; age <= 120; ++age) {
    Patient patient(schema.columns.size());
    patient[testing::kAge] = static_cast<double>(age);
    worst = std::max(worst, std::fabs(score.constant + equation_on_grid(score, schema, patient) - 0.0123456 * age));
  }
  EXPECT_LE(worst, score.rounding);
  EXPECT_GT(worst, score.rounding / 2);
}

TEST(Score, LevelsOfOneColumnReachNoFurtherThanTheFarthestOfThem) {
  EXPECT_EQ(bound_equation("1 * smokerformer + 2 * smokercurrent").value_or_stop().reach, 2);
  EXPECT_EQ(bound_equation("1 * smokerformer + 2 * sexM").value_or_stop().reach, 3);
}

TEST(Score, ItsColumnIsAMeasurementInSteps) {
  const data::Column column = score_column(bound_equation("-4 + 0.05 * age").value_or_stop());
  EXPECT_EQ(column.name, "risk_score('m')");
  EXPECT_TRUE(column.required);
  EXPECT_EQ(column.minimum, -4);
  EXPECT_EQ(column.maximum, 2);
  EXPECT_EQ(column.resolution(), 0.05);
  EXPECT_EQ(data::complaint_about_step(column.step, column.minimum, column.maximum), "");
  EXPECT_FALSE(score_column(bound_equation("0.1 * bmi").value_or_stop()).required);
}

TEST(Score, WhatTheDictionaryDoesNotKnowIsRefused) {
  data::Schema without_step = testing::clinic_schema();
  const auto message = [](const Result<BoundScore>& score) { return score ? "" : score.error().message; };
  EXPECT_THAT(message(bound_equation("1 * agee")),
              HasSubstr("1:7: unknown term agee in the equation (did you mean age?)"));
  EXPECT_THAT(message(bound_equation("1 * sexX")), HasSubstr("unknown term sexX"));
  EXPECT_THAT(message(bound_equation("1 * sex")), HasSubstr("unknown term sex in the equation"));
  EXPECT_THAT(message(bound_equation("1 * age:sexX")), HasSubstr("unknown term age:sexX"));
  EXPECT_THAT(message(bound_equation("1 * missing(age)")), HasSubstr("unknown term missing(age)"));
  EXPECT_THAT(message(bound_equation("1 * note")), HasSubstr("unknown term note"));
  EXPECT_THAT(message(bound_equation("1 * factor(age)40")), HasSubstr("unknown term"));
  EXPECT_THAT(message(bound_equation("1 * bmi", without_step)), HasSubstr("the dictionary declares no step for bmi"));
  EXPECT_THAT(message(bound_equation("3")), HasSubstr("the same score"));
  EXPECT_THAT(message(bound_equation("0 * age")), HasSubstr("the same score"));
  EXPECT_THAT(message(bound_equation("123456.7891 * I(bmi^4):age")), HasSubstr("too small for the range"));
  EXPECT_THAT(message(bound_equation("1e8 * age + 0.1 * diabetes")), HasSubstr("too many to be told apart"));
}

TEST(Score, ATermThatCanBeReadInTwoWaysIsRefused) {
  data::Schema schema = testing::clinic_with_steps();
  schema.columns.push_back(testing::text("se", true, {"xM", "xF"}));
  const auto score = bound_equation("1 * sexM", schema);
  ASSERT_FALSE(score);
  EXPECT_THAT(score.error().message, HasSubstr("1:7: the term sexM can be read in more than one way"));
}

// As a model with another reference is kept: what it is compared with is in the other coefficients.
TEST(Score, TermsWithAnotherReferenceAreTheLevelThatTheyName) {
  const BoundScore plain = bound_equation("1 * sexM + 2 * factor(nyha)3").value_or_stop();
  const auto releveled =
      bound_equation("1 * \"relevel(sex, ref = \"\"F\"\")M\" + 2 * \"relevel(factor(nyha), ref = \"\"2\"\")3\"");
  ASSERT_TRUE(releveled) << releveled.error().message;
  ASSERT_EQ(releveled->terms.size(), plain.terms.size());
  for (std::size_t i = 0; i < plain.terms.size(); ++i) {
    EXPECT_EQ(releveled->terms[i].monomial, plain.terms[i].monomial);
    EXPECT_EQ(releveled->terms[i].coefficient, plain.terms[i].coefficient);
  }
  EXPECT_FALSE(bound_equation("1 * \"relevel(sex, ref = \"\"X\"\")M\""));
}

TEST(Score, LevelsMayHoldAnyCharacters) {
  data::Schema schema = testing::clinic_with_steps();
  schema.columns.push_back(testing::text("diet", true, {"none", "a:b + c", "veg, no eggs"}));
  EXPECT_TRUE(bound_equation("1 * \"dieta:b + c\" - 2 * \"dietveg, no eggs:age\"", schema));
}

}  // namespace
}  // namespace mc::query
