// SPDX-License-Identifier: Apache-2.0
// Logistic regression in the profile train: accuracy, what is flooded, and whether the noise is where the bounds say.
// At train's chain with a small ring; bench/results has train itself.
#include <gtest/gtest.h>

#include <chrono>

#include "query/plan/training_plan.hpp"
#include "query/testing/open_data.hpp"
#include "query/testing/training_trial.hpp"

namespace mc::query {
namespace {

using testing::CommitteeRefresher;
using testing::TrainingTrial;

fhe::ParamsPtr small_train() {
  return fhe::Params::named("test_train_insecure", true).value_or_stop();
}

/// The committee, looking at what it is asked for.
class Watcher final : public Refresher {
 public:
  Watcher(const testing::TestCommittee& committee, bool floods) : inner_(committee), floods_(floods) {}

  Result<std::vector<fhe::Ciphertext>> refresh(RefreshStep step) override {
    ++(step.map.flooding_log2.empty() ? unflooded : flooded);
    opened += step.map.flooding_log2.size();
    if (!floods_) step.map.flooding_log2.clear();
    return inner_.refresh(std::move(step));
  }

  std::size_t unflooded = 0, flooded = 0, opened = 0;

 private:
  CommitteeRefresher inner_;
  bool floods_;
};

TEST(TrainProfile, AThousandthOfAStandardErrorIsFarAway) {
  TrainingTrial trial(small_train());
  trial.fill(700, 4, 1);
  const LogisticPlan plan = trial.plan();
  Watcher refresher(trial.committee, true);
  const auto answers = train_logistic(plan, trial.owners(), trial.vault, trial.bench(), refresher);
  ASSERT_TRUE(answers) << answers.error().message;
  expect_close(plan, trial.reference(plan), trial.opened(*answers), 1e-4);
  EXPECT_EQ(refresher.unflooded, 2u) << "what depends on sealed data alone is masked only: factors, then who counts";
  EXPECT_GT(refresher.flooded, 40u);
  std::cout << "  " << refresher.opened << " openings are flooded\n";
}

TEST(TrainProfile, RidgeOffsetInteractionsAndSeveralBlocksFitToo) {
  TrainingTrial trial(small_train());
  trial.fill(2500, 3, 5);
  LogisticPlan plan = trial.plan();
  for (testing::TrainingPerson& person : trial.persons) person.x.push_back(person.x[0] * person.x[1]);
  plan.columns.push_back({FeatureColumn{{1, "x0"}}, FeatureColumn{{1, "x1"}}});
  plan.ridge = {0, 5, 5, 20, 5};
  Watcher refresher(trial.committee, true);
  const auto answers = train_logistic(plan, trial.owners(), trial.vault, trial.bench(), refresher);
  ASSERT_TRUE(answers) << answers.error().message;
  const auto model = testing::released_model(trial.opened(*answers), plan.size(), plan.ridge);
  const testing::PlainFit wanted = trial.reference(plan);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    EXPECT_NEAR(model.beta[i], wanted.beta[i], 1e-3 * std::sqrt(wanted.covariance[i][i])) << i;
  }
}

TEST(TrainProfile, AnOffsetFarFromZeroFitsToo) {
  TrainingTrial trial(small_train());
  trial.fill(700, 3, 8);
  LogisticPlan plan = trial.plan();
  std::vector<double> offset;
  for (testing::TrainingPerson& person : trial.persons) {
    person.offset = 9 + 2 * person.x[0];
    offset.push_back(person.complete ? person.offset / 16 : 0);
  }
  trial.vault.add("o", offset);
  plan.offset = {{1, "o"}};
  plan.offset_unit = 16;
  Watcher refresher(trial.committee, true);
  const auto answers = train_logistic(plan, trial.owners(), trial.vault, trial.bench(), refresher);
  ASSERT_TRUE(answers) << answers.error().message;
  expect_close(plan, trial.reference(plan, {-9, 0, 0, 0}), trial.opened(*answers), 1e-4);
}

// R15's floodings are 2^30 and 2^33 above bounds: noise that is measured, without any flooding, is below the bounds.
TEST(TrainProfile, NoiseIsBelowWhatTheFloodingIsMadeFor) {
  std::vector<std::vector<double>> runs;
  std::vector<TrainingAnswer> answers;
  LogisticPlan plan;
  for (const std::uint64_t committee : {1u, 2u}) {
    TrainingTrial trial(small_train(), committee);
    trial.fill(700, 4, 10);
    plan = trial.plan();
    Watcher refresher(trial.committee, false);
    answers = train_logistic(plan, trial.owners(), trial.vault, trial.bench(), refresher).value_or_stop();
    runs.push_back(trial.opened(answers));
  }
  const std::vector<int> flooding = training_flooding_log2(plan, training_flooding("train"));
  double most = -1000;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    // Doubles end 52 bits below the number itself.
    const double rounding = std::ldexp(std::fabs(runs[0][i]), -50);
    const double difference = std::max(std::fabs(runs[1][i] - runs[0][i]) - rounding, 0.0) / answers[i].unit;
    most = std::max(most, std::log2(std::max(difference, 1e-300)) - flooding[i]);
  }
  std::cout << "  noise at most 2^" << most << " of the flooding\n";
  EXPECT_LT(most, -20) << "carried through all iterations, it is more than of the last step alone";
}

TEST(TrainProfile, CoxsModelIsRefused) {
  TrainingTrial trial(small_train());
  trial.fill(50, 2, 11);
  LogisticPlan plan = trial.plan();
  plan.at_risk = {{{1, "present"}}};
  CommitteeRefresher refresher(trial.committee);
  const auto answers = train_logistic(plan, trial.owners(), trial.vault, trial.bench(), refresher);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().code, Code::kUnsupported);
}

// 1,253 patients with suspected infarction, nine columns of zeros and ones, against R's glm.
TEST(TrainProfile, EdinburghIsAsGlmHasIt) {
  if (!testing::has_open_data("edin")) GTEST_SKIP() << "no open data at " << testing::open_data();
  const auto table = data::read_csv_file(testing::open_data() / "clean" / "edin.csv").value_or_stop();
  TrainingTrial trial(small_train());
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    const auto number = [&](std::size_t column) { return std::stod(std::string(table.cell(row, column))); };
    testing::TrainingPerson person;
    for (std::size_t j = 0; j + 1 < table.column_count(); ++j) person.x.push_back(number(j));
    person.y = number(table.column_count() - 1);
    trial.persons.push_back(std::move(person));
  }
  const LogisticPlan plan = trial.plan();
  Watcher refresher(trial.committee, true);
  const auto start = std::chrono::steady_clock::now();
  const auto answers = train_logistic(plan, trial.owners(), trial.vault, trial.bench(), refresher);
  ASSERT_TRUE(answers) << answers.error().message;
  std::cout << "  " << testing::seconds_since(start) << " s\n";
  const std::vector<double> found = trial.opened(*answers);
  expect_close(plan, trial.reference(plan), found, 1e-4);
  const nlohmann::json mle = testing::reference_of("edin")["logistic"]["mle"];
  const auto model = testing::released_model(found, plan.size());
  for (std::size_t i = 0; i < plan.size(); ++i) {
    EXPECT_NEAR(model.beta[i], mle["coef_raw"][i].get<double>(), 1e-3 * mle["se_raw"][i].get<double>()) << i;
  }
}

}  // namespace
}  // namespace mc::query
