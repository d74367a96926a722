// SPDX-License-Identifier: Apache-2.0
// A straight line through pairs of values, in the words of SQL's regr_ functions.
#pragma once

#include "query/parse/statistic.hpp"
#include "query/release/measured.hpp"

namespace mc::query {

/// What is known about the pairs of which neither value is missing, in the columns' own units.
struct PairSums {
  double n = 0;
  Measured mean_x, mean_y;  // 0 where the statistic does not need them
  Measured sxx, syy, sxy;   // sums of squares and products of distances from the means
};

/// regr_slope, regr_intercept, regr_r2, regr_avgx, regr_avgy, regr_sxx, regr_syy, regr_sxy (y on x), var_pop,
/// stddev_pop (of x) and covar_pop. Any other statistic is our own bug (MC_CHECK).
///   NULL    of no pairs; slope, intercept and r2 also where x does not vary, or cannot be told from what does not. r2
///   is
///           1 where only y does not vary
///   error   bounds of the inputs carried through; sums of squares that cannot be told from 0 are 0
///   source  ISO/IEC 9075-2, 10.9 <aggregate function>
Finished regression_number(Statistic statistic, const PairSums& sums);

}  // namespace mc::query
