// SPDX-License-Identifier: Apache-2.0
// For tests: persons of two owners in one row of slots, with everything that the training of a logistic regression
// needs, and what should come of it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>

#include "query/testing/committee_run.hpp"
#include "query/testing/newton.hpp"
#include "query/train/column_units.hpp"
#include "query/train/logistic.hpp"
#include "query/train/run_flooding.hpp"

namespace mc::query::testing {

struct TrainingPerson {
  std::vector<double> x;  // in [-1, 1]
  double y = 0, offset = 0;
  bool asked = true, complete = true, consents = true;
};

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Every answer of a training in its unit.
inline std::vector<double> opened_answers(const TestCommittee& committee, const fhe::Encoder& encoder,
                                          const std::vector<TrainingAnswer>& answers) {
  std::vector<double> values;
  for (const TrainingAnswer& answer : answers) {
    values.push_back(answer.unit * opened_mean(committee, encoder, answer.ciphertext));
  }
  return values;
}

/// Trainings of the same records under other keys, encryptions and masks, none of them flooded, differ by noise alone:
/// by far less than what everything that is opened would be flooded with. `first`: of the first answers only.
inline void expect_below_flooding(const LogisticPlan& plan, const std::vector<std::vector<double>>& runs,
                                  std::uint64_t persons, std::size_t slots, std::size_t first = SIZE_MAX) {
  std::vector<int> flooding = training_flooding_log2(plan, training_flooding("standard"));
  std::fill_n(flooding.begin(), plan.released_size(), coefficient_flooding_log2(persons));
  if (plan.is_cox()) {
    std::fill_n(flooding.end() - static_cast<std::ptrdiff_t>(training_sum_count(plan) + plan.released_size()),
                plan.released_size(), kFactorFloodingLog2);
  }
  const std::vector<double> units = training_units(plan, slots);
  for (std::size_t i = 0; i < std::min(first, flooding.size()); ++i) {
    double mean = 0, squares = 0;
    for (const auto& run : runs) mean += run[i] / static_cast<double>(runs.size());
    for (const auto& run : runs) squares += std::pow((run[i] - mean) / units[i], 2);
    const double bits = std::log2(std::max(std::sqrt(squares / static_cast<double>(runs.size() - 1)), 1e-300));
    std::cout << "  answer " << i << ": noise 2^" << bits << ", flooding 2^" << flooding[i] << "\n";
    EXPECT_LT(bits, flooding[i] - 4.5) << "answer " << i << "; sqrt(2 K) for K = 256";
  }
}

class TrainingTrial {
 public:
  explicit TrainingTrial(fhe::ParamsPtr params = fhe::testing::small_params(), std::uint64_t number = 1)
      : committee(std::move(params), fhe::CommitteeShape::create(3, 2).value_or_stop(), number),
        encoder(committee.params),
        evaluator(committee.params, std::make_shared<fhe::RelinKey>(committee.relin_key)),
        vault(committee, encoder) {}

  void fill(std::size_t count, std::size_t columns, std::uint64_t seed, double strength = 1.5) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1), chance(0, 1);
    for (std::size_t i = 0; i < count; ++i) {
      TrainingPerson person;
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
    for (const TrainingPerson& person : persons) {
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
      for (const TrainingPerson& person : persons) values.push_back(person.complete ? person.x[j] : 0);
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

  /// An offset of the plan is each person's own. `start`: of an iteration in the clear, which needs a good one too.
  PlainFit reference(const LogisticPlan& plan, const std::vector<double>& start = {}) const {
    std::vector<std::vector<double>> rows;
    std::vector<double> y, offset;
    for (const TrainingPerson& person : persons) {
      if (!person.asked || !person.complete || !person.consents) continue;
      std::vector<double> row(plan.intercept ? 1 : 0, 1.0);
      row.insert(row.end(), person.x.begin(), person.x.end());
      rows.push_back(std::move(row));
      y.push_back(person.y);
      offset.push_back(plan.offset.empty() ? 0 : person.offset);
    }
    return fit(rows, y, plan.ridge, offset, start);
  }

  std::vector<double> opened(const std::vector<TrainingAnswer>& answers) const {
    return opened_answers(committee, encoder, answers);
  }

  Workbench bench() const { return {*committee.params, encoder, evaluator, 2}; }

  TestCommittee committee;
  fhe::Encoder encoder;
  fhe::Evaluator evaluator;
  TableVault vault;
  std::vector<TrainingPerson> persons;
};

/// Coefficients, score and information as they are released, and the last of Newton's steps from them. `factors`: of
/// columns in units of their own, whose numbers come back in those of the columns.
struct ReleasedModel {
  std::vector<double> beta, step;
  Rows information, covariance;
};
inline ReleasedModel released_model(const std::vector<double>& found, std::size_t size,
                                    const std::vector<double>& ridge = {}, const std::vector<double>& factors = {}) {
  ReleasedModel model;
  model.information.assign(size, std::vector<double>(size));
  std::size_t at = 2 * size;
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = i; j < size; ++j, ++at) model.information[i][j] = model.information[j][i] = found[at];
  }
  Rows penalised = model.information;
  for (std::size_t i = 0; i < ridge.size(); ++i) penalised[i][i] += ridge[i];
  model.covariance = inverse(penalised);
  for (std::size_t i = 0; i < size; ++i) {
    double step = 0;
    for (std::size_t j = 0; j < size; ++j) {
      step += model.covariance[i][j] * (found[size + j] - (ridge.empty() ? 0 : ridge[j] * found[j]));
    }
    model.step.push_back(step);
    model.beta.push_back(found[i] + step);
  }
  for (std::size_t i = 0; i < factors.size(); ++i) {
    model.step[i] *= factors[i];
    model.beta[i] *= factors[i];
    for (std::size_t j = 0; j < factors.size(); ++j) {
      model.information[i][j] /= factors[i] * factors[j];
      model.covariance[i][j] *= factors[i] * factors[j];
    }
  }
  return model;
}

inline void expect_close(const LogisticPlan& plan, const PlainFit& wanted, const std::vector<double>& found,
                         double of_std_error) {
  const std::size_t size = plan.size();
  ASSERT_EQ(found.size(), training_answer_count(plan));
  const ReleasedModel model = released_model(found, size, plan.ridge);
  const std::size_t at = 2 * size + size * (size + 1) / 2;
  double worst = 0, worst_se = 0, last_step = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const double se = std::sqrt(wanted.covariance[i][i]);
    worst = std::max(worst, std::fabs(model.beta[i] - wanted.beta[i]) / se);
    worst_se = std::max(worst_se, std::fabs(std::sqrt(model.covariance[i][i]) - se) / se);
    last_step = std::max(last_step, std::fabs(model.step[i]) / se);
  }
  std::cout << "  off by " << worst << " standard errors, standard errors by " << worst_se
            << " of themselves; last step " << last_step << "\n";
  for (const double beta : model.beta) ASSERT_TRUE(std::isfinite(beta));
  EXPECT_LT(worst, of_std_error);
  EXPECT_LT(worst_se, of_std_error);
  EXPECT_LT(last_step, 5e-3) << "the flooding of the coefficients is a part of it";
  EXPECT_NEAR(found[at + 0], wanted.n, 0.01);
  const double deviance = 2 * (found[at + 4] - found[at + 5]);
  EXPECT_NEAR(deviance, wanted.deviance, 1e-4 * wanted.deviance);
}

}  // namespace mc::query::testing
