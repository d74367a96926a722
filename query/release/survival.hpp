// SPDX-License-Identifier: Apache-2.0
// The product-limit estimate from the table of persons at risk. Everything here is arithmetic on counts that the
// requester has opened; what R's survival package calls a thing is what it is called here.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "query/parse/survival_options.hpp"

namespace mc::query {

/// Persons at risk, events and censorings of one stratum, at those declared times at which something happened.
struct RiskTable {
  std::vector<double> time, n_risk, n_event, n_censor;
  double n = 0;       // persons
  double events = 0;  // over all times
};

/// What is released of one stratum: its persons, and per declared time how many of them have their event after the time
/// before it and up to this one, and how many are followed no longer without one.
struct StratumCounts {
  double persons = 0;
  std::vector<double> events, censored;
};

/// Whoever is followed beyond the last time is censored at it.
///   range   counts as released, together no more than persons; times ascend; as many as events and as censored
///           (MC_CHECK)
///   law     n_risk[i+1] = n_risk[i] - n_event[i] - n_censor[i]
RiskTable risk_table(std::span<const double> times, const StratumCounts& counts);

/// Counts with noise become counts that can be: none is negative, and they are no more than the persons. What has
/// happened up to a time is what is kept close to, by least squares, so that noise does not add up to events.
///   source  isotonic regression (Barlow et al. 1972), as Hay, Rastogi, Miklau and Suciu 2010 use it on histograms
StratumCounts consistent(const StratumCounts& noisy);

/// What is not a number, R prints as NA.
struct SurvivalCurve {
  std::vector<double> survival, std_error, lower, upper;  // one per row of the table
  double median = 0, median_lower = 0, median_upper = 0;
};

/// Kaplan and Meier's estimate with Greenwood's standard error (of the survival itself, as summary(survfit) shows it)
/// and intervals of the `confidence` given, 0.95 say.
///   NA      standard error where nobody survives; interval ends as survfit_confint; the median that is not reached
///   median  the first time at which the curve is below one half, the middle of the step where it is one half exactly;
///           its interval is read off the curve's interval in the same way
///   source  Kaplan and Meier 1958; Greenwood 1926; Brookmeyer and Crowley 1982 for the median's interval
///   noise   the standard deviation of the noise in the survival at each row, which is added to Greenwood's variance;
///           empty where none was added
SurvivalCurve kaplan_meier(const RiskTable& table, ConfidenceType type, double confidence,
                           std::span<const double> noise = {});

/// The survival at any time: the step before it.
double survival_at(const RiskTable& table, const SurvivalCurve& curve, double time);

/// One curve of an answer.
struct SurvivalStratum {
  std::string name;
  RiskTable table;
  SurvivalCurve curve;
  std::vector<double> noise_sd = {};  // of the survival at each row, where noise was added
};

/// How many are at risk just before `time`.
double at_risk(const RiskTable& table, double time);

}  // namespace mc::query
