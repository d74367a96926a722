// SPDX-License-Identifier: Apache-2.0
// Whether two groups have the same mean.
#pragma once

#include "query/release/measured.hpp"

namespace mc::query {

/// One group: how many, and of their values the mean and the variance with n - 1. Both are 0 where n is too small.
struct Sample {
  Measured n;
  Measured mean;
  Measured variance;
};

struct TTest {
  Finished t, df, p_value, low, high;  // the 95 % interval of the difference of means, first - second
  Finished mean_first, mean_second;
};

/// Student's test as R's t.test(x ~ group), two-sided: Welch's without the assumption of equal variances, or `pooled`
/// with it (var.equal = TRUE).
///   NULL    a mean of nobody; the test when a group has fewer than two (pooled: either has none, or both together have
///           fewer than three), or when the standard error cannot be told from zero, where R says that the data are
///           essentially constant
///   error   bounds of the inputs carried through; counts that are not exact promise nothing
///   source  Student 1908; Welch 1947
TTest t_test(const Sample& first, const Sample& second, bool pooled);

}  // namespace mc::query
