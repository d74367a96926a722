// SPDX-License-Identifier: Apache-2.0
// For tests: persons of two owners with follow-up times, everything that the training of Cox's model needs, and what
// should come of it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <random>

#include "query/testing/committee_run.hpp"
#include "query/testing/newton.hpp"
#include "query/testing/training_trial.hpp"
#include "query/train/logistic.hpp"

namespace mc::query::testing {

struct CoxPerson {
  std::vector<double> x;  // in [-1, 1]
  std::size_t cell = 0;   // of the time at which she was last seen
  bool event = false, counts = true, consents = true;
  bool seen = true;  // at risk at the first time
};

struct PartialFit {
  std::vector<double> beta;
  Rows covariance, information;
  double events = 0, n = 0;
};

/// The partial likelihood with Efron's ties or Breslow's, by Newton's method in the clear, with damped steps, which are
/// halved where they lead downhill.
inline PartialFit partial_fit(const std::vector<CoxPerson>& persons, std::size_t times, bool efron) {
  const std::size_t p = persons.front().x.size();
  PartialFit out;
  out.beta.assign(p, 0.0);
  std::vector<double> before = out.beta;
  double highest = -HUGE_VAL;
  for (int iteration = 0; iteration < 60; ++iteration) {  // what runs to infinity is far out then
    double likelihood = 0;
    Rows h(p, std::vector<double>(p, 0.0));
    std::vector<double> g(p, 0.0);
    out.events = out.n = 0;
    for (const CoxPerson& person : persons) out.n += person.counts ? 1 : 0;
    for (std::size_t t = 0; t < times; ++t) {
      double s0 = 0, d0 = 0;
      int d = 0;
      std::vector<double> s1(p, 0.0), d1(p, 0.0);
      Rows s2(p, std::vector<double>(p, 0.0)), d2 = s2;
      for (const CoxPerson& person : persons) {
        if (!person.counts || person.cell < t) continue;
        double z = 0;
        for (std::size_t j = 0; j < p; ++j) z += person.x[j] * out.beta[j];
        const double e = std::exp(z);
        const bool now = person.event && person.cell == t;
        s0 += e;
        d0 += now ? e : 0;
        d += now ? 1 : 0;
        likelihood += now ? z : 0;
        for (std::size_t j = 0; j < p; ++j) {
          s1[j] += e * person.x[j];
          d1[j] += now ? e * person.x[j] : 0;
          g[j] += now ? person.x[j] : 0;
          for (std::size_t k = 0; k < p; ++k) {
            s2[j][k] += e * person.x[j] * person.x[k];
            d2[j][k] += now ? e * person.x[j] * person.x[k] : 0;
          }
        }
      }
      out.events += d;
      for (int l = 0; l < d; ++l) {
        const double share = efron ? static_cast<double>(l) / d : 0;
        const double all = s0 - share * d0;
        likelihood -= std::log(all);
        for (std::size_t j = 0; j < p; ++j) {
          const double mean = (s1[j] - share * d1[j]) / all;
          g[j] -= mean;
          for (std::size_t k = 0; k < p; ++k) {
            h[j][k] += (s2[j][k] - share * d2[j][k]) / all - mean * (s1[k] - share * d1[k]) / all;
          }
        }
      }
    }
    if (likelihood < highest - 1e-9 * std::fabs(highest)) {
      for (std::size_t j = 0; j < p; ++j) out.beta[j] = (out.beta[j] + before[j]) / 2;
      continue;
    }
    highest = likelihood;
    before = out.beta;
    out.information = h;
    out.covariance = inverse(h);
    double decrement = 0;
    std::vector<double> step(p, 0.0);
    for (std::size_t j = 0; j < p; ++j) {
      for (std::size_t k = 0; k < p; ++k) step[j] += out.covariance[j][k] * g[k];
      decrement += step[j] * g[j];
    }
    for (std::size_t j = 0; j < p; ++j) out.beta[j] += step[j] / (1 + decrement / std::max(1.0, out.events));
  }
  return out;
}

/// Of Cox's model with p columns.
inline ReleasedModel released_cox(const std::vector<double>& found, std::size_t p) {
  const auto factors = found.begin() + static_cast<std::ptrdiff_t>(2 * p + p * (p + 1) / 2);
  return released_model(found, p, {}, {factors, factors + static_cast<std::ptrdiff_t>(p)});
}

class CoxTrial {
 public:
  explicit CoxTrial(std::uint64_t committee = 1, fhe::ParamsPtr params = fhe::testing::small_params())
      : committee_(std::move(params), fhe::CommitteeShape::create(3, 2).value_or_stop(), committee) {}

  void take(std::vector<CoxPerson> persons, std::size_t times) {
    persons_ = std::move(persons);
    times_ = times;
  }
  void fill(std::size_t count, std::size_t columns, std::size_t times, std::uint64_t seed) {
    times_ = times;
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1), chance(0, 1);
    for (std::size_t i = 0; i < count; ++i) {
      CoxPerson person;
      double z = 0;
      for (std::size_t j = 0; j < columns; ++j) {
        // Far from the middle of their range, as a laboratory value in a wide dictionary.
        person.x.push_back(j % 2 == 0 ? -0.6 + 0.4 * uniform(random) : (chance(random) < 0.3 ? 1.0 : 0.0));
        z += person.x.back() * (j % 2 == 0 ? 1.5 : -0.8);
      }
      const double died = -std::log(chance(random)) * std::exp(-z) * static_cast<double>(times) / 3;
      const double left = chance(random) * 1.4 * static_cast<double>(times);
      person.event = died < left;
      const double seen = std::min(died, left);
      person.cell = std::min(static_cast<std::size_t>(seen), times);  // `times`: beyond the last
      person.counts = chance(random) < 0.9;
      person.consents = chance(random) < 0.95;
      persons_.push_back(std::move(person));
    }
  }

  LogisticPlan plan(bool efron) {
    LogisticPlan plan;
    plan.beyond = true;
    plan.efron = efron;
    std::vector<double> present(persons_.size(), 1.0), event, counts;
    for (const CoxPerson& person : persons_) {
      event.push_back(person.event ? 1 : 0);
      counts.push_back(person.counts ? 1 : 0);
    }
    vault_.add("present", present);
    vault_.add("event", event);
    vault_.add("counts", counts);
    for (std::size_t j = 0; j < persons_.front().x.size(); ++j) {
      std::vector<double> values;
      for (const CoxPerson& person : persons_) values.push_back(person.x[j]);
      vault_.add("x" + std::to_string(j), values);
      plan.columns.push_back({FeatureColumn{{1, "x" + std::to_string(j)}}});
    }
    for (std::size_t t = 0; t <= times_; ++t) {
      std::vector<double> values;
      for (const CoxPerson& person : persons_) values.push_back(person.seen && person.cell >= t ? 1 : 0);
      vault_.add("time" + std::to_string(t), values);
      plan.at_risk.push_back({{1, "time" + std::to_string(t)}});
    }
    plan.response = {{1, "event"}};
    plan.complete = {{{1, "counts"}}};
    return plan;
  }

  [[nodiscard]] const TestCommittee& committee() const { return committee_; }
  std::vector<OwnerSlots> owners() const {
    const std::size_t half = persons_.size() / 2;
    std::vector<OwnerSlots> all = {{"north", {0, half}, {}}, {"south", {half, persons_.size() - half}, {}}};
    for (std::size_t i = 0; i < persons_.size(); ++i) {
      all[i < half ? 0 : 1].consent.push_back(persons_[i].consents ? 1 : 0);
    }
    return all;
  }

  /// Every answer in its unit.
  std::vector<double> trained(const LogisticPlan& asked, bool floods = true) {
    CommitteeRefresher refresher(committee_);
    refresher.floods = floods;
    return trained(asked, refresher);
  }
  std::vector<double> trained(const LogisticPlan& asked, CommitteeRefresher& refresher) {
    const auto slots = owners();
    const Workbench bench{*committee_.params, encoder_, evaluator_, 2};
    const auto trained = train_logistic(asked, slots, vault_, bench, refresher);
    if (!trained) {
      ADD_FAILURE() << trained.error().message;
      return {};
    }
    const std::vector<TrainingAnswer>& answers = *trained;
    std::cout << "  " << refresher.steps << " refreshes of " << refresher.polynomials << " polynomials\n";
    return opened_answers(committee_, encoder_, answers);
  }

  /// Trains, and compares with the partial likelihood in the clear.
  void expect_close(double of_std_error, bool efron, double of_information = 1e-3, std::uint32_t iterations = 8) {
    LogisticPlan asked = plan(efron);
    asked.iterations = iterations;
    const std::vector<double> found = trained(asked);
    ASSERT_EQ(found.size(), training_answer_count(asked));
    std::vector<CoxPerson> counted;
    for (const CoxPerson& person : persons_) {
      if (person.consents) counted.push_back(person);
    }
    const PartialFit wanted = partial_fit(counted, times_, efron);
    const std::size_t p = wanted.beta.size();
    double worst = 0, worst_information = 0, last_step = 0;
    const ReleasedModel model = released_cox(found, p);
    for (std::size_t i = 0; i < p; ++i) {
      const double se = std::sqrt(wanted.covariance[i][i]);
      worst = std::max(worst, std::fabs(model.beta[i] - wanted.beta[i]) / se);
      last_step = std::max(last_step, std::fabs(model.step[i]) / se);
      for (std::size_t j = i; j < p; ++j) {
        const double unit = std::sqrt(wanted.information[i][i] * wanted.information[j][j]);
        worst_information =
            std::max(worst_information, std::fabs(model.information[i][j] - wanted.information[i][j]) / unit);
      }
    }
    const std::size_t at = found.size() - training_sum_count(asked);
    std::cout << "  off by " << worst << " standard errors, information by " << worst_information << "; last step "
              << last_step << "\n";
    for (const double beta : wanted.beta) ASSERT_TRUE(std::isfinite(beta));
    for (const double beta : model.beta) ASSERT_TRUE(std::isfinite(beta));
    EXPECT_LT(worst, of_std_error);
    EXPECT_LT(worst_information, of_information);
    EXPECT_LT(last_step, 1e-2);
    EXPECT_NEAR(found[at], wanted.n, 0.01);
    EXPECT_NEAR(found[at + 2], wanted.events, 0.01);
    if (efron) std::cout << "  events " << found[at + 2] << ", placed " << found[at + 3] << "\n";
  }

  /// Whoever is followed beyond the last time has an event there. Returns how many.
  std::size_t add_events_beyond() {
    std::size_t count = 0;
    for (CoxPerson& person : persons_) {
      if (person.cell != times_) continue;
      person.event = true;
      ++count;
    }
    return count;
  }
  /// Values close together at one end of the range; of who does not count at the other.
  void narrow_but_for_others() {
    for (CoxPerson& person : persons_) {
      for (double& value : person.x) value = person.counts && person.consents ? 0.94 + 0.06 * value : -1;
    }
  }
  /// A trait that one person has, who is the k-th to have the event; hers is the last column.
  void add_rare_trait(std::size_t k) {
    std::vector<CoxPerson*> dying;
    for (CoxPerson& person : persons_) {
      person.x.push_back(0);
      if (person.counts && person.consents && person.event) dying.push_back(&person);
    }
    std::ranges::stable_sort(dying, {}, &CoxPerson::cell);
    dying.at(k - 1)->x.back() = 1;
  }
  void count_everybody() {
    for (CoxPerson& person : persons_) person.counts = person.consents = true;
  }
  /// Nobody is followed up to `cell` or further.
  void end_before(std::size_t cell) {
    for (CoxPerson& person : persons_) {
      if (person.cell >= cell) person.event = false;
      person.cell = std::min(person.cell, cell - 1);
    }
  }
  /// A covariate as counts of nodes or concentrations are: most persons at one end of its range, few at the other, and
  /// hazards that differ by a factor of forty.
  void skew() {
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> chance(0, 1);
    for (CoxPerson& person : persons_) {
      const double value = -1 + std::min(2.0, -0.25 * std::log(chance(random)));
      const double died = -std::log(chance(random)) * std::exp(-1.9 * value - 1.5) * static_cast<double>(times_);
      person.x[0] = value;
      person.cell = std::min(static_cast<std::size_t>(died), times_);
      person.event = person.cell < times_;
      person.cell = std::min(person.cell, times_ - 2);
    }
    // Who has most of it is alone at the last time: the sum there is ten times what it was at zero.
    CoxPerson& last = persons_.front();
    last.x[0] = 1;
    last.cell = times_ - 1;
    last.event = last.counts = last.consents = true;
  }

  /// Three log-normal covariates over a range that ends where the largest of them is, as a dictionary's does.
  void fill_skewed(std::size_t count, std::size_t times, std::uint64_t seed) {
    times_ = times;
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> chance(0, 1);
    std::vector<double> largest(3, 0.0);
    for (std::size_t i = 0; i < count; ++i) {
      CoxPerson person;
      double z = -2;
      for (std::size_t j = 0; j < 3; ++j) {
        person.x.push_back(std::exp(1.1 * normal(random)));
        largest[j] = std::max(largest[j], person.x.back());
        z += person.x.back() * (j == 0 ? 0.25 : 0.12);
      }
      const double died = -std::log(chance(random)) * std::exp(-z) * static_cast<double>(times) / 6;
      const double left = chance(random) * 2 * static_cast<double>(times);
      person.event = died < left;
      person.cell = std::min(static_cast<std::size_t>(std::min(died, left)), times);
      persons_.push_back(std::move(person));
    }
    for (CoxPerson& person : persons_) {
      for (std::size_t j = 0; j < 3; ++j) person.x[j] = 2 * person.x[j] / largest[j] - 1;
    }
  }

  [[nodiscard]] std::size_t slot_count() const { return committee_.params->slot_count(); }

 private:
  fhe::testing::TestCommittee committee_;
  fhe::Encoder encoder_{committee_.params};
  fhe::Evaluator evaluator_{committee_.params, std::make_shared<fhe::RelinKey>(committee_.relin_key)};
  TableVault vault_{committee_, encoder_};
  std::vector<CoxPerson> persons_;
  std::size_t times_ = 0;
};

}  // namespace mc::query::testing
