// SPDX-License-Identifier: Apache-2.0
#include "query/bind/sealed_score.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "query/bind/parameters.hpp"
#include "query/plan/compile.hpp"
#include "query/plan/limb_budget.hpp"
#include "query/testing/clinic_in_the_clear.hpp"
#include "query/testing/scores_in_the_clear.hpp"

namespace mc::query {
namespace {

using ::testing::HasSubstr;
using testing::Patient;

struct Sealed {
  std::string shape;
  std::vector<double> weights;  // not rounded
  SealedScore score;
};
Result<Sealed> sealed(std::string_view equation, const data::Schema& schema) {
  MC_TRY(const ScoreEquation parsed, parse_equation(equation, {}));
  MC_TRY(const ScoreEquation shape, shape_of(parsed, schema));
  MC_TRY(SealedScore score, bind_sealed_score(shape, "m", {1, 7}, schema, domains_of(schema)));
  MC_TRY(std::vector<double> weights, sealed_weights(score, parsed, schema));
  return Sealed{equation_text(shape), std::move(weights), std::move(score)};
}

Result<Plan> plan_of_risk_score(const std::string& shape, const data::Schema& schema) {
  std::string quoted;
  for (const char c : shape) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return compile("SELECT avg(risk_score('m', '" + quoted + "')) FROM clinic", schema, "clinic",
                 limb_budget("standard").value_or_stop());
}

TEST(SealedScore, IsWhatTheEquationSaysForEverybodyWhoHasOne) {
  // No column needs a step: nothing is compared.
  const data::Schema schema = testing::clinic_schema();
  std::mt19937_64 random(7);
  std::size_t planned = 0;
  for (const testing::KnownScore& known : testing::known_scores()) {
    const Sealed one = sealed(known.equation, schema).value_or_stop();
    for (const double weight : one.weights) EXPECT_LE(std::fabs(weight), 1) << known.equation;
    const auto plan = plan_of_risk_score(one.shape, schema);
    if (!plan) {  // five columns that may be missing, and a product of four factors beside their presence
      EXPECT_THAT(plan.error().message, HasSubstr("products in sequence"));
      continue;
    }
    ++planned;
    std::vector<double> rounded;
    for (const double weight : one.weights) rounded.push_back(std::nearbyint(std::ldexp(weight, 14)) / 0x1p14);
    for (int i = 0; i < 200; ++i) {
      const Patient patient = testing::random_patient(schema, random, 0.2);
      const std::optional<double> truth = known.of(patient);
      const auto exact = testing::run_in_the_clear(*plan, schema, {patient}, one.weights).rows[0][0];
      const auto near = testing::run_in_the_clear(*plan, schema, {patient}, rounded).rows[0][0];
      ASSERT_EQ(std::holds_alternative<double>(exact), truth.has_value()) << known.equation;
      if (!truth) continue;
      EXPECT_NEAR(std::get<double>(exact), *truth, 1e-9) << known.equation;
      EXPECT_NEAR(std::get<double>(near), *truth, one.score.rounding) << known.equation;
    }
  }
  EXPECT_EQ(planned, 6U);
}

TEST(SealedScore, TheShapeSaysTermsAndScaleAndNoCoefficient) {
  const data::Schema schema = testing::clinic_schema();
  const Sealed one = sealed("-6.5 + 0.0613 * age + 0.4 * sexM - 0.0127 * age:sexM", schema).value_or_stop();
  EXPECT_EQ(one.shape, "4 * [$ + $ * age + $ * sexM + $ * age:sexM]");
  // 1, age', sexM, age':sexM: 60 * 0.0613 is 3.678, and what the middle of the range adds is within 4 as well.
  ASSERT_EQ(one.weights.size(), 4U);
  EXPECT_NEAR(one.weights[0] * 4, -6.5 + 60 * 0.0613, 1e-12);
  EXPECT_NEAR(one.weights[1] * 4, 60 * 0.0613, 1e-12);
  EXPECT_NEAR(one.weights[2] * 4, 0.4 - 60 * 0.0127, 1e-12);
  EXPECT_NEAR(one.weights[3] * 4, -60 * 0.0127, 1e-12);
  EXPECT_EQ(one.score.rounding, 4 * 4 * 0x1p-15);
  EXPECT_LE(one.score.rounding, 0x1p-8);
}

TEST(SealedScore, APowerBringsTheLowerOnesOfAStandardisedValue) {
  const data::Schema schema = testing::clinic_schema();
  EXPECT_EQ(sealed("0.001 * I(age^2)", schema).value_or_stop().weights.size(), 3U);
  EXPECT_EQ(sealed("0.5 * missing(bmi) + 0.1 * bmi", schema).value_or_stop().score.complete.size(), 0U);
  EXPECT_EQ(sealed("0.1 * bmi", schema).value_or_stop().score.complete.size(), 1U);
}

TEST(SealedScore, CoefficientsOfAnotherModelAreRefusedAndNotRepeated) {
  const data::Schema schema = testing::clinic_schema();
  const Sealed one = sealed("-4 + 0.05 * age", schema).value_or_stop();
  for (const char* other : {"-4 + 0.05 * bmi", "-4 + 0.05 * age + 1 * sexM", "-4", "77777 + 0.05 * age"}) {
    const auto weights = sealed_weights(one.score, parse_equation(other, {}).value_or_stop(), schema);
    ASSERT_FALSE(weights) << other;
    EXPECT_EQ(weights.error().message.find("77777"), std::string::npos);
    EXPECT_THAT(weights.error().message, HasSubstr("4 * [$ + $ * age]"));
  }
}

TEST(SealedScore, OnlySumsAndMeansAreOffered) {
  const data::Schema schema = testing::clinic_schema();
  const auto refusal = [&](const std::string& what) {
    const auto plan = compile("SELECT " + what, schema, "clinic", limb_budget("standard").value_or_stop());
    return plan ? std::string("planned") : plan.error().message;
  };
  const std::string call = "risk_score('m', '4 * [$ + $ * age]')";
  EXPECT_EQ(refusal("sum(" + call + "), avg(" + call + ") FROM clinic WHERE sex = 'F'"), "planned");
  for (const std::string& what :
       {"auc(death, " + call + ", 0) FROM clinic", "count(*) FROM clinic WHERE " + call + " > 0",
        "var_samp(" + call + ") FROM clinic", "histogram(" + call + ", 0, 1) FROM clinic",
        std::string("avg(predicted_risk('m', '4 * [$ + $ * age]')) FROM clinic")}) {
    EXPECT_THAT(refusal(what), HasSubstr("not offered: the coefficients of risk_score('m') are sealed")) << what;
  }
  EXPECT_THAT(refusal("avg(risk_score('4 * [$ + $ * age]')) FROM clinic"), HasSubstr("needs the name"));
  EXPECT_THAT(refusal("avg(risk_score('m', '4 * [$ + $ * agee]')) FROM clinic"), HasSubstr("unknown term agee"));
  EXPECT_THAT(refusal("avg(" + call + "), sum(risk_score('m', '4 * [$ + $ * bmi]')) FROM clinic"),
              HasSubstr("stands with two equations"));
  EXPECT_THAT(refusal("avg(risk_score('m', '4 * [$]')) FROM clinic"), HasSubstr("without terms"));
}

TEST(SealedScore, AModelOfMoreTermsThanBitsAreOpenedForIsRefusedWithTheNumber) {
  std::string shape = "4 * [$";
  for (const char* term :
       {"age", "bmi", "`Blood pressure`", "nyha", "diabetes", "death", "sexM", "smokerformer", "smokercurrent",
        "factor(nyha)2", "factor(nyha)3", "age:sexM", "I(age^2)", "age:death", "death:sexM", "bmi:sexM"}) {
    shape += std::string(" + $ * ") + (term[0] == '`' ? "\"" : "") + term + (term[0] == '`' ? "\"" : "");
  }
  const auto plan = plan_of_risk_score(shape + "]", testing::clinic_schema());
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message, HasSubstr("at most 16 parameters of 256 bits"));
}

}  // namespace
}  // namespace mc::query
