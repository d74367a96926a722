// SPDX-License-Identifier: Apache-2.0
#include "query/release/finish.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "query/plan/compile.hpp"
#include "query/testing/clinic.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/slots.hpp"

namespace mc::query {
namespace {

using testing::clinic_plan;
using testing::kSlots;

std::vector<double> means_of_sums(std::vector<double> sums) {
  for (double& sum : sums) sum /= kSlots;
  return sums;
}

Result<ResultTable> finished(const Plan& plan, const std::vector<double>& sums, double error = 1e-9) {
  return finish(plan, means_of_sums(sums), std::vector<double>(sums.size(), error), kSlots);
}

TEST(Finish, UndoesTheStandardisation) {
  // bmi is 35 + 25 x'; four people, x' = -1, 0, 0.5, 0.5: bmi 10, 35, 47.5, 47.5.
  const Plan plan = clinic_plan("SELECT count(bmi), sum(bmi), avg(bmi), var_samp(bmi) FROM clinic");
  ASSERT_EQ(plan.moments.size(), 4u);
  std::vector<double> sums(4);
  const CellMoments& variance = plan.groups[0].cells[3];
  sums[plan.groups[0].n.value] = 6;
  sums[variance.n.value] = 4;
  sums[variance.x1.value] = 0;
  sums[variance.x2.value] = 1.5;
  const ResultTable table = finished(plan, sums).value_or_stop();
  EXPECT_EQ(table.n, 6);
  EXPECT_EQ(table.rows[0][0], Value(std::int64_t{4}));
  EXPECT_DOUBLE_EQ(std::get<double>(table.rows[0][1]), 140);
  EXPECT_DOUBLE_EQ(std::get<double>(table.rows[0][2]), 35);
  EXPECT_NEAR(std::get<double>(table.rows[0][3]), 312.5, 1e-9);
}

TEST(Finish, CountsAreIntegersWhenTheirErrorIsSmallAndNumbersOtherwise) {
  const Plan plan = clinic_plan("SELECT count(*), sum(age) FROM clinic");
  std::vector<double> sums{12.0000001, -1.05};  // age is 60 + 60 x': 720 - 63
  ResultTable table = finished(plan, sums, 1e-6).value_or_stop();
  EXPECT_EQ(table.rows[0][0], Value(std::int64_t{12}));
  EXPECT_EQ(table.rows[0][1], Value(std::int64_t{657}));
  EXPECT_EQ(table.digits, (std::vector<int>{kDigitsMax, kDigitsMax}));
  table = finished(plan, sums, 0.4).value_or_stop();
  EXPECT_TRUE(std::holds_alternative<double>(table.rows[0][0]));
  EXPECT_EQ(table.digits[0], 1);
}

TEST(Finish, VariancesOfIntegersAreAsExactAsTheirSums) {
  // Three people aged 20, 30 and 70: age is 60 + 60 x'.
  const Plan plan = clinic_plan("SELECT var_samp(age), covar_samp(age, death) FROM clinic");
  const CellMoments& cell = plan.groups[0].cells[0];
  const CellMoments& pair = plan.groups[0].cells[1];
  std::vector<double> sums(plan.moments.size(), 0);
  const double x[] = {-40. / 60, -30. / 60, 10. / 60};
  const double y[] = {0, 0, 1};
  for (int i = 0; i < 3; ++i) {
    for (const auto& [id, value] :
         {std::pair{cell.n, 1.0}, {cell.x1, x[i]}, {cell.x2, x[i] * x[i]}, {pair.y1, y[i]}, {pair.xy, x[i] * y[i]}}) {
      sums[id.value] += value;
    }
  }
  for (double& sum : sums) sum += 2e-6;
  const ResultTable table = finished(plan, sums, 1e-5).value_or_stop();
  EXPECT_NEAR(std::get<double>(table.rows[0][0]), 700, 1e-10);
  EXPECT_NEAR(std::get<double>(table.rows[0][1]), 15, 1e-11);
  EXPECT_GE(table.digits_min, 11);
}

// Deviations in groups of few persons, in a wide range, were known to seven digits where the dictionary says a step.
TEST(Finish, SumsOfMultiplesOfAStepAreAsExactAsThoseOfIntegers) {
  data::Schema schema = testing::clinic_schema();
  for (data::Column& column : schema.columns) {
    if (column.name == "bmi") column.step = 0.1;
  }
  const auto limbs = limb_budget("standard").value_or_stop();
  const Plan plan = compile("SELECT avg(bmi), stddev_samp(bmi) FROM clinic", schema, "clinic", limbs).value_or_stop();
  EXPECT_EQ(read_plan(canonical_bytes(plan)).value_or_stop(), plan);
  // Three people with a bmi of 21.3, 21.4 and 21.9: 35 + 25 x'.
  const CellMoments& cell = plan.groups[0].cells[1];
  std::vector<double> sums(plan.moments.size(), 0);
  for (const double bmi : {21.3, 21.4, 21.9}) {
    const double x = (bmi - 35) / 25;
    for (const auto& [id, value] : {std::pair{cell.n, 1.0}, {cell.x1, x}, {cell.x2, x * x}}) sums[id.value] += value;
  }
  for (double& sum : sums) sum += 2e-7;
  const ResultTable table = finished(plan, sums, 1e-6).value_or_stop();
  EXPECT_NEAR(std::get<double>(table.rows[0][0]), 64.6 / 3, 1e-13);
  EXPECT_NEAR(std::get<double>(table.rows[0][1]), 0.32145502536643183, 1e-10);
  EXPECT_GE(table.digits_min, 9);
}

TEST(Finish, ACountFarFromAnIntegerIsReportedAsCorrupt) {
  const auto table = finished(clinic_plan("SELECT count(*) FROM clinic"), {12.3}, 1e-6);
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code, Code::kCorrupt);
  EXPECT_EQ(table.error().message, "sum S0 should be an integer and is farther from one than its error bound allows");
}

TEST(Finish, NullAsInSql) {
  const Plan plan = clinic_plan(
      "SELECT count(bmi), sum(bmi), avg(bmi), var_samp(bmi), stddev_samp(bmi), covar_samp(bmi, age), corr(bmi, age) "
      "FROM clinic");
  const auto nulls_with = [&](double bmi_count) {
    std::vector<double> sums(plan.moments.size(), 0);
    for (const CellMoments& cell : plan.groups[0].cells) sums[cell.n.value] = bmi_count;
    const ResultTable table = finished(plan, sums).value_or_stop();
    std::string pattern;
    for (const Value& value : table.rows[0]) pattern += std::holds_alternative<std::monostate>(value) ? 'N' : '.';
    return pattern;
  };
  EXPECT_EQ(nulls_with(0), ".NNNNNN");
  EXPECT_EQ(nulls_with(1), "...NNNN");
  EXPECT_EQ(nulls_with(2), "......N");  // no variance, no correlation
}

TEST(Finish, RegressionNullsAsInSql) {
  const Plan plan = clinic_plan(
      "SELECT regr_count(bmi, age), regr_avgx(bmi, age), regr_sxx(bmi, age), regr_slope(bmi, age), "
      "regr_intercept(bmi, age), regr_r2(bmi, age), var_pop(bmi) FROM clinic");
  const auto nulls_with = [&](double pairs) {
    std::vector<double> sums(plan.moments.size(), 0);
    for (const CellMoments& cell : plan.groups[0].cells) sums[cell.n.value] = pairs;
    const ResultTable table = finished(plan, sums).value_or_stop();
    std::string pattern;
    for (const Value& value : table.rows[0]) pattern += std::holds_alternative<std::monostate>(value) ? 'N' : '.';
    return pattern;
  };
  EXPECT_EQ(nulls_with(0), ".NNNNNN");
  EXPECT_EQ(nulls_with(1), "...NNN.");
}

TEST(Finish, GroupsWithoutAnybodyAreNotPrintedAndTheTotalCountsAll) {
  const Plan plan = clinic_plan("SELECT smoker, count(*) FROM clinic GROUP BY smoker");
  const ResultTable table = finished(plan, {3, 0, 4, 5}).value_or_stop();
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_EQ(table.rows[0][0], Value(std::string("never")));
  EXPECT_EQ(table.rows[1][0], Value(std::string("current")));
  EXPECT_EQ(table.groups[2][0], Value());
  EXPECT_EQ(table.n, 12);
  const Plan ungrouped = clinic_plan("SELECT count(*), avg(death) FROM clinic WHERE bmi > 30");
  EXPECT_EQ(finished(ungrouped, {0, 0}).value_or_stop().rows.size(), 1u);
}

TEST(Finish, ATableOfTwoCategoriesShowsItsEmptyCells) {
  const Plan plan = clinic_plan("SELECT sex, smoker, count(*), avg(bmi) FROM clinic GROUP BY sex, smoker");
  ASSERT_EQ(plan.groups.size(), 8u);  // F and M, never, former, current and NULL
  std::vector<double> sums(plan.moments.size(), 0);
  sums[plan.groups[0].n.value] = 4;
  sums[plan.groups[7].n.value] = 2;  // M, NULL
  const ResultTable table = finished(plan, sums).value_or_stop();
  ASSERT_EQ(table.rows.size(), 7u);  // without F, NULL: nobody, and no declared category
  EXPECT_EQ(table.rows[1], (std::vector<Value>{std::string("F"), std::string("former"), std::int64_t{0}, Value()}));
  EXPECT_EQ(table.rows[6], (std::vector<Value>{std::string("M"), Value(), std::int64_t{2}, Value()}));
  EXPECT_EQ(table.n, 6);
}

TEST(Finish, HistogramsQuantilesAndDistinctCategoriesComeFromCounts) {
  const Plan plan =
      clinic_plan("SELECT histogram(bmi) AS h, median(bmi), quantile(bmi, 1), count(DISTINCT smoker) FROM clinic");
  std::vector<double> sums(plan.moments.size(), 0);
  const auto set = [&](std::size_t cell, double value) { sums[plan.groups[0].cells[cell].n.value] = value; };
  set(1, 3);  // bmi from 18.5 to 25
  set(2, 2);
  set(4 + 4 + 4 + 2, 9);  // current smokers
  const ResultTable table = finished(plan, sums).value_or_stop();
  EXPECT_EQ(table.columns, (std::vector<std::string>{"h.[10,18.5)", "h.[18.5,25)", "h.[25,30)", "h.[30,60]",
                                                     "median(bmi)", "median(bmi).bin_width", "quantile(bmi, 1)",
                                                     "quantile(bmi, 1).bin_width", "count(DISTINCT smoker)"}));
  EXPECT_EQ(table.rows[0][1], Value(std::int64_t{3}));
  EXPECT_EQ(table.rows[0][3], Value(std::int64_t{0}));
  EXPECT_NEAR(std::get<double>(table.rows[0][4]), 18.5 + 6.5 * 5 / 6, 1e-12);
  EXPECT_EQ(table.rows[0][5], Value(6.5));
  EXPECT_NEAR(std::get<double>(table.rows[0][6]), 28.75, 1e-12);
  EXPECT_EQ(table.rows[0][8], Value(std::int64_t{1}));
  EXPECT_GE(table.digits_min, 13);
}

TEST(Finish, WrongNumbersOfSumsAndSumsThatAreNoNumbersAreRefused) {
  const Plan plan = clinic_plan("SELECT count(*) FROM clinic");
  const auto wrong = finished(plan, {1, 2});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "the plan releases 1 sums, 2 were opened with 2 error bounds");
  EXPECT_FALSE(finished(plan, {std::nan("")}));
  EXPECT_FALSE(finished(plan, {1}, -1));
}

/// |wrong - right| against what `digits` promises.
TEST(Finish, DigitsAreGuaranteed) {
  const Plan plan = clinic_plan(
      "SELECT sum(bmi), avg(bmi), var_samp(bmi), stddev_samp(bmi), covar_samp(bmi, \"Blood pressure\"), "
      "corr(bmi, \"Blood pressure\") FROM clinic");
  std::mt19937_64 random(5);
  const auto uniform = [&] { return std::uniform_real_distribution<double>(-1, 1)(random); };
  int least = kDigitsMax;
  int promised = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<double> sums(plan.moments.size(), 0);
    const int n = 2 + static_cast<int>(random() % 200);
    const double spread = std::exp2(-static_cast<double>(random() % 12));
    for (int i = 0; i < n; ++i) {
      const double x = 0.3 + 0.7 * spread * uniform();
      const double y = 0.5 * x + 0.5 * spread * uniform();
      // Nobody misses a value, so sums over those who have both are sums over all.
      std::map<MomentId, double> of_person{{plan.groups[0].n, 1}};
      for (const CellMoments& c : plan.groups[0].cells) {
        of_person.insert({{c.n, 1}, {c.x1, x}, {c.y1, y}, {c.x2, x * x}, {c.y2, y * y}, {c.xy, x * y}});
      }
      of_person.erase(kZeroMoment);
      for (const auto& [id, value] : of_person) sums[id.value] += value;
    }
    const double error = std::exp2(-8 - static_cast<double>(random() % 20));
    std::vector<double> wrong = sums;
    for (double& sum : wrong) sum += error * uniform();
    const ResultTable right = finished(plan, sums, 0).value_or_stop();
    const ResultTable table = finished(plan, wrong, error).value_or_stop();
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (!std::holds_alternative<double>(table.rows[0][i]) || !std::holds_alternative<double>(right.rows[0][i]))
        continue;
      const double value = std::get<double>(table.rows[0][i]);
      const double truth = std::get<double>(right.rows[0][i]);
      if (table.digits[i] == 0) continue;  // nothing is promised
      const double allowed = std::pow(10.0, -table.digits[i]) * std::abs(value);
      EXPECT_LE(std::abs(value - truth), allowed) << table.columns[i] << " n " << n << " error " << error;
      least = std::min(least, table.digits[i]);
      ++promised;
    }
  }
  EXPECT_GT(promised, 500);
  EXPECT_LT(least, 3);  // hard cases were among them
}

}  // namespace
}  // namespace mc::query
