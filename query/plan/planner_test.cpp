// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "query/plan/compile.hpp"
#include "query/plan/explain.hpp"
#include "query/plan/message_range.hpp"
#include "query/release/finish.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/clinic_in_the_clear.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/sql_oracle.hpp"

namespace mc::query {
namespace {

using testing::clinic_plan;
using testing::clinic_schema;

std::string planner_refusal(const std::string& sql) {
  auto plan = compile(sql, clinic_schema(), "clinic", limb_budget("standard").value_or_stop());
  return plan ? "accepted" : std::string(code_name(plan.error().code)) + " " + plan.error().message;
}

/// The released sums as formulas, for SELECT count(*) WHERE `where`: one sum.
std::string indicator(const std::string& where) {
  const Plan plan = clinic_plan("SELECT count(*) FROM clinic WHERE " + where);
  EXPECT_EQ(plan.moments.size(), 1u);
  return node_text(plan, plan.moments.front());
}

std::vector<std::string> sums(const std::string& sql) {
  const Plan plan = clinic_plan(sql);
  std::vector<std::string> texts;
  for (const NodeId id : plan.moments) texts.push_back(node_text(plan, id));
  return texts;
}

using Texts = std::vector<std::string>;

TEST(Planner, AConditionOnOneColumnCostsNoProduct) {
  EXPECT_EQ(indicator("age >= 60"), "age/ge/60");
  EXPECT_EQ(indicator("age BETWEEN 40 AND 60"), "(age/ge/40 - age/gt/60)");
  EXPECT_EQ(indicator("bmi >= 25 AND bmi < 30"), "(bmi/ge/25 - bmi/ge/30)");
  EXPECT_EQ(indicator("bmi < 18.5 OR bmi > 30"), "(bmi/valid + bmi/gt/30 - bmi/ge/18.5)");
  EXPECT_EQ(indicator("bmi = 25"), "(bmi/ge/25 - bmi/gt/25)");
  EXPECT_EQ(indicator("NOT bmi >= 25"), "(bmi/valid - bmi/ge/25)");
  EXPECT_EQ(indicator("NOT age >= 60"), "(present - age/ge/60)");
  EXPECT_EQ(indicator("smoker IN ('never', 'former')"), "(smoker/is/never + smoker/is/former)");
  EXPECT_EQ(indicator("smoker = 'never' OR smoker = 'former'"), "(smoker/is/never + smoker/is/former)");
  EXPECT_EQ(indicator("smoker <> 'never'"), "(smoker/is/former + smoker/is/current)");
  EXPECT_EQ(indicator("nyha <> 2"), "(nyha/valid - nyha/is/2)");
  EXPECT_EQ(indicator("nyha >= 3"), "(nyha/is/3 + nyha/is/4)");
}

TEST(Planner, IntegersKnowThatAboveSixtyIsAtLeastSixtyOne) {
  EXPECT_EQ(indicator("age > 60"), "age/gt/60");
  EXPECT_EQ(indicator("age >= 61"), "age/gt/60");
  EXPECT_EQ(indicator("age > 61"), "age/gt/61");
  EXPECT_EQ(indicator("age > 39"), "age/ge/40");
  EXPECT_EQ(indicator("age = 60"), "(age/ge/60 - age/gt/60)");
  EXPECT_EQ(indicator("age >= 39.5"), "age/ge/40");
}

TEST(Planner, ComparisonsOutsideTheRangeNeedNoEdge) {
  EXPECT_EQ(indicator("age >= 0"), "present");
  EXPECT_EQ(indicator("bmi <= 60"), "bmi/valid");
  EXPECT_EQ(indicator("bmi > 5 AND sex = 'F'"), "(bmi/valid * sex/is/F)");
  EXPECT_EQ(planner_refusal("SELECT count(*) FROM clinic WHERE age > 200"),
            "invalid_argument 1:35: this WHERE is never true: the dictionary declares age from 0 to 120 in steps of 1");
}

TEST(Planner, NullFollowsThreeValuedLogic) {
  EXPECT_EQ(indicator("bmi IS NULL"), "(present - bmi/valid)");
  EXPECT_EQ(indicator("bmi IS NOT NULL"), "bmi/valid");
  EXPECT_EQ(indicator("smoker IS NULL"), "(present - smoker/is/never - smoker/is/former - smoker/is/current)");
  EXPECT_EQ(indicator("diabetes IS NULL OR diabetes"), "(present + diabetes/value - diabetes/valid)");
  EXPECT_EQ(indicator("diabetes IS NULL OR NOT diabetes"), "(present - diabetes/value)");
  EXPECT_EQ(indicator("diabetes IS NOT TRUE"), indicator("diabetes IS NULL OR NOT diabetes"));
  EXPECT_EQ(indicator("NOT diabetes IS NOT TRUE"), "diabetes/value");
  EXPECT_EQ(indicator("diabetes IS FALSE"), indicator("NOT diabetes"));
  EXPECT_EQ(indicator("diabetes IS NOT FALSE"), indicator("diabetes IS NULL OR diabetes"));
  EXPECT_EQ(indicator("age IS NOT NULL"), "present");
  EXPECT_EQ(indicator("diabetes OR NOT diabetes"), "diabetes/valid");
  EXPECT_EQ(indicator("NOT (diabetes OR bmi IS NULL)"), "(bmi/valid * (diabetes/valid - diabetes/value))");
}

TEST(Planner, BinaryColumnsAreTheirOwnIndicator) {
  EXPECT_EQ(indicator("death"), "death/value");
  EXPECT_EQ(indicator("death = 1"), "death/value");
  EXPECT_EQ(indicator("death >= 1"), "death/value");
  EXPECT_EQ(indicator("NOT death"), "(present - death/value)");
  EXPECT_EQ(indicator("diabetes = 0"), "(diabetes/valid - diabetes/value)");
  EXPECT_EQ(indicator("diabetes IN (0, 1)"), "diabetes/valid");
}

TEST(Planner, FactorsThatSayNothingNewDropOut) {
  EXPECT_EQ(indicator("sex = 'F' AND sex = 'F' AND sex <> 'M'"), "sex/is/F");
  EXPECT_EQ(indicator("sex = 'F' AND (sex = 'F' OR death)"), "sex/is/F");
  EXPECT_EQ(indicator("sex = 'F' AND (sex = 'M' OR death)"), "(sex/is/F * death/value)");
  EXPECT_EQ(planner_refusal("SELECT count(*) FROM clinic WHERE sex = 'F' AND sex = 'M'"),
            "invalid_argument 1:49: this WHERE is never true: no sex meets this condition and the one at 1:35");
  EXPECT_EQ(sums("SELECT sum(bmi), count(bmi) FROM clinic WHERE bmi IS NOT NULL"), (Texts{"bmi/valid", "bmi/value"}));
  EXPECT_EQ(sums("SELECT sum(death), avg(death), var_samp(death) FROM clinic"), (Texts{"present", "death/value"}));
  EXPECT_EQ(sums("SELECT sum(death) FROM clinic WHERE NOT death"), (Texts{"(present - death/value)"}));
}

TEST(Planner, AlternativesThatExcludeEachOtherAddUp) {
  EXPECT_EQ(indicator("sex = 'F' AND age >= 60 OR sex = 'M' AND age >= 80"),
            "((age/ge/60 * sex/is/F) + (age/ge/80 * sex/is/M))");
  EXPECT_EQ(indicator("sex = 'F' OR death"), "(present - (sex/is/M * (present - death/value)))");
  EXPECT_EQ(indicator("diabetes OR bmi > 30"), "(present - ((present - bmi/gt/30) * (present - diabetes/value)))");
}

TEST(Planner, ProductsAreBalanced) {
  EXPECT_EQ(clinic_plan("SELECT covar_samp(age, bmi) FROM clinic WHERE sex = 'F' AND death").depth, 2u);
  EXPECT_EQ(sums("SELECT covar_samp(age, bmi) FROM clinic WHERE sex = 'F' AND death"),
            (Texts{"(sex/is/F * death/value)", "((sex/is/F * death/value) * bmi/valid)",
                   "((sex/is/F * death/value) * (bmi/valid * age/value))", "((sex/is/F * death/value) * bmi/value)",
                   "((sex/is/F * death/value) * (age/value * bmi/value))"}));
}

TEST(Planner, PairwiseAggregatesUseRowsWhereBothArePresent) {
  EXPECT_EQ(sums("SELECT covar_samp(bmi, nyha) FROM clinic"),
            (Texts{"present", "(bmi/valid * nyha/valid)", "(nyha/valid * bmi/value)", "(bmi/valid * nyha/value)",
                   "(bmi/value * nyha/value)"}));
  EXPECT_EQ(sums("SELECT corr(diabetes, age) FROM clinic"),
            (Texts{"present", "diabetes/value", "(age/value * (age/value * diabetes/valid))", "diabetes/valid",
                   "(age/value * diabetes/valid)", "(diabetes/value * age/value)"}));
}

TEST(Planner, GroupsAreCategoriesAndNullAndThoseThatWhereAllows) {
  const Plan plan = clinic_plan("SELECT smoker, count(*) FROM clinic GROUP BY smoker");
  ASSERT_EQ(plan.groups.size(), 4u);
  EXPECT_EQ(plan.groups[0].keys[0], GroupKey("never"));
  EXPECT_EQ(plan.groups[3].keys[0], GroupKey());
  EXPECT_EQ(clinic_plan("SELECT count(*) FROM clinic GROUP BY sex").groups.size(), 2u);
  EXPECT_EQ(clinic_plan("SELECT count(*) FROM clinic WHERE smoker <> 'never' GROUP BY smoker, sex").groups.size(), 4u);
  EXPECT_EQ(clinic_plan("SELECT count(*) FROM clinic GROUP BY nyha").groups[1].keys[0], GroupKey(std::int64_t{2}));
}

TEST(Planner, DosesAreCategoriesThatCompareAsNumbers) {
  const data::Schema schema = data::schema_from_json(R"({"name":"teeth","fields":[
    {"name":"dose","type":"number","categories":[0.5,1,2,4]}]})")
                                  .value_or_stop();
  const auto plan = [&](const std::string& rest) {
    return compile("SELECT count(*) FROM teeth " + rest, schema, "teeth", limb_budget("standard").value_or_stop());
  };
  const auto indicator_of = [&](const std::string& where) {
    const Plan asked = plan("WHERE " + where).value_or_stop();
    return node_text(asked, asked.moments.front());
  };
  EXPECT_EQ(indicator_of("dose >= 1.7"), "(dose/is/2 + dose/is/4)");
  EXPECT_EQ(indicator_of("dose = 0.5"), "dose/is/0.5");
  EXPECT_EQ(indicator_of("dose BETWEEN 0.6 AND 2"), "(dose/is/1 + dose/is/2)");
  EXPECT_FALSE(plan("WHERE dose = 0.7")) << "nobody has it";
  const Plan groups = plan("GROUP BY dose").value_or_stop();
  ASSERT_EQ(groups.groups.size(), 5u);
  EXPECT_EQ(groups.groups[0].keys[0], GroupKey("0.5"));
}

TEST(Planner, BinsAndCategoriesAreCountedWithoutAProduct) {
  EXPECT_EQ(sums("SELECT histogram(bmi), median(bmi), quantile(bmi, 0.9) FROM clinic"),
            (Texts{"present", "(bmi/valid - bmi/ge/18.5)", "(bmi/ge/18.5 - bmi/ge/25)", "(bmi/ge/25 - bmi/ge/30)",
                   "bmi/ge/30"}));
  EXPECT_EQ(sums("SELECT histogram(age) FROM clinic WHERE age >= 60"),
            (Texts{"age/ge/60", "(age/ge/60 - age/gt/60)", "(age/gt/60 - age/ge/80)", "age/ge/80"}));
  EXPECT_EQ(sums("SELECT count(DISTINCT smoker) FROM clinic WHERE smoker <> 'never'"),
            (Texts{"(smoker/is/former + smoker/is/current)", "smoker/is/former", "smoker/is/current"}));
  const Plan plan = clinic_plan("SELECT sex, histogram(bmi) AS h FROM clinic GROUP BY sex");
  EXPECT_EQ(plan.items[1].names, (std::vector<std::string>{"h.[10,18.5)", "h.[18.5,25)", "h.[25,30)", "h.[30,60]"}));
  EXPECT_EQ(plan.items[1].breaks, (std::vector<double>{10, 18.5, 25, 30, 60}));
  EXPECT_EQ(plan.groups[1].cells.size(), 5u);
  EXPECT_EQ(plan.depth, 1u);
}

TEST(Planner, TestsSumOverTheCellsOfTheirTableAndTheirGroups) {
  EXPECT_EQ(sums("SELECT chisq_test(sex, death), odds_ratio(sex, death) FROM clinic"),
            (Texts{"present", "(sex/is/F * (present - death/value))", "(sex/is/F * death/value)",
                   "((present - death/value) * sex/is/M)", "(death/value * sex/is/M)"}));
  const Plan plan = clinic_plan("SELECT ttest(bmi, sex) AS t FROM clinic WHERE death");
  EXPECT_EQ(plan.items[0].names, (std::vector<std::string>{"t.t", "t.df", "t.p.value", "t.conf.int1", "t.conf.int2",
                                                           "t.mean in group F", "t.mean in group M"}));
  EXPECT_EQ(plan.moments.size(), 7u);  // persons who match, and n, sum and squares of each group
  EXPECT_EQ(plan.depth, 2u);
  EXPECT_EQ(clinic_plan("SELECT chisq_test(sex, diabetes) AS x FROM clinic").items[0].names,
            (std::vector<std::string>{"x.X-squared", "x.df", "x.p.value", "x.expected[F,0]", "x.expected[F,1]",
                                      "x.expected[M,0]", "x.expected[M,1]"}));
  EXPECT_NE(canonical_bytes(clinic_plan("SELECT ttest(bmi, sex) AS t FROM clinic")),
            canonical_bytes(clinic_plan("SELECT ttest(bmi, sex, 'pooled') AS t FROM clinic")));
}

// R drops the levels that nobody has left before it compares two groups.
TEST(Planner, TwoGroupsOfSeveralAreThoseThatWhereLeaves) {
  const Plan plan = clinic_plan("SELECT ttest(bmi, smoker) AS t FROM clinic WHERE smoker <> 'former'");
  EXPECT_EQ(plan.items[0].names[5], "t.mean in group never");
  EXPECT_EQ(plan.items[0].names[6], "t.mean in group current");
  EXPECT_EQ(sums("SELECT odds_ratio(smoker, death) FROM clinic WHERE smoker IN ('former', 'current')"),
            (Texts{"(smoker/is/former + smoker/is/current)", "(smoker/is/former * (present - death/value))",
                   "(smoker/is/former * death/value)", "(smoker/is/current * (present - death/value))",
                   "(smoker/is/current * death/value)"}));
  EXPECT_EQ(clinic_plan("SELECT risk_ratio(death, nyha) AS r FROM clinic WHERE nyha >= 3").items[0].names[4],
            "r.risk in group 4");
}

TEST(Planner, RegressionReleasesNoMoreThanItNeeds) {
  EXPECT_EQ(sums("SELECT regr_count(bmi, age) FROM clinic"), (Texts{"present", "bmi/valid"}));
  EXPECT_EQ(sums("SELECT regr_avgx(bmi, age) FROM clinic"), (Texts{"present", "bmi/valid", "(bmi/valid * age/value)"}));
  EXPECT_EQ(sums("SELECT regr_syy(bmi, age) FROM clinic"),
            (Texts{"present", "(bmi/value * bmi/value)", "bmi/valid", "bmi/value"}));
  EXPECT_EQ(clinic_plan("SELECT regr_slope(bmi, age), regr_intercept(bmi, age) FROM clinic").moments.size(), 6u);
  EXPECT_EQ(clinic_plan("SELECT regr_r2(bmi, age), corr(age, bmi) FROM clinic").moments.size(), 7u);
}

TEST(Planner, DeepQueriesAreRefreshedOnTheWay) {
  EXPECT_TRUE(clinic_plan("SELECT count(*) FROM clinic GROUP BY smoker, nyha, diabetes, sex").computed.empty());
  const Plan plan = clinic_plan("SELECT count(*) FROM clinic WHERE bmi > 25 GROUP BY smoker, nyha, diabetes, sex");
  EXPECT_EQ(plan.depth, 2u);
  EXPECT_FALSE(plan.computed.empty());
}

TEST(Planner, TooManySumsAreRefusedWithTheNumber) {
  data::Schema schema = clinic_schema();
  std::vector<std::string> wards;
  for (int i = 0; i < 70; ++i) wards.push_back("ward " + std::to_string(i));
  schema.columns.push_back(testing::text("ward", true, wards));
  schema.columns.push_back(testing::text("bed", true, wards));
  const LimbBudget budget = limb_budget("standard").value_or_stop();
  auto groups = compile("SELECT count(*) FROM clinic GROUP BY ward, bed", schema, "clinic", budget);
  ASSERT_FALSE(groups);
  EXPECT_EQ(groups.error().message, "GROUP BY makes 4900 groups or more, at most 4096 sums are released by one query");
  auto crossed = compile("SELECT count(*), chisq_test(ward, bed) AS x FROM clinic", schema, "clinic", budget);
  ASSERT_FALSE(crossed);
  EXPECT_EQ(crossed.error().message, "1:18: x crosses to 4900 cells, at most 4096 sums are released by one query");
  auto sums = compile("SELECT avg(bmi), avg(nyha), avg(age) FROM clinic GROUP BY ward, smoker, diabetes, death", schema,
                      "clinic", budget);
  ASSERT_FALSE(sums);
  EXPECT_EQ(sums.error().code, Code::kLimit);
}

TEST(Planner, HugeConditionsEndQuickly) {
  // 63 levels of alternating AND and OR, and 500 alternatives that exclude nothing.
  std::string nested = "death";
  for (int i = 0; i < 63; ++i)
    nested = "(" + nested + (i % 2 == 0 ? " AND diabetes" : " OR sex = 'F' AND nyha = 2") + ")";
  EXPECT_NE(planner_refusal("SELECT count(*), avg(bmi) FROM clinic WHERE " + nested), "");
  std::string flat = "bmi > 30 AND death";
  for (int i = 0; i < 500; ++i) flat += " OR nyha = " + std::to_string(1 + i % 4) + " AND age > 80";
  EXPECT_EQ(planner_refusal("SELECT count(*) FROM clinic WHERE " + flat), "accepted");
}

TEST(Planner, TablesWithinGroupsThatExcludeThemEndQuickly) {
  // Every group of a ward has 31 of 32 rows of the table that are empty by construction and release nothing.
  data::Schema schema = clinic_schema();
  std::vector<std::string> wards;
  for (int i = 0; i < 32; ++i) wards.push_back("ward " + std::to_string(i));
  schema.columns.push_back(testing::text("ward", true, wards));
  schema.columns.push_back(testing::text("bed", true, wards));
  std::string sql = "SELECT count(*)";
  for (int i = 0; i < 100; ++i) sql += ", chisq_test(ward, bed)";
  auto plan = compile(sql + " FROM clinic GROUP BY ward", schema, "clinic", limb_budget("standard").value_or_stop());
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Code::kLimit);
}

TEST(Planner, CanonicalSqlThatNobodyCouldRecompileIsRefused) {
  std::string sql = "SELECT count(*) FROM clinic WHERE age=60";
  while (sql.size() < 16000) sql += " OR age=60";
  EXPECT_EQ(planner_refusal(sql).substr(0, 21), "limit the query has 1");
}

TEST(Planner, EqualSqlGivesEqualBytesAndRecompiles) {
  const Plan one = clinic_plan("select avg( bmi ) from clinic where sex='F' and age>=60;");
  const Plan two = clinic_plan("SELECT avg(bmi) FROM clinic WHERE (sex = 'F') AND 60 <= age");
  EXPECT_EQ(canonical_bytes(one), canonical_bytes(two));
  const LimbBudget budget = limb_budget("standard").value_or_stop();
  EXPECT_TRUE(check_recompiles(one, clinic_schema(), budget));
  Plan changed = one;
  changed.groups[0].cells[0].x1 = changed.groups[0].n;
  const Status status = check_recompiles(changed, clinic_schema(), budget);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kRefused);
}

TEST(Planner, RandomQueriesAgreeWithSqlInTheClear) {
  const data::Schema schema = clinic_schema();
  const LimbBudget budget = limb_budget("standard").value_or_stop();
  const testing::SqlOracle oracle(schema);
  std::size_t accepted = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    testing::QueryWriter writer(seed);
    std::mt19937_64 random(seed);
    std::vector<testing::Patient> patients;
    const std::size_t count = 1 + random() % 60;
    for (std::size_t i = 0; i < count; ++i) patients.push_back(testing::random_patient(schema, random));
    const std::string sql = writer.query();
    auto plan = compile(sql, schema, "clinic", budget);
    if (!plan) {
      const bool contradiction = plan.error().code == Code::kInvalidArgument;
      ASSERT_TRUE(plan.error().code == Code::kRefused || contradiction) << sql << ": " << plan.error().message;
      if (contradiction) {
        EXPECT_EQ(oracle.answer(sql, patients).n, 0) << sql;
      }
      continue;
    }
    ++accepted;
    const ResultTable ours = testing::run_in_the_clear(*plan, schema, patients);
    ASSERT_EQ(testing::table_difference(ours, oracle.answer(sql, patients), 1e-9), "")
        << "seed " << seed << ": " << sql << "\n"
        << explain(*plan, budget);
    const auto again = read_plan(canonical_bytes(*plan));
    ASSERT_TRUE(again) << sql << ": " << again.error().message;
    ASSERT_EQ(*again, *plan) << sql;
    ASSERT_TRUE(check_recompiles(*plan, schema, budget)) << sql;
  }
  EXPECT_GT(accepted, 2000u);
}

}  // namespace
}  // namespace mc::query
