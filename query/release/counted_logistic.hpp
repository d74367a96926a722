// SPDX-License-Identifier: Apache-2.0
// Logistic regression from counts: persons with the same covariates are one pattern, and how many of each pattern have
// the outcome and have not is all that the likelihood reads. With noise in the counts on purpose its score is what is
// solved: it is linear in them, so that noise of mean 0 leaves it unbiased, counts below 0 included; to cut those at 0
// would add persons whom nobody has.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "query/release/matrix.hpp"

namespace mc::query {

/// Persons with the same covariates.
struct OutcomePattern {
  std::vector<double> covariates;
  double offset = 0;
  double with = 0, without = 0;  // the outcome; with noise any number
  double with_noise_sd = 0, without_noise_sd = 0;
};

struct CountedLogistic {
  std::vector<double> coefficients, std_errors;  // not a number where a column repeats others (R's NA)
  std::vector<double> noise_sd;                  // what the noise does to each; it is part of std_errors
  Matrix covariance;                             // of sampling and noise, 0 of such a column
  double df = 0;                                 // coefficients that could be estimated
  double n = 0, events = 0;
  std::uint32_t iterations = 0;
  bool converged = false;  // false where a coefficient runs away, or noise leaves the score no root
};

/// The root of the penalised score sum x (y (1 - p) - z p) - ridge b, y with and z without the outcome, by Newton's
/// method. It begins at the maximum of the likelihood of the counts without those below 0, which is concave.
///   covariance  H^-1 + H^-1 (sum x x' ((1 - p)^2 s_y^2 + p^2 s_z^2)) H^-1, H the information and the penalty
///   ridge       on half the squares of all coefficients but the intercept's, the first one
///   range       all patterns have as many covariates (MC_CHECK); of nobody, and where the noise leaves no information,
///               nothing is estimated
///   source      McCullagh and Nelder 1989, section 4.4; White 1982 (the covariance between the two informations)
CountedLogistic fit_counted_logistic(std::span<const OutcomePattern> patterns, bool intercept, double ridge);

}  // namespace mc::query
