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

/// The table from what is released, per declared time k: `followed[k]`, the persons whose own time is above time k-1
/// (of the first: all persons), and `events_left[k]`, those among them whose event is still to come. One entry more
/// than times speaks of whoever is followed beyond the last time: they are censored at it.
///   range   counts as released; times ascend; sizes equal, or times one shorter (MC_CHECK)
///   law     n_risk[i+1] = n_risk[i] - n_event[i] - n_censor[i]
RiskTable risk_table(std::span<const double> times, std::span<const double> followed,
                     std::span<const double> events_left);

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
SurvivalCurve kaplan_meier(const RiskTable& table, ConfidenceType type, double confidence);

/// One curve of an answer.
struct SurvivalStratum {
  std::string name;
  RiskTable table;
  SurvivalCurve curve;
};

/// How many are at risk just before `time`.
double at_risk(const RiskTable& table, double time);

}  // namespace mc::query
