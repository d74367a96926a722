// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "query/bind/bound_query.hpp"
#include "query/parse/parser.hpp"
#include "query/testing/bound.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

using testing::bound_clinic;

std::string binder_refusal(const std::string& sql) {
  const auto query = bound_clinic(sql);
  return query ? "accepted" : std::string(code_name(query.error().code)) + " " + query.error().message;
}

TEST(Binder, ResolvesColumnsKeysAndNames) {
  const BoundQuery query =
      bound_clinic("SELECT sex, corr(age, bmi) AS r, count(*) FROM clinic GROUP BY diabetes, sex").value_or_stop();
  EXPECT_EQ(query.group_columns, (std::vector<std::uint32_t>{5, 2}));
  EXPECT_EQ(query.items[0].key, 1u);
  EXPECT_EQ(query.items[1].x, 0u);
  EXPECT_EQ(query.items[1].y, 1u);
  EXPECT_EQ(query.items[1].name, "r");
  const BoundQuery line = bound_clinic("SELECT regr_slope(bmi, age) FROM clinic").value_or_stop();
  EXPECT_EQ(line.items[0].x, 0u);  // SQL writes y first
  EXPECT_EQ(line.items[0].y, 1u);
  EXPECT_EQ(query.where.kind, Condition::Kind::kTrue);
}

TEST(Binder, ConditionsOnOneColumnBecomeOneSetOfCells) {
  const BoundQuery query =
      bound_clinic("SELECT count(*) FROM clinic WHERE NOT (smoker = 'never' OR smoker IS NULL)").value_or_stop();
  ASSERT_EQ(query.where.kind, Condition::Kind::kCells);
  CellSet smokers(3);
  smokers.insert(1);
  smokers.insert(2);
  EXPECT_EQ(query.where.cells, smokers);
}

TEST(Binder, ContradictionsAndTautologiesAreConstants) {
  // Alternatives are not looked into: the plan refuses them.
  EXPECT_EQ(bound_clinic("SELECT count(*) FROM clinic WHERE sex = 'F' AND (sex = 'M' OR age > 120)")
                .value_or_stop()
                .where.kind,
            Condition::Kind::kFalse);
  EXPECT_EQ(bound_clinic("SELECT count(*) FROM clinic WHERE sex = 'F' OR sex = 'M'").value_or_stop().where.kind,
            Condition::Kind::kTrue);
  // A column that may be missing is neither: p OR NOT p is UNKNOWN for NULL.
  EXPECT_EQ(bound_clinic("SELECT count(*) FROM clinic WHERE diabetes OR NOT diabetes").value_or_stop().where.kind,
            Condition::Kind::kCells);
}

// "Its conditions contradict each other, or the ranges, …" of one condition said neither which column nor which range.
TEST(Binder, AConditionThatIsNeverTrueIsNamedWithWhatTheDictionaryDeclares) {
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT count(*) FROM clinic WHERE sex = 'F' AND bmi > 100",
       "invalid_argument 1:49: this WHERE is never true: the dictionary declares bmi from 10 to 60"},
      {"SELECT count(*) FROM clinic WHERE age BETWEEN 70 AND 60",
       "invalid_argument 1:35: this WHERE is never true: BETWEEN takes the smaller number first, BETWEEN 60 AND 70"},
      {"SELECT count(*) FROM clinic WHERE age = 60.5",
       "invalid_argument 1:35: this WHERE is never true: the dictionary declares age from 0 to 120 in steps of 1"},
      {"SELECT count(*) FROM clinic WHERE nyha > 4",
       "invalid_argument 1:35: this WHERE is never true: nyha is one of 1, 2, 3, 4"},
      {"SELECT count(*) FROM clinic WHERE sex IS NULL",
       "invalid_argument 1:35: this WHERE is never true: the dictionary says that sex is required, so nobody lacks it"},
      {"SELECT count(*) FROM clinic WHERE age > 60 AND death AND age < 40",
       "invalid_argument 1:58: this WHERE is never true: no age meets this condition and the one at 1:35"},
      {"SELECT count(*) FROM clinic WHERE nyha < 3 AND nyha > 1 AND nyha <> 2",
       "invalid_argument 1:61: this WHERE is never true: no nyha meets this condition and those on it before"},
      {"SELECT count(*) FROM clinic WHERE bmi IS NULL AND (death AND bmi > 30)",
       "invalid_argument 1:62: this WHERE is never true: no bmi meets this condition and the one at 1:35"},
  };
  for (const auto& [sql, message] : cases) EXPECT_EQ(binder_refusal(sql), message) << sql;
  EXPECT_TRUE(bound_clinic("SELECT count(*) FROM clinic WHERE sex IS NULL OR death").has_value());
}

TEST(Binder, WordsThatDoNotFitTheSchemaAreNamedWithTheirPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT count(*) FROM hart", "not_found 1:22: unknown data set hart; this commons holds clinic"},
      {"SELECT avg(bmj) FROM clinic", "not_found 1:12: unknown column bmj (did you mean bmi?)"},
      {"SELECT avg(Age) FROM clinic", "not_found 1:12: unknown column Age (did you mean age?)"},
      {"SELECT avg(troponin) FROM clinic",
       "not_found 1:12: unknown column troponin; the columns are age, bmi, sex, smoker, nyha, diabetes, death, Blood "
       "pressure"},
      {"SELECT avg(sex) FROM clinic",
       "invalid_argument 1:12: avg needs numbers, and sex is text; count(sex) and GROUP BY work with it"},
      {"SELECT count(note) FROM clinic",
       "invalid_argument 1:14: note is text without declared categories: it is not sealed and cannot be asked for"},
      {"SELECT histogram(sex) FROM clinic",
       "invalid_argument 1:18: histogram needs numbers, and the categories of sex are texts; count(*) with GROUP BY "
       "sex counts them"},
      {"SELECT median(nyha, 2.5) FROM clinic",
       "invalid_argument 1:15: median takes no edges of nyha, whose categories are counted one by one"},
      {"SELECT median(\"Blood pressure\") FROM clinic",
       "invalid_argument 1:15: median needs declared edges, and the schema declares none for Blood pressure"},
      {"SELECT count(DISTINCT bmi) FROM clinic",
       "invalid_argument 1:23: count(DISTINCT) needs a column with categories, and bmi is a measurement"},
      {"SELECT chisq_test(sex, age) FROM clinic",
       "invalid_argument 1:24: chisq_test needs a column with categories, and age is a measurement"},
      {"SELECT odds_ratio(smoker, death) FROM clinic",
       "invalid_argument 1:19: odds_ratio needs a column with two categories, and smoker has 3; WHERE smoker IN (…, …) "
       "can leave two"},
      {"SELECT ttest(bmi, smoker) FROM clinic WHERE smoker = 'never'",
       "invalid_argument 1:19: ttest needs a column with two categories, and smoker has 1 under this WHERE; WHERE "
       "smoker IN (…, …) can leave two"},
      {"SELECT odds_ratio(death, death) FROM clinic",
       "invalid_argument 1:26: odds_ratio needs two different columns, and death stands twice"},
      {"SELECT ttest(bmi, nyha) FROM clinic",
       "invalid_argument 1:19: ttest needs a column with two categories, and nyha has 4; WHERE nyha IN (…, …) can "
       "leave "
       "two"},
      {"SELECT ttest(smoker, sex) FROM clinic",
       "invalid_argument 1:14: ttest needs numbers, and smoker is text; count(smoker) and GROUP BY work with it"},
      {"SELECT ttest(bmi, age) FROM clinic",
       "invalid_argument 1:19: ttest compares the groups of a column with categories, and age is a measurement; a "
       "paired test of two measurements follows from one question, t = (regr_avgy - regr_avgx) / sqrt((regr_syy + "
       "regr_sxx - 2 * regr_sxy) / (n * (n - 1))) with n = regr_count, all of them of (bmi, age)"},
      {"SELECT regr_slope(bmi, sex) FROM clinic",
       "invalid_argument 1:24: regr_slope needs numbers, and sex is text; count(sex) and GROUP BY work with it"},
      {"SELECT sex FROM clinic",
       "invalid_argument 1:8: sex must stand in an aggregate such as avg(sex) or in GROUP BY"},
      {"SELECT count(*) FROM clinic GROUP BY bmi",
       "invalid_argument 1:38: GROUP BY needs a column with categories, and bmi is a measurement; one question per "
       "range of it can be asked, as in WHERE bmi < 18.5"},
      {"SELECT count(*) FROM clinic GROUP BY sex, sex", "invalid_argument 1:43: sex stands twice in GROUP BY"},
      {"SELECT count(*) FROM clinic WHERE bmi >= 27",
       "invalid_argument 1:42: bmi has no declared edge there; the declared edges are 18.5, 25, 30; other "
       "thresholds need a step in the dictionary"},
      {"SELECT count(*) FROM clinic WHERE \"Blood pressure\" >= 140",
       "invalid_argument 1:55: Blood pressure has no declared edge there; the schema declares none for it; other "
       "thresholds need "
       "a step in the dictionary"},
      {"SELECT count(*) FROM clinic WHERE smoker = 'nevr'",
       "invalid_argument 1:44: smoker has no category 'nevr'; its categories are never, former, current"},
      {"SELECT count(*) FROM clinic WHERE nyha IN (1, 5)",
       "invalid_argument 1:47: nyha has no category 5; its categories are 1, 2, 3, 4"},
      {"SELECT count(*) FROM clinic WHERE death = 2",
       "invalid_argument 1:43: death has no category 2; its categories are 0, 1"},
      {"SELECT count(*) FROM clinic WHERE sex = 1",
       "invalid_argument 1:41: sex is text: write the category in 'single quotes'"},
      {"SELECT count(*) FROM clinic WHERE sex > 'F'",
       "invalid_argument 1:41: sex is text without an order: use =, <> or IN"},
      {"SELECT count(*) FROM clinic WHERE age = '60'",
       "invalid_argument 1:41: age is a number: write it without quotes"},
      {"SELECT count(*) FROM clinic WHERE age",
       "invalid_argument 1:35: age is not a 0/1 column: compare it with a value"},
  };
  for (const auto& [sql, expected] : cases) EXPECT_EQ(binder_refusal(sql), expected) << sql;
}

}  // namespace
}  // namespace mc::query
