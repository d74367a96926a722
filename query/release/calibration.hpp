// SPDX-License-Identifier: Apache-2.0
// Whether a risk predictor says what happens: persons in bins of their score, how many of them had the outcome, and
// their mean score. A mean of risks would need a logistic function of every person's score under encryption; what a
// bin's mean score says is `risk_at_mean_score`, the risk of somebody who has it. Within a bin the two differ by at
// most an eighth of the largest curvature, below 0.1, times the bin's width squared.
#pragma once

#include <string>
#include <vector>

#include "query/plan/plan.hpp"
#include "query/release/measured.hpp"
#include "query/release/model_answer.hpp"

namespace mc::query {

struct CalibrationBin {
  Measured n, events;
  Measured score_sum;  // of persons' scores
};

struct CalibrationSums {
  Measured everybody;  // who matches WHERE, whatever is missing of them
  std::vector<CalibrationBin> bins;
};

/// The table of a kCalibration item, as an object, as lines and as a picture.
///   shape    as many bins as the item's breaks make
///   interval Wilson's of the observed rate: R's prop.test(events, n, correct = FALSE)$conf.int
///   digits   of the mean scores, all of them where nobody is
///   errors   kCorrupt when more persons of a bin have the outcome than there are, both being known
///   source   Wilson 1927
Result<ModelAnswer> calibration_answer(const PlanItem& item, const CalibrationSums& sums);

}  // namespace mc::query
