// SPDX-License-Identifier: Apache-2.0
#include "query/bind/parameters.hpp"

#include <gtest/gtest.h>

#include "query/bind/bound_query.hpp"
#include "query/parse/parser.hpp"
#include "query/testing/bound.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

using testing::bound_clinic;

std::string parameters_refusal(const std::string& sql) {
  const auto result = bound_clinic(sql);
  return result ? "bound" : result.error().message;
}

TEST(Parameters, WeightsAndListsAreFoundInOrderOfFirstUse) {
  const BoundQuery query =
      bound_clinic("SELECT sum(age * $b + $a * bmi), avg($a * nyha) FROM clinic WHERE smoker IN $who AND death")
          .value_or_stop();
  ASSERT_EQ(query.parameters.size(), 3u);
  EXPECT_EQ(query.parameters[0].name, "b");
  EXPECT_EQ(query.parameters[1].name, "a");
  EXPECT_EQ(query.parameters[2].name, "who");
  EXPECT_TRUE(query.parameters[2].is_list);
  EXPECT_EQ(query.criterion, 2u);
  const SealedSum& sum = query.items[0].sealed.value();
  ASSERT_EQ(sum.parts.size(), 3u);  // the values, and the middles of their ranges
  EXPECT_EQ(sum.parts[1].weights[0].first, 1u);
  EXPECT_TRUE(sum.parts[1].monomial.powers.contains(1));
  EXPECT_EQ(sum.parts[2].weights.size(), 2u);
  EXPECT_EQ(sum.complete, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(query.items[1].sealed.value().parts[0].weights[0].first, 1u);
  EXPECT_EQ(query.where.kind, Condition::Kind::kCells);  // of death alone
}

TEST(Parameters, CanonicalSqlWritesTheWeightFirstAndParsesToItself) {
  const std::string text = "SELECT sum($b * age + $a * \"Blood pressure\") AS score FROM clinic WHERE sex IN $s";
  const Query query =
      parse("select sum(age*$b+$a * \"Blood pressure\") as score from clinic where sex in $s").value_or_stop();
  EXPECT_EQ(canonical_sql(query), text);
  EXPECT_EQ(canonical_sql(parse(text).value_or_stop()), text);
}

TEST(Parameters, AListThatIsTheWholeConditionLeavesEverybodyVisible) {
  const BoundQuery query = bound_clinic("SELECT count(*) FROM clinic WHERE sex IN $s").value_or_stop();
  EXPECT_EQ(query.where.kind, Condition::Kind::kTrue);
}

TEST(Parameters, AThresholdIsAListOfTheBinsBetweenDeclaredEdges) {
  const BoundQuery query = bound_clinic("SELECT count(*) FROM clinic WHERE age >= $t AND death").value_or_stop();
  ASSERT_EQ(query.parameters.size(), 1u);
  EXPECT_TRUE(query.parameters[0].is_list);
  EXPECT_EQ(query.parameters[0].threshold, (SealedThreshold{"age", Comparison::kGreaterOrEqual, ""}));
  EXPECT_EQ(query.criterion, 0u);
  const BoundQuery between =
      bound_clinic("SELECT count(*) FROM clinic WHERE bmi BETWEEN $from AND $to").value_or_stop();
  EXPECT_EQ(between.parameters[0].threshold, (SealedThreshold{"bmi", Comparison::kGreaterOrEqual, "to"}));
  EXPECT_EQ(between.where.kind, Condition::Kind::kTrue);
  for (const char* text : {"SELECT count(*) FROM clinic WHERE death AND age < $t",
                           "SELECT count(*) FROM clinic WHERE age BETWEEN $from AND $to"}) {
    EXPECT_EQ(canonical_sql(parse(text).value_or_stop()), text);
  }
}

TEST(Parameters, ThresholdsThatCannotBeSealedAreRefusedAtTheirPlace) {
  const auto of = [](const std::string& where) {
    return parameters_refusal("SELECT count(*) FROM clinic WHERE " + where);
  };
  EXPECT_EQ(of("age = $t").substr(0, 56), "1:42: not offered: = and <> of a sealed threshold; <, <=");
  EXPECT_EQ(of("age BETWEEN $t AND 60").substr(0, 58), "1:48: not offered: BETWEEN of a sealed threshold and one t");
  EXPECT_EQ(of("\"Blood pressure\" > $t"),
            "1:35: a sealed threshold needs a column of numbers with declared edges, and Blood pressure has none");
  EXPECT_EQ(of("sex > $t").substr(0, 40), "1:35: a sealed threshold needs a column ");
  EXPECT_EQ(of("age BETWEEN $t AND $t"), "1:48: $t stands for two things");
  EXPECT_EQ(parameters_refusal("SELECT sum($t * age) FROM clinic WHERE age > $t"), "1:47: $t stands for two things");
  for (const char* where :
       {"age > $t OR death", "NOT age > $t", "age NOT BETWEEN $t AND $u", "age >= $t AND age < $u"}) {
    EXPECT_NE(of(where).find("not offered: a sealed list or threshold"), std::string::npos) << where;
  }
}

TEST(Parameters, RefusalsPointAtWhatIsWrong) {
  EXPECT_EQ(parameters_refusal("SELECT var_samp($w * age) FROM clinic"),
            "1:17: not offered: sealed weights in var_samp; sum and avg have them");
  EXPECT_EQ(parameters_refusal("SELECT sum($w * sex) FROM clinic"),
            "1:17: a weight multiplies numbers, and sex is text");
  EXPECT_EQ(parameters_refusal("SELECT sum($w * age + $v * age) FROM clinic"), "1:28: age has two weights in one sum");
  EXPECT_EQ(parameters_refusal("SELECT sum($w * agee) FROM clinic").substr(0, 30), "1:17: unknown column agee (did");
  EXPECT_EQ(parameters_refusal("SELECT count(*) FROM clinic WHERE age IN $c"),
            "1:35: a sealed list is of categories, and age is a measurement");
  EXPECT_EQ(parameters_refusal("SELECT sum($c * age) FROM clinic WHERE sex IN $c"), "1:48: $c is a weight and a list");
  for (const char* where : {"sex IN $c OR death", "NOT sex IN $c", "sex NOT IN $c", "sex IN $c AND smoker IN $d"}) {
    EXPECT_NE(parameters_refusal(std::string("SELECT count(*) FROM clinic WHERE ") + where)
                  .find("not offered: a sealed list"),
              std::string::npos)
        << where;
  }
  EXPECT_EQ(parameters_refusal("SELECT count(*), var_samp(age) FROM clinic WHERE sex IN $c"),
            "1:18: not offered: var_samp of persons whom what is sealed chooses; count, sum and avg are");
  EXPECT_EQ(parameters_refusal("SELECT sum($ * age) FROM clinic"),
            "1:13: the name of a sealed parameter is expected after $, found *");
  EXPECT_EQ(parameters_refusal("SELECT sum($w) FROM clinic"),
            "1:14: * and a column are expected after a sealed weight, found )");
  EXPECT_EQ(parameters_refusal("SELECT sum($w * age + ) FROM clinic").substr(0, 6), "1:23: ");
}

TEST(Parameters, NoMoreBitsAreSealedThanOneRunOpens) {
  std::string sum;
  for (int i = 0; i < 17; ++i) sum += (i == 0 ? "sum($w" : ", sum($w") + std::to_string(i) + " * age)";
  EXPECT_NE(parameters_refusal("SELECT " + sum + " FROM clinic").find("at most 16 parameters of 256 bits"),
            std::string::npos);
}

}  // namespace
}  // namespace mc::query
