// SPDX-License-Identifier: Apache-2.0
// Tests and intervals of sums in which there is noise on purpose: what the noise does to the estimate is drawn anew
// (parametric bootstrap) and counts like an error of sampling, so that intervals cover and p-values are not too small.
#pragma once

#include <random>
#include <span>
#include <vector>

#include "query/parse/statistic.hpp"
#include "query/release/measured.hpp"

namespace mc::query {

/// Statistics whose intervals or p-values are made to contain the noise here.
bool is_test(Statistic statistic);

/// The numbers of a t test, of columns t, df, p, low, high, mean of the first and mean of the second group; `redrawn`
/// are those of the same sums with as much noise again. The squared standard error of the difference of means grows by
/// the mean square of what the noise does to it; degrees of freedom stay.
///   NULL    as t_test; means alone where they are known and nothing else is
void widen_t_test(std::vector<Finished>& test, std::span<const std::vector<Finished>> redrawn);

enum class IntervalScale { kDifference, kRatio };

/// Numbers that begin with estimate, low and high of a 95 % interval that is symmetric, of a ratio in its logarithm.
///   NULL    the interval where the noise leaves no estimate in half of the redrawn ones or more
void widen_interval(std::vector<Finished>& numbers, std::span<const std::vector<Finished>> redrawn,
                    IntervalScale scale);

/// The p-value of Pearson's statistic among tables of independent categories with the margins' shares and as many
/// persons, drawn `tables` times with noise of these deviations in every count: the same statistic of each.
///   shapes  `observed` and `noise_sd` row by row, as chi_square_test has them
///   value   (1 + tables at least as far off) / (1 + tables): never 0
///   source  Gaboardi, Lim, Rogers and Vadhan 2016 (MCIndep)
double chi_square_p_value(std::span<const Measured> observed, std::span<const double> noise_sd, std::size_t rows,
                          bool yates, int tables, std::mt19937_64& random);

}  // namespace mc::query
