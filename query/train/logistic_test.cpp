// SPDX-License-Identifier: Apache-2.0
#include "query/train/logistic.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>

#include "query/testing/committee_run.hpp"
#include "query/testing/newton.hpp"

namespace mc::query {
namespace {

using testing::CommitteeRefresher;
using testing::PlainFit;
using testing::TableVault;
using testing::TestCommittee;

struct Person {
  std::vector<double> x;  // in [-1, 1]
  double y = 0;
  bool asked = true, complete = true, consents = true;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Persons of two owners in one row of slots, with everything that a run needs.
class Trial {
 public:
  explicit Trial(fhe::ParamsPtr params = fhe::testing::small_params(), std::uint64_t number = 1)
      : committee(std::move(params), fhe::CommitteeShape::create(3, 2).value_or_stop(), number),
        encoder(committee.params),
        evaluator(committee.params, std::make_shared<fhe::RelinKey>(committee.relin_key)),
        vault(committee, encoder) {}

  void fill(std::size_t count, std::size_t columns, std::uint64_t seed, double strength = 1.5) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1), chance(0, 1);
    for (std::size_t i = 0; i < count; ++i) {
      Person person;
      double z = -0.7;
      for (std::size_t j = 0; j < columns; ++j) {
        // Every third column is an indicator, every other one correlated with the one before.
        double value = j % 3 == 2 ? (chance(random) < 0.2 ? 1.0 : 0.0) : 0.4 * uniform(random);
        if (j % 3 == 1) value += 0.5 * person.x.back();
        person.x.push_back(value);
        z += strength * value * (j % 2 == 0 ? 1 : -0.8);
      }
      person.y = chance(random) < 1 / (1 + std::exp(-z)) ? 1 : 0;
      person.asked = chance(random) < 0.8;
      person.complete = chance(random) < 0.85;
      person.consents = chance(random) < 0.9;
      persons.push_back(std::move(person));
    }
  }

  /// Seals everything; columns become features x0, x1, …
  LogisticPlan plan() {
    const std::size_t columns = persons.front().x.size();
    LogisticPlan plan;
    std::vector<double> present, y, asked, complete;
    for (const Person& person : persons) {
      present.push_back(1);
      y.push_back(person.complete ? person.y : 0);
      asked.push_back(person.asked ? 1 : 0);
      complete.push_back(person.complete ? 1 : 0);
    }
    vault.add("present", present);
    vault.add("y", y);
    vault.add("asked", asked);
    vault.add("complete", complete);
    for (std::size_t j = 0; j < columns; ++j) {
      std::vector<double> values;
      for (const Person& person : persons) values.push_back(person.complete ? person.x[j] : 0);
      vault.add("x" + std::to_string(j), values);
      plan.columns.push_back({FeatureColumn{{1, "x" + std::to_string(j)}}});
    }
    plan.response = {{1, "y"}};
    plan.where = {{{1, "asked"}}};
    plan.complete = {{{1, "complete"}}};
    return plan;
  }

  std::vector<OwnerSlots> owners() const {
    const std::size_t half = persons.size() / 2;
    std::vector<OwnerSlots> all(2);
    all[0] = {"north", {0, half}, {}};
    all[1] = {"south", {half, persons.size() - half}, {}};
    for (std::size_t i = 0; i < persons.size(); ++i) {
      all[i < half ? 0 : 1].consent.push_back(persons[i].consents ? 1 : 0);
    }
    return all;
  }

  PlainFit reference(const LogisticPlan& plan) const {
    std::vector<std::vector<double>> rows;
    std::vector<double> y;
    for (const Person& person : persons) {
      if (!person.asked || !person.complete || !person.consents) continue;
      std::vector<double> row(plan.intercept ? 1 : 0, 1.0);
      row.insert(row.end(), person.x.begin(), person.x.end());
      rows.push_back(std::move(row));
      y.push_back(person.y);
    }
    return testing::fit(rows, y, plan.ridge);
  }

  std::vector<double> opened(const std::vector<TrainingAnswer>& answers) const {
    const fhe::SecretPoly secret = committee.collective_secret();
    std::vector<double> values;
    for (const TrainingAnswer& answer : answers) {
      const fhe::Plaintext plain = fhe::decrypt(*committee.params, secret, answer.ciphertext);
      values.push_back(
          answer.unit *
          encoder.decode_mean(committee.params->ring().coefficient_zero(plain.poly), plain.scale).value_or_stop());
    }
    return values;
  }

  Workbench bench() const { return {*committee.params, encoder, evaluator, 2}; }

  TestCommittee committee;
  fhe::Encoder encoder;
  fhe::Evaluator evaluator;
  TableVault vault;
  std::vector<Person> persons;
};

void expect_close(const LogisticPlan& plan, const PlainFit& wanted, const std::vector<double>& found,
                  double of_std_error) {
  const std::size_t size = plan.size();
  ASSERT_EQ(found.size(), training_answer_count(plan));
  std::size_t at = 2 * size;
  testing::Rows information(size, std::vector<double>(size));
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = i; j < size; ++j, ++at) information[i][j] = information[j][i] = found[at];
  }
  const testing::Rows covariance = testing::inverse(information);
  double worst = 0, worst_se = 0, last_step = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const double se = std::sqrt(wanted.covariance[i][i]);
    worst = std::max(worst, std::fabs(found[i] - wanted.beta[i]) / se);
    worst_se = std::max(worst_se, std::fabs(std::sqrt(covariance[i][i]) - se) / se);
    last_step = std::max(last_step, std::fabs(found[size + i]) / se);
  }
  std::cout << "  off by " << worst << " standard errors, standard errors by " << worst_se
            << " of themselves; last step " << last_step << "\n";
  EXPECT_LT(worst, of_std_error);
  EXPECT_LT(worst_se, of_std_error);
  EXPECT_LT(last_step, 1e-3);
  EXPECT_NEAR(found[at + 0], wanted.n, 0.01);
  const double deviance = 2 * (found[at + 4] - found[at + 5]);
  EXPECT_NEAR(deviance, wanted.deviance, 1e-4 * wanted.deviance);
}

TEST(LogisticTraining, AgreesWithNewtonInTheClear) {
  Trial trial;
  trial.fill(700, 4, 1);
  const LogisticPlan plan = trial.plan();
  CommitteeRefresher refresher(trial.committee);
  const auto start = std::chrono::steady_clock::now();
  const auto owners = trial.owners();
  const auto answers = train_logistic(plan, owners, trial.vault, trial.bench(), refresher).value_or_stop();
  std::cout << "  " << refresher.steps << " refreshes of " << refresher.polynomials << " polynomials, "
            << seconds_since(start) << " s\n";
  expect_close(plan, trial.reference(plan), trial.opened(answers), 1e-3);
}

TEST(LogisticTraining, MultipliesInteractionsAndManyConditionsWithFurtherRefreshes) {
  Trial trial;
  trial.fill(900, 3, 5);
  LogisticPlan plan = trial.plan();
  // x0 * x1 as a column of its own, and completeness in six factors: two groups of products.
  for (Person& person : trial.persons) person.x.push_back(person.x[0] * person.x[1]);
  plan.columns.push_back({FeatureColumn{{1, "x0"}}, FeatureColumn{{1, "x1"}}});
  plan.complete.assign(6, {{1, "complete"}});
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  const auto answers = train_logistic(plan, owners, trial.vault, trial.bench(), refresher).value_or_stop();
  expect_close(plan, trial.reference(plan), trial.opened(answers), 1e-2);
}

TEST(LogisticTraining, FromDiskItComesToTheSameBits) {
  Trial trial;
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
  Trial trial;
  trial.fill(600, 3, 6);
  LogisticPlan plan = trial.plan();
  plan.intercept = false;
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  const auto answers = train_logistic(plan, owners, trial.vault, trial.bench(), refresher).value_or_stop();
  expect_close(plan, trial.reference(plan), trial.opened(answers), 1e-2);
}

// A dictionary that allows creatinine up to 100 where records have 0.5 to 2: standardised values hardly differ.
TEST(LogisticTraining, CopesWithADictionaryMuchWiderThanTheRecords) {
  Trial trial(fhe::testing::small_params(), 4);
  trial.fill(2000, 3, 9);
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (Person& person : trial.persons) person.x[0] = -0.96 + 0.012 * (person.x[0] + uniform(random));
  const LogisticPlan plan = trial.plan();
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  const auto answers = train_logistic(plan, owners, trial.vault, trial.bench(), refresher).value_or_stop();
  expect_close(plan, trial.reference(plan), trial.opened(answers), 1e-2);
}

TEST(LogisticTraining, PenalisesWhatTheRidgeNames) {
  Trial trial;
  trial.fill(500, 3, 7);
  LogisticPlan plan = trial.plan();
  plan.ridge = {0, 5, 5, 20};
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  const auto found = trial.opened(train_logistic(plan, owners, trial.vault, trial.bench(), refresher).value_or_stop());
  const PlainFit wanted = trial.reference(plan);
  for (std::size_t i = 0; i < plan.size(); ++i) EXPECT_NEAR(found[i], wanted.beta[i], 1e-3) << i;
}

TEST(LogisticTraining, StartsFromTheOffset) {
  Trial trial;
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
  const auto found = trial.opened(*answers);
  EXPECT_NEAR(found[1], without.beta[1] - 2, 1e-3);
  EXPECT_NEAR(found[2], without.beta[2], 1e-3);
}

TEST(LogisticTraining, ACombinationOfColumnsLeavesTheModelAsItIs) {
  Trial trial;
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
  Trial trial;
  trial.fill(trial.committee.params->slot_count(), 2, 23);
  std::mt19937_64 random(5);
  std::vector<double> a, b, m;
  for (Person& person : trial.persons) {
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
TEST(LogisticTraining, NoiseIsFarBelowTheFlooding) {
  std::vector<std::vector<double>> runs;
  std::vector<TrainingAnswer> answers;
  for (const std::uint64_t committee : {1u, 2u, 3u}) {
    Trial trial(fhe::testing::small_params(), committee);
    trial.fill(700, 4, 10);
    const LogisticPlan plan = trial.plan();
    CommitteeRefresher refresher(trial.committee);
    const auto owners = trial.owners();
    answers = train_logistic(plan, owners, trial.vault, trial.bench(), refresher).value_or_stop();
    runs.push_back(trial.opened(answers));
  }
  LogisticPlan shape;
  shape.columns.resize(4);
  const std::vector<int> flooding = training_flooding_log2(shape, training_flooding("standard"));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    double largest = 0;
    for (const auto& run : runs) largest = std::max(largest, std::fabs(run[i] - runs[0][i]) / answers[i].unit);
    const double bits = std::log2(std::max(largest, 1e-300));
    std::cout << "  answer " << i << ": noise 2^" << bits << ", flooding 2^" << flooding[i] << "\n";
    EXPECT_LT(bits, flooding[i] - 4.5) << "answer " << i << "; sqrt(2 K) for K = 256";
  }
}

TEST(LogisticTraining, NobodyWhoConsentsIsAnError) {
  Trial trial;
  trial.fill(50, 2, 11);
  for (Person& person : trial.persons) person.consents = false;
  const LogisticPlan plan = trial.plan();
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  EXPECT_EQ(train_logistic(plan, owners, trial.vault, trial.bench(), refresher).error().code, Code::kRefused);
}

TEST(LogisticTraining, TooManyColumnsForTheRingAreRefused) {
  Trial trial;
  trial.fill(50, 2, 12);
  LogisticPlan plan = trial.plan();
  plan.columns.resize(35, plan.columns[0]);
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  EXPECT_EQ(train_logistic(plan, owners, trial.vault, trial.bench(), refresher).error().code, Code::kLimit);
}

TEST(LogisticTraining, AtTwoPrimesAThousandthOfAStandardErrorIsFarAway) {
  Trial trial(fhe::Params::named("test_train_insecure", true).value_or_stop());
  trial.fill(700, 4, 1);
  const LogisticPlan plan = trial.plan();
  CommitteeRefresher refresher(trial.committee);
  const auto owners = trial.owners();
  const auto answers = train_logistic(plan, owners, trial.vault, trial.bench(), refresher);
  ASSERT_TRUE(answers) << answers.error().message;
  expect_close(plan, trial.reference(plan), trial.opened(*answers), 1e-5);
}

TEST(LogisticTraining, AtTheStandardParametersOneBlockOfTenCoefficients) {
  Trial trial(fhe::Params::named("standard").value_or_stop());
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
