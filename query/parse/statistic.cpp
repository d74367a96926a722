// SPDX-License-Identifier: Apache-2.0
#include "query/parse/statistic.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace mc::query {
namespace {

constexpr std::array kFunctions{
    FunctionShape{Statistic::kCount, "count", 1},
    FunctionShape{Statistic::kSum, "sum", 1},
    FunctionShape{Statistic::kAverage, "avg", 1},
    FunctionShape{Statistic::kVariance, "var_samp", 1},
    FunctionShape{Statistic::kDeviation, "stddev_samp", 1},
    FunctionShape{Statistic::kCovariance, "covar_samp", 2},
    FunctionShape{Statistic::kCorrelation, "corr", 2},
    FunctionShape{Statistic::kHistogram, "histogram", 1},
    FunctionShape{Statistic::kQuantile, "quantile", 1, OptionKind::kProbability},
    FunctionShape{Statistic::kMedian, "median", 1},
    FunctionShape{Statistic::kChiSquareTest, "chisq_test", 2, OptionKind::kWord, "yates", "uncorrected"},
    FunctionShape{Statistic::kOddsRatio, "odds_ratio", 2},
    FunctionShape{Statistic::kTTest, "ttest", 2, OptionKind::kWord, "welch", "pooled"},
    FunctionShape{Statistic::kVariancePop, "var_pop", 1},
    FunctionShape{Statistic::kDeviationPop, "stddev_pop", 1},
    FunctionShape{Statistic::kCovariancePop, "covar_pop", 2},
    FunctionShape{Statistic::kRegrSlope, "regr_slope", 2},
    FunctionShape{Statistic::kRegrIntercept, "regr_intercept", 2},
    FunctionShape{Statistic::kRegrR2, "regr_r2", 2},
    FunctionShape{Statistic::kRegrCount, "regr_count", 2},
    FunctionShape{Statistic::kRegrAvgX, "regr_avgx", 2},
    FunctionShape{Statistic::kRegrAvgY, "regr_avgy", 2},
    FunctionShape{Statistic::kRegrSxx, "regr_sxx", 2},
    FunctionShape{Statistic::kRegrSyy, "regr_syy", 2},
    FunctionShape{Statistic::kRegrSxy, "regr_sxy", 2},
    FunctionShape{Statistic::kLinearRegression, "linear_regression", 0, OptionKind::kFormula},
    FunctionShape{Statistic::kLogisticRegression, "logistic_regression", 0, OptionKind::kFormula},
    FunctionShape{Statistic::kKaplanMeier, "kaplan_meier", 0, OptionKind::kFormula},
    FunctionShape{Statistic::kCox, "cox", 0, OptionKind::kFormula},
    FunctionShape{Statistic::kRiskDifference, "risk_difference", 2},
    FunctionShape{Statistic::kRiskRatio, "risk_ratio", 2},
    FunctionShape{Statistic::kAuc, "auc", 2},
    FunctionShape{Statistic::kCalibration, "calibration", 2},
};

// Other spellings of count, which are no functions of their own.
constexpr FunctionShape kCountRowsShape{Statistic::kCountRows, "count", 0};
constexpr FunctionShape kCountDistinctShape{Statistic::kCountDistinct, "count", 1};

}  // namespace

std::span<const FunctionShape> functions() {
  return kFunctions;
}

const FunctionShape& shape_of(Statistic statistic) {
  if (statistic == Statistic::kCountRows) return kCountRowsShape;
  if (statistic == Statistic::kCountDistinct) return kCountDistinctShape;
  const auto found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                  [&](const FunctionShape& shape) { return shape.statistic == statistic; });
  MC_CHECK(found != kFunctions.end());
  return *found;
}

std::size_t argument_count(Statistic statistic) {
  return statistic == Statistic::kKey ? 1 : shape_of(statistic).columns;
}

std::string_view aggregate_name(Statistic statistic) {
  return statistic == Statistic::kKey ? std::string_view() : shape_of(statistic).name;
}

bool counts_persons(Statistic statistic) {
  return statistic == Statistic::kCountRows || statistic == Statistic::kCount || statistic == Statistic::kRegrCount;
}

bool reads_values(Statistic statistic) {
  switch (statistic) {
    case Statistic::kKey:
    case Statistic::kCountRows:
    case Statistic::kCount:
    case Statistic::kCountDistinct:
    case Statistic::kHistogram:
    case Statistic::kQuantile:
    case Statistic::kMedian:
    case Statistic::kChiSquareTest:
    case Statistic::kOddsRatio:
    case Statistic::kRiskDifference:
    case Statistic::kRiskRatio:
    case Statistic::kLinearRegression:
    case Statistic::kLogisticRegression:
    case Statistic::kKaplanMeier:
    case Statistic::kCox:
    case Statistic::kAuc:
      return false;
    default:
      return true;
  }
}

bool crosses_categories(Statistic statistic) {
  return statistic == Statistic::kChiSquareTest || statistic == Statistic::kTTest || is_two_by_two(statistic);
}

bool is_two_by_two(Statistic statistic) {
  return statistic == Statistic::kOddsRatio || statistic == Statistic::kRiskDifference ||
         statistic == Statistic::kRiskRatio;
}

bool is_spread(Statistic statistic) {
  switch (statistic) {
    case Statistic::kVariance:
    case Statistic::kDeviation:
    case Statistic::kVariancePop:
    case Statistic::kDeviationPop:
    case Statistic::kRegrSxx:
    case Statistic::kRegrSyy:
      return true;
    default:
      return false;
  }
}

bool is_regression(Statistic statistic) {
  return statistic >= Statistic::kRegrSlope && statistic <= Statistic::kRegrSxy;
}

bool is_model(Statistic statistic) {
  return statistic >= Statistic::kLinearRegression && statistic <= Statistic::kCox;
}

bool is_survival(Statistic statistic) {
  return statistic == Statistic::kKaplanMeier || statistic == Statistic::kCox;
}

bool has_bins(Statistic statistic) {
  return statistic == Statistic::kHistogram || statistic == Statistic::kQuantile || statistic == Statistic::kMedian;
}

bool is_of_predictor(Statistic statistic) {
  return statistic == Statistic::kAuc || statistic == Statistic::kCalibration;
}

bool takes_edges(Statistic statistic) {
  return has_bins(statistic) || is_of_predictor(statistic);
}

}  // namespace mc::query
