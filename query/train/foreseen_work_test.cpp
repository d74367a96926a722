// SPDX-License-Identifier: Apache-2.0
// What is foreseen of a training (query/plan/work.hpp) beside what it asks of the committee. Seconds depend on the
// machine, and a test cannot hold them; steps, polynomials and openings do not.
#include <gtest/gtest.h>

#include "query/plan/work.hpp"
#include "query/testing/cox_trial.hpp"
#include "query/testing/training_trial.hpp"

namespace mc::query {
namespace {

using testing::CommitteeRefresher;
using testing::CoxTrial;
using testing::TrainingTrial;

constexpr double kWithin = 1.05;

PlanWork foreseen(const LogisticPlan& training, std::size_t blocks) {
  Plan plan;
  plan.profile = "standard";
  plan.training = training;
  return work_of(plan, {blocks, 2 * blocks}, 4);
}

void expect_foreseen(const PlanWork& work, const CommitteeRefresher& asked) {
  const auto compare = [](const char* what, double foreseen, double found) {
    std::cout << "  " << what << ": foreseen " << foreseen << ", asked " << found << "\n";
    EXPECT_LT(foreseen, kWithin * found) << what;
    EXPECT_LT(found, kWithin * foreseen) << what;
  };
  compare("steps", work.steps, asked.steps);
  compare("polynomials", work.refreshed, static_cast<double>(asked.polynomials));
  compare("opened", work.opened, static_cast<double>(asked.opened));
}

void try_logistic(std::size_t persons, std::size_t columns, std::uint32_t iterations, bool has_offset = false) {
  std::cout << persons << " persons, " << columns << " columns, " << iterations << " iterations"
            << (has_offset ? ", an offset" : "") << "\n";
  TrainingTrial trial;
  trial.fill(persons, columns, 5);
  LogisticPlan plan = trial.plan();
  plan.iterations = iterations;
  if (has_offset) plan.offset = {{1, "x0"}};
  CommitteeRefresher refresher(trial.committee);
  (void)train_logistic(plan, trial.owners(), trial.vault, trial.bench(), refresher).value_or_stop();
  const std::size_t slots = trial.committee.params->slot_count();
  expect_foreseen(foreseen(plan, (persons + slots - 1) / slots), refresher);
}

TEST(ForeseenWork, OfALogisticRegressionIsWhatItAsksTheCommitteeFor) {
  try_logistic(200, 2, 8);
  try_logistic(200, 8, 8);
  try_logistic(200, 8, 8, true);
  try_logistic(200, 3, 16);
  try_logistic(3000, 3, 8);
}

void try_cox(std::size_t persons, std::size_t columns, std::size_t times, bool efron) {
  std::cout << persons << " persons, " << columns << " columns, " << times << " times" << (efron ? ", efron" : "")
            << "\n";
  CoxTrial trial;
  trial.fill(persons, columns, times, 5);
  LogisticPlan plan = trial.plan(efron);
  plan.iterations = 10;
  CommitteeRefresher refresher(trial.committee());
  (void)trial.trained(plan, refresher);
  const std::size_t slots = trial.committee().params->slot_count();
  expect_foreseen(foreseen(plan, (persons + slots - 1) / slots), refresher);
}

TEST(ForeseenWork, OfCoxsModelIsWhatItAsksTheCommitteeFor) {
  try_cox(200, 1, 8, false);
  try_cox(200, 4, 30, true);
  try_cox(200, 2, 60, false);
  try_cox(3000, 2, 8, true);
}

}  // namespace
}  // namespace mc::query
