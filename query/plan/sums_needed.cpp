// SPDX-License-Identifier: Apache-2.0
#include "query/plan/sums_needed.hpp"

namespace mc::query {

SumsNeeded sums_needed(Statistic statistic) {
  switch (statistic) {
    case Statistic::kSum:
    case Statistic::kAverage:
    case Statistic::kRegrAvgX:
    case Statistic::kCalibration:
      return {.x1 = true};
    case Statistic::kRegrAvgY:
      return {.y1 = true};
    case Statistic::kVariance:
    case Statistic::kDeviation:
    case Statistic::kVariancePop:
    case Statistic::kDeviationPop:
    case Statistic::kTTest:
    case Statistic::kRegrSxx:
      return {.x1 = true, .x2 = true};
    case Statistic::kRegrSyy:
      return {.y1 = true, .y2 = true};
    case Statistic::kCovariance:
    case Statistic::kCovariancePop:
    case Statistic::kRegrSxy:
      return {.x1 = true, .y1 = true, .xy = true};
    case Statistic::kRegrSlope:
    case Statistic::kRegrIntercept:
      return {.x1 = true, .y1 = true, .x2 = true, .xy = true};
    case Statistic::kCorrelation:
    case Statistic::kRegrR2:
      return {.x1 = true, .y1 = true, .x2 = true, .y2 = true, .xy = true};
    default:
      return {};  // regr_count
  }
}

}  // namespace mc::query
