// SPDX-License-Identifier: Apache-2.0
// What is asked of a table of two categories: whether they are independent, and how strongly two indicators go
// together.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "query/release/measured.hpp"

namespace mc::query {

struct ChiSquareTest {
  Finished statistic, df, p_value;  // X-squared, df, p.value
  std::vector<Finished> expected;   // as many as cells, row by row
};

/// Pearson's test of independence as R's chisq.test(a, b). `observed` has rows * columns counts, row by row.
///   levels  rows and columns with nobody in them are left out of the test, as R drops unused levels; their expected
///           counts are 0. NULL when fewer than two rows or columns are left; everything is NULL when nobody is counted
///   yates   of a table that is then 2 x 2, every |observed - expected| is made smaller by 0.5, or by the least of them
///           if that is less (R's correct = TRUE)
///   error   of rounding alone while counts are exact; otherwise nothing is promised
///   source  Pearson 1900; Yates 1934
ChiSquareTest chi_square_test(std::span<const Measured> observed, std::size_t rows, bool yates);

struct OddsRatio {
  Finished estimate, low, high;  // 95 % interval
};

/// n00 n11 / (n01 n10), with Woolf's interval exp(log(ratio) -+ z sqrt(1/n00 + 1/n01 + 1/n10 + 1/n11)).
///   NULL    the ratio where n01 n10 is 0, the interval where any count is 0
///   error   as chi_square_test
///   source  Woolf 1955
OddsRatio odds_ratio(const Measured& n00, const Measured& n01, const Measured& n10, const Measured& n11);

}  // namespace mc::query
