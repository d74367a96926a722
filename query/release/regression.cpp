// SPDX-License-Identifier: Apache-2.0
#include "query/release/regression.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace mc::query {
namespace {

/// A sum of squares that cannot be told from zero is zero.
Measured settled(Measured squares) {
  if (squares.value <= squares.error) squares.value = 0;
  return squares;
}

bool varies(const Measured& squares) {
  return squares.value > squares.error;
}

Finished line(Statistic statistic, const PairSums& sums) {
  if (!varies(sums.sxx)) return std::nullopt;
  if (statistic == Statistic::kRegrR2) {
    if (!varies(sums.syy)) return Measured{1, 0};
    const Measured squares = sums.sxx * sums.syy;
    if (squares.may_be_zero()) return std::nullopt;  // each is above 0 for certain, and nearly as far off
    Measured r2 = sums.sxy * sums.sxy / squares;
    r2.value = std::min(r2.value, 1.0);
    return r2;
  }
  const Measured slope = sums.sxy / sums.sxx;
  return statistic == Statistic::kRegrSlope ? slope : sums.mean_y - slope * sums.mean_x;
}

}  // namespace

Finished regression_number(Statistic statistic, const PairSums& sums) {
  if (sums.n < 0.5) return std::nullopt;
  const Measured n{sums.n, 0};
  switch (statistic) {
    case Statistic::kRegrSlope:
    case Statistic::kRegrIntercept:
    case Statistic::kRegrR2:
      return line(statistic, sums);
    case Statistic::kRegrAvgX:
      return sums.mean_x;
    case Statistic::kRegrAvgY:
      return sums.mean_y;
    case Statistic::kRegrSxx:
      return settled(sums.sxx);
    case Statistic::kRegrSyy:
      return settled(sums.syy);
    case Statistic::kRegrSxy:
      return sums.sxy;
    case Statistic::kVariancePop:
      return settled(sums.sxx) / n;
    case Statistic::kDeviationPop:
      return root(settled(sums.sxx) / n);
    case Statistic::kCovariancePop:
      return sums.sxy / n;
    default:
      break;
  }
  MC_CHECK(false && "a statistic of pairs");
}

}  // namespace mc::query
