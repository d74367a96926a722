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

/// Deviations of what is in a bin's sums on purpose.
struct CalibrationNoise {
  double n = 0, events = 0;
  double scores = 0;  // of the sum of the scores less the middle of their range
};

struct CalibrationBin {
  Measured n, events;
  Measured score_sum;  // of persons' scores
  CalibrationNoise noise = {};
  bool left_out = false;  // too few persons to be told of; not nobody
};

struct CalibrationSums {
  Measured everybody;  // who matches WHERE, whatever is missing of them
  double everybody_noise = 0;
  std::vector<CalibrationBin> bins;
  bool has_noise = false;  // then nothing is known to be whole, and counts are shown as multiples of round_to
  std::uint32_t round_to = 1;
};

/// The table of a kCalibration item, as an object, as lines and as a picture.
///   shape    as many bins as the item's breaks make
///   interval Wilson's of the observed rate: R's prop.test(events, n, correct = FALSE)$conf.int
///            with noise: to either side as far as Wilson's and 1.96 deviations of the noise together; `noise_sd` is
///            the observed rate's, `mean_score_noise_sd` the mean score's
///   digits   of the mean scores, all of them where nobody is
///   errors   kCorrupt when more persons of a bin have the outcome than there are, both being known
///   source   Wilson 1927
Result<ModelAnswer> calibration_answer(const PlanItem& item, const CalibrationSums& sums);

}  // namespace mc::query
