// SPDX-License-Identifier: Apache-2.0
// A Cox model with measurements from its released numbers: what R's coxph says.
#pragma once

#include <span>

#include "query/plan/plan.hpp"
#include "query/release/hazard_table.hpp"
#include "query/release/model_answer.hpp"
#include "query/release/trained_coefficients.hpp"

namespace mc::query {

struct TrainedCox {
  [[nodiscard]] bool has_events() const { return events > 0.5; }
  double n = 0, n_asked = 0, events = 0;
  bool efron = false;        // whose ties
  std::size_t ties_max = 0;  // of Efron's: how many events at a time are told apart
  double ties_beyond = 0;    // and how many events there are beyond that
  std::uint32_t iterations = 0;
  bool converged = false;
  bool has_run_far = false;            // then there are no coefficients, as without any event
  double last_step = 0;                // the largest, in standard errors
  double confidence = 0;               // of the intervals
  std::vector<HazardRow> hazards;      // not a number where aliased or separated
  std::vector<std::string> aliased;    // columns that repeat those before them: R's NA
  std::vector<std::string> separated;  // whose coefficients run to infinity
  std::vector<CollinearTerm> collinear;
  double wald = 0, df = 0;  // of no effect at all
  FloodedNumbers flooded;
  int digits = 0;
};

/// `means`: opened coefficient 0 of every answer over its scale, as training_plan.hpp orders them.
///   converged  as TrainedCoefficients::converged says
TrainedCox read_cox(const LogisticPlan& plan, const PlanModel& model, double confidence, std::span<const double> means,
                    const TrainingReading& reading);

/// Coefficients, hazard ratios and Wald's test as summary(coxph) prints them.
ModelAnswer trained_cox_answer(const PlanModel& model, const TrainedCox& fit);

}  // namespace mc::query
