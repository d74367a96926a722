// SPDX-License-Identifier: Apache-2.0
#include "query/release/guarded.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "query/plan/compile.hpp"
#include "query/plan/partial_plan.hpp"
#include "query/plan/value_counts.hpp"
#include "query/testing/plans.hpp"
#include "query/testing/rules.hpp"
#include "query/testing/scores_in_the_clear.hpp"
#include "query/testing/slots.hpp"

namespace mc::query {
namespace {

using testing::clinic_plan;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kFive;
using testing::kSlots;
using ::testing::Not;

Status offered(const Plan& plan) {
  return check_guarded(plan);
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
  const Plan plan = clinic_plan("SELECT avg(age), count(bmi) FROM clinic");
  const GuardedVerdict verdict = judge_groups(plan, counts_of_groups(plan, {40}), {kFive});
  EXPECT_FALSE(verdict.refused);
  EXPECT_THAT(verdict.shown, ElementsAre(1));
}

// Attack: the mean over a group of one is that person's value.
TEST(Guarded, ASmallCohortIsRefusedWithoutItsCount) {
  const Plan plan = clinic_plan("SELECT avg(age) FROM clinic WHERE age >= 60");
  const GuardedVerdict verdict = judge_groups(plan, counts_of_groups(plan, {3}), {kFive});
  EXPECT_TRUE(verdict.refused);
  EXPECT_THAT(verdict.sentence, HasSubstr("fewer than 5"));
  EXPECT_THAT(verdict.sentence, Not(HasSubstr("3")));
}

// Attack: noise that makes three look like many.
TEST(Guarded, WhatMayBeSmallBehindItsNoiseIsRefused) {
  const Plan plan = clinic_plan("SELECT avg(age) FROM clinic");
  EXPECT_TRUE(judge_groups(plan, counts_of_groups(plan, {40}, 10), {kFive}).refused);
  EXPECT_FALSE(judge_groups(plan, counts_of_groups(plan, {400}, 10), {kFive}).refused);
}

// Attack: all groups but one, and the whole.
TEST(Guarded, ARareGroupIsHiddenAndAnotherOneWithIt) {
  const Plan plan = clinic_plan("SELECT smoker, count(*) FROM clinic GROUP BY smoker");
  ASSERT_EQ(plan.groups.size(), 4u) << "three and NULL";
  const GuardedVerdict verdict = judge_groups(plan, counts_of_groups(plan, {90, 2, 30, 60}), {kFive});
  EXPECT_THAT(verdict.shown, ElementsAre(1, 0, 0, 1));
  EXPECT_EQ(verdict.hidden(), 2u);
}

// Attack: a bin that only the victim is in.
TEST(Guarded, ATableWithASmallBinBesideOtherItemsIsRefusedAsAWhole) {
  const Plan plan = clinic_plan("SELECT histogram(bmi), count(*) FROM clinic");
  std::vector<NoisyCount> counts = counts_of_groups(plan, {50});
  counts.back().value = 2;
  const GuardedVerdict verdict = judge_groups(plan, counts, {kFive});
  EXPECT_TRUE(verdict.refused);
  EXPECT_THAT(verdict.sentence, HasSubstr("bins"));
  EXPECT_THAT(verdict.sentence, HasSubstr("which is said of bmi >= 30")) << "and which bin";
}

TEST(Guarded, ARefusalNamesTheCategoriesWithTooFewPersonsAndNoCount) {
  const Plan plan = clinic_plan("SELECT chisq_test(smoker, sex), count(*) FROM clinic");
  std::vector<NoisyCount> counts(count_moments(plan).size(), NoisyCount{90, 0});
  counts[1].value = counts[4].value = 2;
  const std::string sentence = judge_groups(plan, counts, {kFive}).sentence;
  EXPECT_THAT(sentence, HasSubstr("which is said of "));
  EXPECT_THAT(sentence, HasSubstr("smoker = '"));
  EXPECT_THAT(sentence, HasSubstr("; "));
  EXPECT_THAT(sentence, Not(HasSubstr("90")));
  EXPECT_LT(sentence.size(), 1024u) << "what a verdict may carry";
  std::vector<NoisyCount> none(counts.size(), NoisyCount{2, 0});
  EXPECT_LT(judge_groups(plan, none, {kFive}).sentence.size(), 1024u);
}

// Attack: the one person who died, without naming a group: sum(death) counts her, and the other sums tell her age.
TEST(Guarded, WhatSumsOfZeroAndOneCountIsJudgedLikeARowOfATable) {
  for (const char* sql :
       {"SELECT sum(death), avg(age) FROM clinic", "SELECT corr(death, age) FROM clinic",
        "SELECT regr_slope(age, death) FROM clinic", "SELECT ttest(death, diabetes) FROM clinic",
        "SELECT linear_regression('death ~ age') FROM clinic", "SELECT sex, avg(death) FROM clinic GROUP BY sex"}) {
    const Plan plan = clinic_plan(sql);
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
  const Plan plan = clinic_plan("SELECT histogram(bmi), count(*) FROM clinic");
  std::vector<NoisyCount> counts = counts_of_groups(plan, {50});
  counts.back().value = 0;
  EXPECT_FALSE(judge_groups(plan, counts, {kFive}).refused);
  counts[counts.size() - 2].value = 2;
  EXPECT_TRUE(judge_groups(plan, counts, {kFive}).refused);
}

TEST(Guarded, ModelsOfReleasedSumsAreOfferedAndThoseThatAreTrainedAreNot) {
  EXPECT_TRUE(offered(clinic_plan("SELECT avg(age) FROM clinic")));
  EXPECT_TRUE(offered(clinic_plan("SELECT linear_regression('bmi ~ age * sex') FROM clinic")));
  const auto refused = offered(clinic_plan("SELECT logistic_regression('death ~ age') FROM clinic"));
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("trained"));
}

// A comparison whose start proofs bound leaves no mask (docs/design/0046, 0050); one that trusts owners with their
// ranges does, and so would one of a score that multiplies columns.
TEST(Guarded, ThresholdsThatNoDictionaryDeclaresAreOfferedAndThoseOfScoresThatAreSums) {
  LimbBudget proven = limb_budget("standard").value_or_stop();
  proven.proven_starts = true;
  const auto verdict = [&](const std::string& sql, const LimbBudget& budget) {
    return offered(compile("SELECT " + sql, testing::clinic_with_steps(), "clinic", budget).value_or_stop());
  };
  for (const char* sql :
       {"count(*), avg(bmi) FROM clinic WHERE age > 70", "sex, median(bmi, 24.125, 33) FROM clinic GROUP BY sex",
        "avg(age) FROM clinic WHERE bmi > 24.37 AND sex = 'F' AND death AND nyha = 1",
        "linear_regression('bmi ~ age') FROM clinic WHERE age > 57.3"}) {
    EXPECT_TRUE(verdict(sql, proven)) << sql;
    const Status trusting = verdict(sql, limb_budget("standard").value_or_stop());
    ASSERT_FALSE(trusting) << sql;
    EXPECT_EQ(trusting.error().code, Code::kUnsupported);
  }
  for (const char* sql :
       {"count(*) FROM clinic WHERE risk_score('m', '0.1 * age') > 7.05",
        "avg(risk_score('m', '0.1 * age')) FROM clinic", "avg(risk_score('m', '0.01 * age:sexM')) FROM clinic",
        "auc(death, age, 57.5) FROM clinic", "auc(death, predicted_risk('m', '0.1 * age - 3'), 0.1) FROM clinic",
        "calibration(death, predicted_risk('m', '0.1 * age - 3 + 0.2 * diabetes - 0.05 * bmi')) FROM clinic"}) {
    const Status offers = verdict(sql, proven);
    EXPECT_TRUE(offers) << sql << ": " << offers.error().message;
  }
  EXPECT_THAT(verdict("count(*) FROM clinic WHERE risk_score('m', '0.01 * age:sexM') > 0.05", proven).error().message,
              HasSubstr("no score that multiplies columns"));
}

// Of products in a run as many as masks bear (docs/design/0040).
TEST(Guarded, NineConditionsAndValuesAreMultipliedAndTenAreNot) {
  const std::string nine =
      "SELECT stddev_samp(age) FROM clinic WHERE sex = 'F' AND smoker = 'never' AND death AND bmi >= 25 AND diabetes "
      "AND age >= 40";
  EXPECT_TRUE(clinic_plan(nine + " GROUP BY nyha").is_run());
  EXPECT_TRUE(offered(clinic_plan(nine + " GROUP BY nyha")));
  const auto ten = offered(clinic_plan(nine + " AND \"Blood pressure\" IS NOT NULL GROUP BY nyha"));
  ASSERT_FALSE(ten);
  EXPECT_THAT(ten.error().message, HasSubstr("at most nine conditions and values"));
  // The planner makes no such plan; a custodian could not tell its two runs apart.
  Plan sealed_too = clinic_plan(nine + " GROUP BY nyha");
  sealed_too.parameters.list.emplace_back();
  const auto both = offered(sealed_too);
  ASSERT_FALSE(both);
  EXPECT_THAT(both.error().message, HasSubstr("two runs"));
}

// Where no noise hides what a weight picks out, it may pick out nobody but her who alone reads the answer.
TEST(Guarded, AnExactCommonsTakesSealedParametersForAPersonAlone) {
  const std::string person = " FOR PERSON '" + std::string(64, 'a') + "' SIGNED '" + std::string(130, '1') + "'";
  const std::string score = "avg(risk_score('m', '4 * [$ + $ * age]')) FROM clinic";
  EXPECT_TRUE(check_exact(clinic_plan("SELECT avg(age) FROM clinic")));
  EXPECT_TRUE(check_exact(clinic_plan("SELECT " + score + person)));
  EXPECT_TRUE(check_exact(clinic_plan("SELECT avg($a * age) FROM clinic" + person)));
  for (const std::string& sql : {"SELECT " + score, std::string("SELECT avg($a * age) FROM clinic"),
                                 std::string("SELECT count(*) FROM clinic WHERE smoker IN $c")}) {
    const auto refused = check_exact(clinic_plan(sql));
    EXPECT_EQ(refused.error().code, Code::kUnsupported) << sql;
    EXPECT_THAT(refused.error().message, HasSubstr("sealed parameters are for guarded commons"));
  }
  EXPECT_THAT(check_exact(clinic_plan("SELECT avg(risk_score('1 * age')), " + score + person)).error().message,
              HasSubstr("are two questions"));
  EXPECT_TRUE(offered(clinic_plan("SELECT " + score)));
  EXPECT_FALSE(offered(clinic_plan("SELECT " + score + person)));
}

TEST(Guarded, TheNoiseOfEveryNumberIsKnown) {
  const Plan plan = clinic_plan("SELECT count(*), avg(age), stddev_samp(age) FROM clinic");
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

// Noise as large as the cohort: whatever it does to the sums, answers stay numbers that can be.
TEST(Guarded, NoNumberIsImpossibleHoweverLargeTheNoise) {
  std::mt19937_64 random(31);
  std::normal_distribution<double> normal;
  const auto value = [](const ResultTable& table, std::size_t column) -> std::optional<double> {
    const Value& cell = table.rows[0][column];
    if (const auto* real = std::get_if<double>(&cell)) return *real;
    if (const auto* whole = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*whole);
    return std::nullopt;
  };
  const Plan plan = clinic_plan(
      "SELECT count(*), avg(age), var_samp(bmi), stddev_pop(bmi), corr(age, bmi), regr_slope(bmi, age), regr_r2(bmi, "
      "age), "
      "regr_intercept(age, bmi), regr_sxx(bmi, age), ttest(bmi, sex), chisq_test(smoker, sex), odds_ratio(diabetes, "
      "sex), "
      "risk_ratio(diabetes, sex), risk_difference(death, sex), histogram(age), median(age) FROM clinic");
  for (int round = 0; round < 60; ++round) {
    const double persons = round % 3 == 0 ? 5 : round % 3 == 1 ? 40 : 400;
    std::vector<double> means;
    for (std::size_t i = 0; i < plan.moments.size(); ++i) {
      means.push_back((persons / 2 + 8 * normal(random)) / kSlots);
    }
    const std::vector<double> errors(means.size(), 16), sigma(means.size(), 8.0 / kSlots);
    ResultTable table = finish(plan, means, errors, kSlots, {sigma, 1}).value_or_stop();
    round_counts(plan, DisclosureRules{}, table);
    ASSERT_TRUE(noise_of_cells(plan, means, errors, sigma, kSlots)) << round;
    for (std::size_t column = 0; column < table.columns.size() && !table.rows.empty(); ++column) {
      const auto number = value(table, column);
      const std::string& name = table.columns[column];
      if (!number) continue;
      ASSERT_TRUE(std::isfinite(*number)) << name;
      const bool is_share = name.starts_with("corr") || name.starts_with("regr_r2") || name.ends_with("p.value") ||
                            name.find(".risk in") != std::string::npos;
      if (is_share) {
        EXPECT_LE(std::abs(*number), 1) << name;
      }
      const bool is_size = name.starts_with("count") || name.starts_with("var") || name.starts_with("stddev") ||
                           name.starts_with("regr_sxx") || name.starts_with("histogram") || name.ends_with("p.value") ||
                           name.starts_with("odds") || name.starts_with("risk_ratio");
      if (is_size) {
        EXPECT_GE(*number, 0) << name;
      }
      if (name.starts_with("stddev") || name.starts_with("var")) {
        EXPECT_GT(*number, 0) << name;
      }
    }
  }
}

// It once said that the deviation is 0, as if everybody had the same age.
TEST(Guarded, AVarianceThatNoiseDrawsBelowZeroIsNotKnownAndSaysWhy) {
  const Plan plan = clinic_plan(
      "SELECT stddev_samp(age), var_samp(age), stddev_pop(age), regr_sxx(bmi, age), regr_r2(bmi, age), count(*) "
      "FROM clinic");
  std::vector<double> means(plan.moments.size(), 0);
  const CellMoments& cell = plan.groups[0].cells[0];
  means[plan.groups[0].n.value] = 40.0 / kSlots;
  for (const CellMoments& of : plan.groups[0].cells) means[of.n.value] = 40.0 / kSlots;
  const std::vector<double> errors(means.size(), 8), sigma(means.size(), 4.0 / kSlots);
  means[cell.x2.value] = -1.0 / kSlots;
  const ResultTable unknown = finish(plan, means, errors, kSlots, {sigma, 1}).value_or_stop();
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(std::holds_alternative<std::monostate>(unknown.rows[0][i])) << unknown.columns[i];
  }
  const std::string why = unknown_beneath_noise(plan, unknown);
  EXPECT_THAT(why, HasSubstr("stddev_samp(age), var_samp(age), stddev_pop(age)"));
  EXPECT_THAT(why, HasSubstr("--rho"));
  EXPECT_THAT(why, Not(HasSubstr("count")));
  // Above 0, and not by more than its noise: a number, and beside it the noise that reaches further than it.
  means[cell.x2.value] = 2.0 / kSlots;
  const ResultTable known = finish(plan, means, errors, kSlots, {sigma, 1}).value_or_stop();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_GT(std::get<double>(known.rows[0][i]), 0) << known.columns[i];
  const auto sd = noise_of_cells(plan, means, errors, sigma, kSlots).value_or_stop();
  EXPECT_GT(sd[0][0], 0.5 * std::get<double>(known.rows[0][0]));
  EXPECT_GT(sd[0][1], std::get<double>(known.rows[0][1]));
  // One deviation above 0: a sixth of the draws are below, and counts as 0 there instead of not at all.
  means[cell.x2.value] = 4.0 / kSlots;
  const ResultTable above = finish(plan, means, errors, kSlots, {sigma, 1}).value_or_stop();
  const auto noise = noise_of_cells(plan, means, errors, sigma, kSlots).value_or_stop();
  EXPECT_GT(noise[0][0], 0.5 * std::get<double>(above.rows[0][0]));
  // Without noise a variance within its error is 0.
  means[cell.x2.value] = -1e-9 / kSlots;
  const std::vector<double> small(means.size(), 1e-6);
  const ResultTable exact = finish(plan, means, small, kSlots).value_or_stop();
  EXPECT_EQ(std::get<double>(exact.rows[0][0]), 0);
  EXPECT_EQ(unknown_beneath_noise(plan, exact),
            "NULL in regr_r2(bmi, age): a variance that it needs cannot be told "
            "from 0 beneath the noise; ask of more persons, with a larger --rho, or of a column whose plausible range "
            "is narrower");
}

TEST(Guarded, CountsAreShownAsTheRulesSay) {
  const Plan plan = clinic_plan("SELECT count(*), avg(age), histogram(age) FROM clinic");
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
  EXPECT_EQ(what_ignores_noise(clinic_plan("SELECT avg(age), corr(age, bmi) FROM clinic")), "");
  EXPECT_THAT(what_ignores_noise(clinic_plan("SELECT ttest(age, diabetes) FROM clinic")), HasSubstr("p-values"));
  EXPECT_THAT(what_ignores_noise(clinic_plan("SELECT linear_regression('bmi ~ age') FROM clinic")),
              HasSubstr("contain"));
}

}  // namespace
}  // namespace mc::query
