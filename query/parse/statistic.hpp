// SPDX-License-Identifier: Apache-2.0
// What a SELECT list can ask for, and what each function takes: one table, read by every stage.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mc::query {

/// The order is part of a plan's bytes: new ones are added at the end.
enum class Statistic : std::uint8_t {
  kKey,  // a GROUP BY column in the SELECT list
  kCountRows,
  kCount,
  kSum,
  kAverage,
  kVariance,
  kDeviation,
  kCovariance,
  kCorrelation,
  kCountDistinct,
  kHistogram,
  kQuantile,
  kMedian,
  kChiSquareTest,
  kOddsRatio,
  kTTest,
  kVariancePop,
  kDeviationPop,
  kCovariancePop,
  kRegrSlope,  // of y on x, as SQL's regr_ functions, which are written with y first
  kRegrIntercept,
  kRegrR2,
  kRegrCount,
  kRegrAvgX,
  kRegrAvgY,
  kRegrSxx,
  kRegrSyy,
  kRegrSxy,
  kLinearRegression,  // models: of a formula
  kLogisticRegression,
  kKaplanMeier,
  kCox,
  kRiskDifference,  // of an outcome between two arms
  kRiskRatio,
  kAuc,  // of an outcome, and a measurement or score that is to foretell it, in bins
  kCalibration,
};
inline constexpr auto kLastStatistic = Statistic::kCalibration;

/// What a function takes behind its columns.
enum class OptionKind : std::uint8_t {
  kNone,
  kProbability,  // a number from 0 to 1, required
  kWord,         // one of FunctionShape::words, which may be left out
  kFormula,      // a model: a formula in quotes, then options by name; no columns (query/parse/model_call.hpp)
};

/// One aggregate of the language.
struct FunctionShape {
  Statistic statistic;
  std::string_view name;
  std::size_t columns;  // how many columns it is of
  OptionKind option = OptionKind::kNone;
  std::string_view usual = {};  // kWord: the word that changes nothing, so that it has no place in canonical SQL
  std::string_view other = {};  // kWord: the word that changes something
};

/// Every function, in the order in which messages list them; each name once.
std::span<const FunctionShape> functions();
/// The shape of an aggregate. count(*), count(x) and count(DISTINCT x) have one each; kKey has none (MC_CHECK).
const FunctionShape& shape_of(Statistic statistic);

/// How many columns the statistic is of: 0, 1 or 2.
std::size_t argument_count(Statistic statistic);
/// The SQL name of an aggregate ("avg"); empty for kKey.
std::string_view aggregate_name(Statistic statistic);
/// It yields one count of persons.
bool counts_persons(Statistic statistic);
/// It needs the values of its columns, not only their categories or bins.
bool reads_values(Statistic statistic);

/// It compares groups that its second column makes (or both of them), so they have to be two columns.
bool crosses_categories(Statistic statistic);
/// It is counted in the four cells that two columns of two categories make.
bool is_two_by_two(Statistic statistic);
/// A variance, its root or a sum of squares: never below 0.
bool is_spread(Statistic statistic);
/// SQL's regr_ family: the first argument is y, the second x.
bool is_regression(Statistic statistic);
/// It fits a model to a formula.
bool is_model(Statistic statistic);
/// A model of Surv(time, event).
bool is_survival(Statistic statistic);
/// It is counted in bins between declared edges.
bool has_bins(Statistic statistic);
/// It says how well its second column foretells its first one: in bins of the second, outcome by outcome.
bool is_of_predictor(Statistic statistic);
/// It may be told where bins are cut.
bool takes_edges(Statistic statistic);

}  // namespace mc::query
