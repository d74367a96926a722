// SPDX-License-Identifier: Apache-2.0
#include "query/release/guarded.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/plan/compile.hpp"
#include "query/plan/partial_plan.hpp"
#include "query/plan/value_counts.hpp"
#include "query/testing/clinic.hpp"

namespace mc::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr DisclosureRules kFive{.cohort_min = 5, .cell_min = 5, .difference_min = 5};

Plan plan_of(const std::string& sql) {
  auto plan = compile(sql, testing::clinic_schema(), "clinic", limb_budget("standard").value_or_stop());
  EXPECT_TRUE(plan) << sql << ": " << plan.error().message;
  return std::move(plan).value_or_stop();
}

/// Every group's n and the n of its strata are this many, group by group.
std::vector<NoisyCount> counts_of_groups(const Plan& plan, const std::vector<double>& persons, double sigma = 0) {
  std::map<MomentId, double> values;
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    values[plan.groups[g].n] = persons[g];
    for (const CellMoments& cell : plan.groups[g].cells) {
      if (cell.n != kZeroMoment) values.emplace(cell.n, persons[g]);
    }
  }
  std::vector<NoisyCount> counts;
  for (const MomentId id : count_moments(plan)) counts.push_back({values.at(id), sigma});
  return counts;
}

TEST(Guarded, AnAnswerAboutEnoughPersonsIsShown) {
  const Plan plan = plan_of("SELECT avg(age), count(bmi) FROM clinic");
  const GuardedVerdict verdict = judge_groups(plan, counts_of_groups(plan, {40}), {kFive});
  EXPECT_FALSE(verdict.refused);
  EXPECT_THAT(verdict.shown, ElementsAre(1));
}

// Attack: the mean over a group of one is that person's value.
TEST(Guarded, ASmallCohortIsRefusedWithoutItsCount) {
  const Plan plan = plan_of("SELECT avg(age) FROM clinic WHERE age >= 60");
  const GuardedVerdict verdict = judge_groups(plan, counts_of_groups(plan, {3}), {kFive});
  EXPECT_TRUE(verdict.refused);
  EXPECT_THAT(verdict.sentence, HasSubstr("fewer than 5"));
  EXPECT_THAT(verdict.sentence, Not(HasSubstr("3")));
}

// Attack: noise that makes three look like many.
TEST(Guarded, WhatMayBeSmallBehindItsNoiseIsRefused) {
  const Plan plan = plan_of("SELECT avg(age) FROM clinic");
  EXPECT_TRUE(judge_groups(plan, counts_of_groups(plan, {40}, 10), {kFive}).refused);
  EXPECT_FALSE(judge_groups(plan, counts_of_groups(plan, {400}, 10), {kFive}).refused);
}

// Attack: all groups but one, and the whole.
TEST(Guarded, ARareGroupIsHiddenAndAnotherOneWithIt) {
  const Plan plan = plan_of("SELECT smoker, count(*) FROM clinic GROUP BY smoker");
  ASSERT_EQ(plan.groups.size(), 4u) << "three and NULL";
  const GuardedVerdict verdict = judge_groups(plan, counts_of_groups(plan, {90, 2, 30, 60}), {kFive});
  EXPECT_THAT(verdict.shown, ElementsAre(1, 0, 0, 1));
  EXPECT_EQ(verdict.hidden(), 2u);
}

// Attack: a bin that only the victim is in.
TEST(Guarded, ATableWithASmallBinIsRefusedAsAWhole) {
  const Plan plan = plan_of("SELECT histogram(bmi) FROM clinic");
  std::vector<NoisyCount> counts = counts_of_groups(plan, {50});
  counts.back().value = 2;
  const GuardedVerdict verdict = judge_groups(plan, counts, {kFive});
  EXPECT_TRUE(verdict.refused);
  EXPECT_THAT(verdict.sentence, HasSubstr("bins"));
}

// Attack: the one person who died, without naming a group: sum(death) counts her, and the other sums tell her age.
TEST(Guarded, WhatSumsOfZeroAndOneCountIsJudgedLikeARowOfATable) {
  for (const char* sql :
       {"SELECT sum(death), avg(age) FROM clinic", "SELECT corr(death, age) FROM clinic",
        "SELECT regr_slope(age, death) FROM clinic", "SELECT ttest(death, diabetes) FROM clinic",
        "SELECT linear_regression('death ~ age') FROM clinic", "SELECT sex, avg(death) FROM clinic GROUP BY sex"}) {
    const Plan plan = plan_of(sql);
    const std::vector<FollowingCount> of_values = ValueCounts(plan).of(plan.groups[0]);
    ASSERT_FALSE(of_values.empty()) << sql;
    const std::vector<MomentId> ids = count_moments(plan);
    const auto judged = [&](double ones, double all) {
      std::vector<NoisyCount> counts(ids.size(), NoisyCount{all, 0.1});
      for (const PlanGroup& group : plan.groups) {
        for (const FollowingCount& count : ValueCounts(plan).of(group)) {
          if (count.less.empty()) counts[std::ranges::find(ids, count.sums[0]) - ids.begin()].value = ones;
        }
      }
      return judge_groups(plan, counts, {kFive});
    };
    EXPECT_FALSE(judged(40, 100).refused) << sql;
    EXPECT_TRUE(judged(1, 100).refused) << sql << ": one of them died";
    EXPECT_TRUE(judged(99, 100).refused) << sql << ": one of them did not";
    EXPECT_FALSE(judged(0, 100).refused) << sql << ": nobody is nobody's secret";
  }
}

// Attack: an empty bin in front of the one that only the victim is in.
TEST(Guarded, AnEmptyBinDoesNotStandForASmallOne) {
  const Plan plan = plan_of("SELECT histogram(bmi) FROM clinic");
  std::vector<NoisyCount> counts = counts_of_groups(plan, {50});
  counts.back().value = 0;
  EXPECT_FALSE(judge_groups(plan, counts, {kFive}).refused);
  counts[counts.size() - 2].value = 2;
  EXPECT_TRUE(judge_groups(plan, counts, {kFive}).refused);
}

TEST(Guarded, ModelsOfReleasedSumsAreOfferedAndThoseThatAreTrainedAreNot) {
  EXPECT_TRUE(check_guarded(plan_of("SELECT avg(age) FROM clinic")));
  EXPECT_TRUE(check_guarded(plan_of("SELECT linear_regression('bmi ~ age * sex') FROM clinic")));
  const auto refused = check_guarded(plan_of("SELECT logistic_regression('death ~ age') FROM clinic"));
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("trained"));
  EXPECT_FALSE(check_guarded(plan_of("SELECT count(*) FROM clinic WHERE age > 70")));
}

// Of products in a run as many as masks bear; a comparison has stages that no mask bears (docs/design/0040).
TEST(Guarded, NineConditionsAndValuesAreMultipliedAndTenAreNot) {
  const std::string nine =
      "SELECT stddev_samp(age) FROM clinic WHERE sex = 'F' AND smoker = 'never' AND death AND bmi >= 25 AND diabetes "
      "AND age >= 40";
  EXPECT_TRUE(plan_of(nine + " GROUP BY nyha").is_run());
  EXPECT_TRUE(check_guarded(plan_of(nine + " GROUP BY nyha")));
  const auto ten = check_guarded(plan_of(nine + " AND \"Blood pressure\" IS NOT NULL GROUP BY nyha"));
  ASSERT_FALSE(ten);
  EXPECT_THAT(ten.error().message, HasSubstr("at most nine conditions and values"));
  // The planner makes no such plan; a custodian could not tell its two runs apart.
  Plan sealed_too = plan_of(nine + " GROUP BY nyha");
  sealed_too.parameters.list.emplace_back();
  const auto both = check_guarded(sealed_too);
  ASSERT_FALSE(both);
  EXPECT_THAT(both.error().message, HasSubstr("two runs"));
}

// Where no noise hides what a weight picks out, it may pick out nobody but her who alone reads the answer.
TEST(Guarded, AnExactCommonsTakesSealedParametersForAPersonAlone) {
  const std::string person = " FOR PERSON '" + std::string(64, 'a') + "' SIGNED '" + std::string(130, '1') + "'";
  const std::string score = "avg(risk_score('m', '4 * [$ + $ * age]')) FROM clinic";
  EXPECT_TRUE(check_exact(plan_of("SELECT avg(age) FROM clinic")));
  EXPECT_TRUE(check_exact(plan_of("SELECT " + score + person)));
  EXPECT_TRUE(check_exact(plan_of("SELECT avg($a * age) FROM clinic" + person)));
  for (const std::string& sql : {"SELECT " + score, std::string("SELECT avg($a * age) FROM clinic"),
                                 std::string("SELECT count(*) FROM clinic WHERE smoker IN $c")}) {
    const auto refused = check_exact(plan_of(sql));
    EXPECT_EQ(refused.error().code, Code::kUnsupported) << sql;
    EXPECT_THAT(refused.error().message, HasSubstr("sealed parameters are for guarded commons"));
  }
  EXPECT_THAT(check_exact(plan_of("SELECT avg(risk_score('1 * age')), " + score + person)).error().message,
              HasSubstr("are two questions"));
  EXPECT_TRUE(check_guarded(plan_of("SELECT " + score)));
  EXPECT_FALSE(check_guarded(plan_of("SELECT " + score + person)));
}

TEST(Guarded, TheNoiseOfEveryNumberIsKnown) {
  const Plan plan = plan_of("SELECT count(*), avg(age), stddev_samp(age) FROM clinic");
  constexpr std::size_t kSlots = 8192;
  std::vector<double> means(plan.moments.size(), 250.0 / kSlots);
  means[plan.groups[0].n.value] = 1000.0 / kSlots;
  const std::vector<double> errors(means.size(), 20);
  const std::vector<double> sigma(means.size(), 5.0 / kSlots);
  ResultTable table = finish(plan, means, errors, kSlots).value_or_stop();
  const auto sd = noise_of_cells(plan, means, errors, sigma, kSlots).value_or_stop();
  ASSERT_EQ(sd.size(), 1u);
  EXPECT_NEAR(sd[0][0], 5, 1) << "the count's own";
  // avg = centre + half_width * sum / n, whose deviation is that of sum / n: 5 / 1000 and 5 * 250 / 1000^2.
  const double expected = plan.items[1].x.half_width * std::hypot(5.0 / 1000, 5.0 * 250 / 1e6);
  EXPECT_NEAR(sd[0][1], expected, expected / 5);
  EXPECT_EQ(noise_of_cells(plan, means, errors, sigma, kSlots).value_or_stop(), sd) << "always the same";
  show_noise_digits(sd, table);
  EXPECT_EQ(table.digits[0], 4) << "1000 with a deviation of 5";
  EXPECT_GE(table.digits_min, 1);
}

TEST(Guarded, CountsAreShownAsTheRulesSay) {
  const Plan plan = plan_of("SELECT count(*), avg(age), histogram(age) FROM clinic");
  ResultTable table;
  table.n = 103;
  table.rows.push_back({103.4, 51.3});
  for (std::size_t i = 0; i < plan.items[2].names.size(); ++i) table.rows[0].emplace_back(-2.0);
  round_counts(plan, {.round_to = 5}, table);
  EXPECT_EQ(table.n, 105);
  EXPECT_EQ(std::get<std::int64_t>(table.rows[0][0]), 105);
  EXPECT_EQ(std::get<double>(table.rows[0][1]), 51.3);
  EXPECT_EQ(std::get<std::int64_t>(table.rows[0][2]), 0) << "never negative";
}

TEST(Guarded, TestsAndIntervalsAreKnownNotToSeeTheNoise) {
  EXPECT_EQ(what_ignores_noise(plan_of("SELECT avg(age), corr(age, bmi) FROM clinic")), "");
  EXPECT_THAT(what_ignores_noise(plan_of("SELECT ttest(age, diabetes) FROM clinic")), HasSubstr("p-values"));
  EXPECT_THAT(what_ignores_noise(plan_of("SELECT linear_regression('bmi ~ age') FROM clinic")), HasSubstr("R squared"));
}

}  // namespace
}  // namespace mc::query
