// SPDX-License-Identifier: Apache-2.0
#include "query/train/logistic.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <random>
#include <sstream>

#include "query/testing/training_trial.hpp"
#include "query/train/matrix_layout.hpp"

namespace mc::query {
namespace {

using testing::CommitteeRefresher;
using testing::expect_close;
using testing::PlainFit;
using testing::seconds_since;
using testing::TrainingPerson;
using testing::TrainingTrial;

void expect_trained_close(const TrainingTrial& trial, const LogisticPlan& plan, double of_std_error) {
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  const auto answers = train_logistic(plan, owners, trial.vault, trial.bench(), refresher).value_or_stop();
  expect_close(plan, trial.reference(plan), trial.opened(answers), of_std_error);
}

TEST(LogisticTraining, AgreesWithNewtonInTheClear) {
  TrainingTrial trial;
  trial.fill(700, 4, 1);
  const LogisticPlan plan = trial.plan();
  CommitteeRefresher refresher(trial.committee);
  const auto start = std::chrono::steady_clock::now();
  const auto owners = trial.owners();
  const auto answers = train_logistic(plan, owners, trial.vault, trial.bench(), refresher);
  ASSERT_TRUE(answers) << answers.error().message;
  std::cout << "  " << refresher.steps << " refreshes of " << refresher.polynomials << " polynomials, "
            << seconds_since(start) << " s\n";
  expect_close(plan, trial.reference(plan), trial.opened(*answers), 1e-3);
}

// A power of two, none of them missing, and a category that nobody has: the largest eigenvalue is all that it can be.
TEST(LogisticTraining, AsManyPersonsAsFillTheRangeOfSums) {
  for (const bool nobody_has : {false, true}) {
    TrainingTrial trial;
    trial.fill(512, 1, 3);
    for (TrainingPerson& person : trial.persons) {
      person.asked = person.complete = person.consents = true;
      person.x = {nobody_has ? -1.0 : person.x[0]};
    }
    LogisticPlan plan = trial.plan();
    if (!nobody_has) plan.columns.clear();
    CommitteeRefresher refresher(trial.committee);
    const auto owners = trial.owners();
    const auto answers = train_logistic(plan, owners, trial.vault, trial.bench(), refresher).value_or_stop();
    const std::vector<double> found = trial.opened(answers);
    double with = 0;
    for (const TrainingPerson& person : trial.persons) with += person.y;
    // The intercept, and what is one with it.
    const double log_odds = nobody_has ? found[0] - found[1] : found[0];
    EXPECT_NEAR(log_odds, std::log(with / (512 - with)), 1e-3);
  }
}

TEST(LogisticTraining, MultipliesInteractionsAndManyConditionsWithFurtherRefreshes) {
  TrainingTrial trial;
  trial.fill(900, 3, 5);
  LogisticPlan plan = trial.plan();
  // x0 * x1 as a column of its own, and completeness in six factors: two groups of products.
  for (TrainingPerson& person : trial.persons) person.x.push_back(person.x[0] * person.x[1]);
  plan.columns.push_back({FeatureColumn{{1, "x0"}}, FeatureColumn{{1, "x1"}}});
  plan.complete.assign(6, {{1, "complete"}});
  expect_trained_close(trial, plan, 1e-2);
}

TEST(LogisticTraining, FromDiskItComesToTheSameBits) {
  TrainingTrial trial;
  trial.fill(2000, 3, 6);
  LogisticPlan plan = trial.plan();
  plan.iterations = 2;
  const auto owners = trial.owners();
  CommitteeRefresher refresher(trial.committee);
  const auto wanted = train_logistic(plan, owners, trial.vault, trial.bench(), refresher).value_or_stop();
  Workbench bench = trial.bench();
  bench.scratch = ::testing::TempDir();
  bench.kept_bytes = 0;
  CommitteeRefresher again(trial.committee);
  const auto found = train_logistic(plan, owners, trial.vault, bench, again).value_or_stop();
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].ciphertext, wanted[i].ciphertext) << i;
}

TEST(LogisticTraining, GoesWithoutAnIntercept) {
  TrainingTrial trial;
  trial.fill(600, 3, 6);
  LogisticPlan plan = trial.plan();
  plan.intercept = false;
  expect_trained_close(trial, plan, 1e-2);
}

// A dictionary that allows creatinine up to 100 where records have 0.5 to 2: standardised values hardly differ.
TEST(LogisticTraining, CopesWithADictionaryMuchWiderThanTheRecords) {
  TrainingTrial trial(fhe::testing::small_params(), 4);
  trial.fill(2000, 3, 9);
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (TrainingPerson& person : trial.persons) person.x[0] = -0.96 + 0.012 * (person.x[0] + uniform(random));
  const LogisticPlan plan = trial.plan();
  expect_trained_close(trial, plan, 1e-2);
}

// The damping of the inverse is as large as the information of a column of a few hundredths of the range: at a
// two-hundredth eight iterations leave eight thousandths of a standard error. MEDCOMMONS_NARROW="40 100 2000 200" tries
// others: persons, and how many times the spread the range is.
TEST(LogisticTraining, AtTheStandardParametersNarrowColumnsLoseLittle) {
  const char* const asked = std::getenv("MEDCOMMONS_NARROW");
  std::istringstream pairs(asked == nullptr ? "40 100" : asked);
  std::size_t persons = 0;
  for (double times = 0; pairs >> persons >> times;) {
    TrainingTrial trial(fhe::Params::named("standard").value_or_stop());
    std::mt19937_64 random(persons);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> chance(0, 1);
    for (std::size_t i = 0; i < persons; ++i) {
      TrainingPerson person;
      const double first = normal(random), second = normal(random);
      person.x = {-0.8 + first / times, 0.9 + (0.5 * first + second) / (2 * times)};
      person.y = chance(random) < 1 / (1 + std::exp(-0.6 * first + 0.4 * second)) ? 1 : 0;
      trial.persons.push_back(std::move(person));
    }
    const LogisticPlan plan = trial.plan();
    const PlainFit wanted = trial.reference(plan);
    CommitteeRefresher refresher(trial.committee);
    const auto answers = train_logistic(plan, trial.owners(), trial.vault, trial.bench(), refresher).value_or_stop();
    const auto model = testing::released_model(trial.opened(answers), plan.size());
    double worst = 0, worst_se = 0;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      const double se = std::sqrt(wanted.covariance[i][i]);
      worst = std::max(worst, std::fabs(model.beta[i] - wanted.beta[i]) / se);
      worst_se = std::max(worst_se, std::fabs(std::sqrt(model.covariance[i][i]) / se - 1));
    }
    std::cout << "  " << persons << " persons, a spread of 1/" << times << ": off by " << worst
              << " standard errors, those by " << worst_se << " of themselves\n";
    EXPECT_LT(worst, 1e-2);
    EXPECT_LT(worst_se, 1e-2);
  }
}

// One event in two hundred: the Hessian at the maximum is a fiftieth of that at zero, and eight iterations suffice.
TEST(LogisticTraining, FindsARareOutcomeInEightIterations) {
  TrainingTrial trial(fhe::testing::small_params(), 5);
  trial.fill(6000, 2, 10);
  std::mt19937_64 random(4);
  std::uniform_real_distribution<double> chance(0, 1);
  for (TrainingPerson& person : trial.persons) {
    const double z = -5.3 + 1.5 * person.x[0] - person.x[1];
    person.y = chance(random) < 1 / (1 + std::exp(-z)) ? 1 : 0;
  }
  const LogisticPlan plan = trial.plan();
  ASSERT_EQ(plan.iterations, 8u);
  expect_trained_close(trial, plan, 2e-4);
}

// Measurements are skewed: of most persons they lie at the end of what the dictionary declares, of a few far away.
TEST(LogisticTraining, ReachesLogOddsOfForty) {
  TrainingTrial trial;
  trial.fill(900, 3, 12);
  std::mt19937_64 random(6);
  std::uniform_real_distribution<double> chance(0, 1);
  double largest = 0;
  for (TrainingPerson& person : trial.persons) {
    person.x[0] = -1 + 0.2 * chance(random) + (chance(random) < 0.05 ? 1.8 * chance(random) : 0);
    const double z = 21 * (person.x[0] + 0.93) - person.x[1];
    largest = std::max(largest, z);
    person.y = chance(random) < 1 / (1 + std::exp(-z)) ? 1 : 0;
  }
  ASSERT_GT(largest, 35);
  const LogisticPlan plan = trial.plan();
  expect_trained_close(trial, plan, 1e-3);
}

// Their log odds are beyond what the fold bounds, and 0 times what the curve then is was more than nothing.
TEST(LogisticTraining, WhoDoesNotCountMayBeFarAway) {
  TrainingTrial trial;
  trial.fill(900, 2, 14);
  std::mt19937_64 random(8);
  std::uniform_real_distribution<double> chance(0, 1);
  for (TrainingPerson& person : trial.persons) {
    person.x[0] = -1 + 0.1 * chance(random);
    const double z = 60 * (person.x[0] + 0.95);
    person.y = chance(random) < 1 / (1 + std::exp(-z)) ? 1 : 0;
    if (!person.asked) person.x[0] = 1;
  }
  const LogisticPlan plan = trial.plan();
  expect_trained_close(trial, plan, 1e-2);
}

// Two measurements of the same thing, correlated with r = 0.9999.
TEST(LogisticTraining, TellsColumnsApartThatAreNearlyOne) {
  TrainingTrial trial;
  trial.fill(900, 3, 13);
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  double xx = 0, xy = 0, yy = 0;
  for (TrainingPerson& person : trial.persons) {
    person.x[1] = 0.99 * person.x[0] + 0.0032 * normal(random);
    xx += person.x[0] * person.x[0];
    xy += person.x[0] * person.x[1];
    yy += person.x[1] * person.x[1];
  }
  ASSERT_GT(xy / std::sqrt(xx * yy), 0.9998);
  LogisticPlan plan = trial.plan();
  plan.iterations = 12;  // the damping of the inverse is as large as what they differ by
  expect_trained_close(trial, plan, 1e-2);
}

TEST(LogisticTraining, PenalisesWhatTheRidgeNames) {
  TrainingTrial trial;
  trial.fill(500, 3, 7);
  LogisticPlan plan = trial.plan();
  plan.ridge = {0, 5, 5, 20};
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  const auto found = trial.opened(train_logistic(plan, owners, trial.vault, trial.bench(), refresher).value_or_stop());
  const PlainFit wanted = trial.reference(plan);
  const auto model = testing::released_model(found, plan.size(), plan.ridge);
  for (std::size_t i = 0; i < plan.size(); ++i) EXPECT_NEAR(model.beta[i], wanted.beta[i], 1e-4) << i;
}

TEST(LogisticTraining, StartsFromTheOffset) {
  TrainingTrial trial;
  trial.fill(700, 3, 8);
  LogisticPlan plan = trial.plan();
  // Twice the first column as offset: the first coefficient is less by two, nothing else changes.
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  const PlainFit without = trial.reference(plan);
  plan.offset = {{1, "x0"}};
  plan.offset_unit = 2;

  const auto answers = train_logistic(plan, owners, trial.vault, trial.bench(), refresher);
  ASSERT_TRUE(answers) << answers.error().message;
  const auto model = testing::released_model(trial.opened(*answers), plan.size());
  EXPECT_NEAR(model.beta[1], without.beta[1] - 2, 1e-3);
  EXPECT_NEAR(model.beta[2], without.beta[2], 1e-3);
}

/// Gives every person an offset from `low` to `high`, whose middle is what the model would have without it.
LogisticPlan with_offset(TrainingTrial& trial, double low, double high, double unit) {
  std::mt19937_64 random(41);
  std::uniform_real_distribution<double> uniform(low, high), chance(0, 1);
  for (TrainingPerson& person : trial.persons) {
    person.offset = uniform(random);
    const double z = person.offset - (low + high) / 2 + 1.2 * person.x[0] - person.x[1] - 0.5;
    person.y = chance(random) < 1 / (1 + std::exp(-z)) ? 1 : 0;
  }
  LogisticPlan plan = trial.plan();
  std::vector<double> values;
  for (const TrainingPerson& person : trial.persons) values.push_back(person.complete ? person.offset / unit : 0);
  trial.vault.add("o", values);
  plan.offset = {{1, "o"}};
  plan.offset_unit = unit;
  return plan;
}

// Log odds of everybody were beyond 6 until the intercept had come down to -9, which Newton's steps never did: there
// were no numbers.
TEST(LogisticTraining, AnOffsetMayLieFarFromZeroForEverybody) {
  for (const auto& [low, high, unit] : {std::array{6.0, 12.0, 12.0}, std::array{-12.0, -6.0, 100.0}}) {
    TrainingTrial trial;
    trial.fill(700, 3, 8);
    const LogisticPlan plan = with_offset(trial, low, high, unit);
    CommitteeRefresher refresher(trial.committee);
    const auto answers = train_logistic(plan, trial.owners(), trial.vault, trial.bench(), refresher);
    ASSERT_TRUE(answers) << answers.error().message;
    std::cout << "  offset from " << low << " to " << high << " of a range of " << unit << "\n";
    expect_close(plan, trial.reference(plan, {-(low + high) / 2, 0, 0, 0}), trial.opened(*answers), 1e-3);
  }
}

// Two columns that add up to 1 do for the offset what an intercept does.
TEST(LogisticTraining, ColumnsTakeAnOffsetWithoutAnIntercept) {
  TrainingTrial trial;
  trial.fill(700, 3, 8);
  for (TrainingPerson& person : trial.persons) person.x.push_back(1 - person.x[2]);
  LogisticPlan plan = with_offset(trial, 6, 12, 12);
  plan.intercept = false;
  CommitteeRefresher refresher(trial.committee);
  const auto answers = train_logistic(plan, trial.owners(), trial.vault, trial.bench(), refresher);
  ASSERT_TRUE(answers) << answers.error().message;
  expect_close(plan, trial.reference(plan, {0, 0, -9, -9}), trial.opened(*answers), 1e-3);
}

// Thirteen rows, of which a polynomial of 1,024 coefficients has room for five.
TEST(LogisticTraining, MatricesOfSeveralPolynomialsAgreeToo) {
  TrainingTrial trial;
  trial.fill(900, 12, 21, 0.7);
  const LogisticPlan plan = trial.plan();
  ASSERT_EQ(MatrixLayout(13, trial.committee.params->ring().degree()).chunks(), 3u);
  expect_trained_close(trial, plan, 1e-2);
}

TEST(LogisticTraining, WeightsWeighTheCurveToo) {
  TrainingTrial trial, twice;
  trial.fill(600, 3, 11);
  LogisticPlan plan = trial.plan();
  twice.persons = trial.persons;
  std::vector<double> weights(trial.persons.size(), 0.5);
  for (std::size_t i = 0; i < weights.size(); i += 3) {
    weights[i] = 1;
    twice.persons.push_back(trial.persons[i]);
  }
  trial.vault.add("weight", weights);
  plan.weights = {{1, "weight"}};
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  const auto answers = train_logistic(plan, owners, trial.vault, trial.bench(), refresher);
  ASSERT_TRUE(answers) << answers.error().message;
  const std::vector<double> found = trial.opened(*answers);
  const PlainFit wanted = twice.reference(plan);
  for (std::size_t j = 0; j < plan.size(); ++j) EXPECT_NEAR(found[j], wanted.beta[j], 1e-3);
}

TEST(LogisticTraining, ACombinationOfColumnsLeavesTheModelAsItIs) {
  TrainingTrial trial;
  trial.fill(600, 3, 9);
  LogisticPlan plan = trial.plan();
  plan.iterations = 25;
  const PlainFit without = trial.reference(plan);
  plan.columns.push_back({FeatureColumn{{0.5, "x0"}, {0.5, "x2"}}});
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  const auto answers = train_logistic(plan, owners, trial.vault, trial.bench(), refresher);
  ASSERT_TRUE(answers) << answers.error().message;
  const auto found = trial.opened(*answers);
  // Shared among those that take part, the same sum.
  EXPECT_NEAR(found[0], without.beta[0], 1e-3);
  EXPECT_NEAR(found[1] + 0.5 * found[4], without.beta[1], 1e-3);
  EXPECT_NEAR(found[2], without.beta[2], 1e-3);
  EXPECT_NEAR(found[3] + 0.5 * found[4], without.beta[3], 1e-3);
}

// WHERE a AND m OR b: (a OR b) AND (m OR b), with persons in all corners.
TEST(LogisticTraining, AlternativesOfDifferentColumnsAreAskedAbout) {
  TrainingTrial trial;
  trial.fill(trial.committee.params->slot_count(), 2, 23);
  std::mt19937_64 random(5);
  std::vector<double> a, b, m;
  for (TrainingPerson& person : trial.persons) {
    a.push_back(random() % 2 == 0 ? 1 : 0);
    b.push_back(random() % 3 == 0 ? 1 : 0);
    m.push_back(random() % 2 == 0 ? 1 : 0);
    person.asked = (a.back() == 1 && m.back() == 1) || b.back() == 1;
  }
  LogisticPlan plan = trial.plan();
  trial.vault.add("a", a);
  trial.vault.add("b", b);
  trial.vault.add("m", m);
  const auto others = [](const std::string& handle) { return FeatureColumn{{1, "present"}, {-1, handle}}; };
  plan.where.clear();
  plan.unless = {{others("a"), others("b")}, {others("m"), others("b")}};
  ASSERT_TRUE(check_logistic_plan(plan));
  CommitteeRefresher refresher(trial.committee);
  const auto answers = train_logistic(plan, trial.owners(), trial.vault, trial.bench(), refresher);
  ASSERT_TRUE(answers) << answers.error().message;
  expect_close(plan, trial.reference(plan), trial.opened(*answers), 1e-3);
}

// What the flooding of argument H is measured against: the same records under other encryptions and other masks.
void expect_little_logistic_noise(const fhe::ParamsPtr& params, std::size_t persons, std::uint64_t committees) {
  std::vector<std::vector<double>> runs;
  LogisticPlan plan;
  for (std::uint64_t committee = 1; committee <= committees; ++committee) {
    TrainingTrial trial(params, committee);
    trial.fill(persons, 4, 10);
    plan = trial.plan();
    CommitteeRefresher refresher(trial.committee);
    refresher.floods = false;
    const auto owners = trial.owners();
    runs.push_back(trial.opened(train_logistic(plan, owners, trial.vault, trial.bench(), refresher).value_or_stop()));
  }
  testing::expect_below_flooding(plan, runs, persons, params->slot_count());
}

TEST(LogisticTraining, NoiseIsFarBelowTheFlooding) {
  expect_little_logistic_noise(fhe::testing::small_params(), 700, 3);
}

TEST(LogisticTraining, AtTheStandardParametersNoiseIsFarBelowTheFlooding) {
  expect_little_logistic_noise(fhe::Params::named("standard").value_or_stop(), 1253, 2);
}

TEST(LogisticTraining, OfFewPersonsNoiseIsFarBelowTheFloodingToo) {
  expect_little_logistic_noise(fhe::Params::named("standard").value_or_stop(), 80, 3);
}

// The coefficients that are released are those that score and information belong to, with the flooding in both.
TEST(LogisticTraining, CoefficientsAreFloodedBeforeTheLastPass) {
  TrainingTrial trial(fhe::testing::small_params());
  trial.fill(80, 3, 10);
  const LogisticPlan plan = trial.plan();
  std::vector<std::vector<double>> runs;
  for (const bool floods : {false, true}) {
    CommitteeRefresher refresher(trial.committee);
    refresher.floods = floods;
    runs.push_back(
        trial.opened(train_logistic(plan, trial.owners(), trial.vault, trial.bench(), refresher).value_or_stop()));
  }
  const double deviation = std::ldexp(std::sqrt(3.0), coefficient_flooding_log2(80));
  double most = 0;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const double off = std::fabs(runs[1][i] - runs[0][i]);
    EXPECT_LT(off, 6 * deviation) << i;
    most = std::max(most, off);
  }
  EXPECT_GT(most, deviation / 64) << "nothing was added";
  const auto still = testing::released_model(runs[0], plan.size()),
             moved = testing::released_model(runs[1], plan.size());
  for (std::size_t i = 0; i < plan.size(); ++i) {
    EXPECT_NEAR(moved.beta[i], still.beta[i], deviation / 64) << "the last step takes it away again";
  }
}

TEST(LogisticTraining, NobodyWhoConsentsIsAnError) {
  TrainingTrial trial;
  trial.fill(50, 2, 11);
  for (TrainingPerson& person : trial.persons) person.consents = false;
  const LogisticPlan plan = trial.plan();
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  EXPECT_EQ(train_logistic(plan, owners, trial.vault, trial.bench(), refresher).error().code, Code::kRefused);
}

TEST(LogisticTraining, TooManyColumnsForTheRingAreRefused) {
  TrainingTrial trial;
  trial.fill(50, 2, 12);
  LogisticPlan plan = trial.plan();
  plan.columns.resize(35, plan.columns[0]);
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  EXPECT_EQ(train_logistic(plan, owners, trial.vault, trial.bench(), refresher).error().code, Code::kLimit);
}

TEST(LogisticTraining, AtTheStandardParametersOneBlockOfTenCoefficients) {
  TrainingTrial trial(fhe::Params::named("standard").value_or_stop());
  trial.fill(1253, 9, 2);
  const LogisticPlan plan = trial.plan();
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  const auto start = std::chrono::steady_clock::now();
  std::vector<double> marks;
  const auto answers =
      train_logistic(plan, owners, trial.vault, trial.bench(), refresher, [&](std::size_t, std::size_t) {
        marks.push_back(seconds_since(start));
      }).value_or_stop();
  std::cout << "  " << refresher.steps << " refreshes of " << refresher.polynomials << " polynomials, "
            << seconds_since(start) << " s, of which the committee " << refresher.seconds << " s; steps end at";
  for (const double mark : marks) std::cout << " " << mark;
  std::cout << "\n";
  expect_close(plan, trial.reference(plan), trial.opened(answers), 1e-2);
}

}  // namespace
}  // namespace mc::query
