// SPDX-License-Identifier: Apache-2.0
// The coefficients of a model that was trained on ciphertext, from its released numbers: after the last of Newton's
// steps, which is taken here with the released score and information, back in the records' units, with standard errors,
// and without those that repeat others or run to infinity.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "query/plan/plan.hpp"
#include "query/release/collinear_terms.hpp"
#include "query/release/empty_reference.hpp"
#include "query/release/flooded_numbers.hpp"
#include "query/release/matrix.hpp"

namespace mc::query {

struct TrainedCoefficient {
  std::string term;
  bool aliased = false;    // a linear combination of the columns before it: R's NA
  bool separated = false;  // runs to infinity: of those whom it tells apart all have the outcome, or nobody
  bool running = false;    // so, but there is variance enough left for numbers, which say how far the iteration came
  [[nodiscard]] bool has_numbers() const { return !aliased && !separated; }
  double estimate = 0, std_error = 0, z = 0, p_value = 0;
  double low = 0, high = 0;  // of the estimate, Wald: confint.default
  double error = 0;          // of the estimate, from the flooding
  double noise_sd = 0;       // where counts have noise on purpose, what it does to the estimate: part of std_error
};

/// What the requester knows besides the plan and the opened numbers.
struct TrainingReading {
  std::size_t slot_count = 0;
  std::uint32_t pieces = 1;                // each of which flooded
  std::vector<double> flooding_log2 = {};  // of every answer beside its scale; empty: of one block of persons
};

struct TrainedCoefficients {
  std::vector<TrainedCoefficient> coefficients;
  std::vector<double> trained;  // in the units and columns that were trained, after the last step
  Matrix covariance;            // of those; zero where there are no numbers
  Matrix information;           // of those, as released: without a penalty
  double last_step = 0;         // the largest, in standard errors
  double gain = 0;              // of the log likelihood by the last step, to second order; without a penalty's part
  std::vector<EmptyReference> references;
  std::vector<CollinearTerm> collinear;  // without a penalty
  bool diverged = false;                 // what was released is of no model: nothing above has numbers
  int digits = 0;                        // of every estimate and standard error
  FloodedNumbers flooded;

  /// Whether the coefficients are a maximum, and the standard errors those at it: nothing runs away, and the last step
  /// was small. `events`: with the rarer outcome, of Cox's model with the event.
  [[nodiscard]] bool converged(double events) const;
  /// Of what is no model: leaves terms and what was separated, and takes their numbers away.
  void withhold_numbers();
  [[nodiscard]] std::vector<std::string> aliased_terms() const;
  /// Those that are separated, and those that are running.
  [[nodiscard]] std::vector<std::string> separated_terms() const;
  /// Whether something runs to infinity in steps of whole standard errors: no number of any term says anything.
  [[nodiscard]] bool has_run_far() const;
};

struct TrainedModel {
  const PlanModel& model;
  std::span<const double> ridge;
  double weight_unit = 1;
  double normal_quantile = 0;  // of the intervals
  const TrainingReading& reading;
  bool drops_levels = false;         // as glm, and not as coxph: empty_reference.hpp
  std::vector<double> factors = {};  // of columns that were trained in units of their own (column_units.hpp)
};

/// Coefficients, score and information matrix stand first in `means`, which `units` bring to size and of which
/// `floodings` says with what they are flooded, log2 beside the scale: training_units.
///   aliased    in the order of the terms, as glm: a column of which less than 1e-6, or no more than the flooding, lies
///              outside of the columns before it; the others' coefficients are those of the model without it
///   separated  one of which too little is left as well, but more than the flooding of one number leaves of nothing, or
///              whose coefficient is far out: probabilities of those whom it tells apart have gone to 0 or 1
///   running    one that is far out, and that the last step has led farther by as much as a step does on such a way
///   diverged   x'b left the interval of the approximation: a variance is negative, or the coefficients are beyond what
///              the dictionary's units can mean
TrainedCoefficients read_coefficients(const TrainedModel& trained, std::span<const double> means,
                                      std::span<const double> units, std::span<const double> floodings);

/// The last step of a model that has converged is below this part of a standard error. It is an exact one of Newton's:
/// what is left after it is of the order of its square. But the standard errors are those before it. A step of t
/// standard errors moves x'b by t / sqrt(events) of a standard deviation among those who could have the event, and the
/// information changes by about as much of itself: of few events, steps are below kConvergedStepOfEvent sqrt(events).
/// Flooding of the coefficients alone makes steps of up to 2e-3, and of few events of less than half of that.
inline constexpr double kConvergedStep = 5e-3, kConvergedStepOfEvent = 1e-3;

}  // namespace mc::query
