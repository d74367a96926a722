// SPDX-License-Identifier: Apache-2.0
// Least squares from released sums: what R's lm and summary.lm say, and how many of its digits are certain.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "query/plan/plan.hpp"
#include "query/release/empty_reference.hpp"
#include "query/release/matrix.hpp"
#include "query/release/measured.hpp"

namespace mc::query {

/// Of the persons with all that the model needs.
struct ModelSums {
  Measured n;                   // how many they are, without those that are known to weigh nothing
  Measured left_out;            // how many match WHERE and lack something
  std::vector<Measured> pairs;  // sums of products of the basis' monomials, row by row, weights included
  Finished weightless = {};     // persons of weight 0, where they are told from others
};

struct Coefficient {
  std::string term;
  bool aliased = false;  // a linear combination of the columns before it: R's NA
  Finished estimate, std_error, t, p_value, low, high;
  double noise_sd = 0;  // what noise that was added on purpose does to the estimate; it is part of std_error
};

struct LinearFit {
  Measured n, left_out;
  Finished weightless;
  std::vector<Coefficient> coefficients;  // one per term
  std::vector<EmptyReference> references;
  std::size_t rank = 0;  // of them not aliased
  double df = 0;         // n - rank
  Finished rss, sigma, r_squared, adjusted_r_squared;
  Finished f, f_p_value;
  double f_df = 0;             // numerator's
  Matrix unscaled_covariance;  // of the coefficients that are not aliased, over sigma^2; empty with ridge
  bool has_noise = false;      // on purpose, in the sums
  double sigma_noise_sd = 0, r_squared_noise_sd = 0;
};

/// Minimises sum w (y - x b)^2, with `ridge` + ridge * sum s_j^2 b_j^2 over all but the intercept, s_j the standard
/// deviation (with n) of column j: MASS::lm.ridge's lambda.
///   aliased  in the order of the terms, as lm: a column whose part outside of the columns before it cannot be told
///            from nothing within the sums' error, at least 1e-12 of its own square; where nobody has a factor's
///            reference the columns of the level that takes its place come last (not with weights: lm keeps levels
///            whose persons weigh nothing, and sums do not say which those are)
///   NULL     standard errors, t, p, intervals and sigma without degrees of freedom; all of them, R^2 and F too, with
///            ridge, which is biased; everything of nobody; t and p where the standard error may be zero; F of an
///            intercept alone
///   error    first-order perturbation of the normal equations by the sums' bounds, elementwise, with the geometric
///            series of the rest (Higham 2002, Accuracy and Stability, section 7.2)
///   weights  persons of weight 0 are counted, in n and in the degrees of freedom, where sums.n counts them
///   source   Chambers 1992 in Statistical Models in S, chapter 4; R's summary.lm
LinearFit fit_linear(const PlanModel& model, const ModelSums& sums);

/// The same of sums in which there is noise on purpose: `redrawn` are the sums with as much noise again, drawn anew
/// (parametric bootstrap). Standard errors contain what the noise does to the estimates, and t, p and intervals follow.
/// Sums are taken as they are: their errors must be 0 (MC_CHECK).
///   noise   a coefficient that fewer than half of the draws can estimate has no standard error
///   F       Wald's statistic of the coefficients with the noise in their covariance, over their number: R's F where
///           there is no noise (wald.hpp)
///   NULL    sigma and R^2 where the residual variance cannot be told from 0 beneath the noise: where it, or that of
///           more than one draw in forty, is not above 0, or R^2 is not from 0 to 1
LinearFit fit_linear(const PlanModel& model, const ModelSums& sums, std::span<const ModelSums> redrawn);

}  // namespace mc::query
