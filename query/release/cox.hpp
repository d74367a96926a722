// SPDX-License-Identifier: Apache-2.0
// Cox's proportional hazards model from counts: persons with the same covariates are one pattern, and how many of each
// pattern are at risk and have the event at each time is all that the partial likelihood reads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "query/parse/survival_options.hpp"
#include "query/release/matrix.hpp"

namespace mc::query {

/// Persons with the same covariates, at every time of the model.
struct CoxPattern {
  std::vector<double> covariates;
  std::vector<double> n_risk, n_event;  // one per time
};

struct CoxFit {
  std::vector<double> coefficients, std_errors;  // not a number where a column repeats others (R's NA)
  Matrix covariance;                             // of the coefficients, 0 of such a column; empty without any event
  double log_likelihood_null = 0, log_likelihood = 0;
  double score_test = 0;  // of no effect at all; chi-squared with `df`
  double df = 0;          // coefficients that could be estimated
  double n = 0, events = 0;
  std::uint32_t iterations = 0;
  /// What the next step would still change, the largest over the coefficients, relative to the larger of coefficient
  /// and standard error: iterations end as coxph's, when the likelihood has settled to a billionth.
  double step_left = 0;
  std::vector<bool> running;  // per coefficient: runs away to infinity; empty without events
  bool converged = false;     // false also when a coefficient runs away to infinity: a group without events
};

/// Newton's method on the partial likelihood, as R's coxph with its defaults (eps 1e-9, at most 20 steps, halved while
/// the likelihood falls). Covariates are centred at their mean, which changes no coefficient.
///   range   all patterns have as many covariates and as many times (MC_CHECK); without any event nothing is estimated
///   source  Cox 1972; Breslow 1974; Efron 1977
CoxFit cox_fit(std::span<const CoxPattern> patterns, Ties ties);

}  // namespace mc::query
