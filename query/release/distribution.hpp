// SPDX-License-Identifier: Apache-2.0
// Tails and quantiles of the distributions that tests compare with. Boost.Math computes them; its headers stay in
// distribution.cpp, and so do its exceptions: outside of a function's domain the answer is not a number.
#pragma once

namespace mc::query {

/// P(X >= x) of chi-squared with `df` degrees of freedom: R's pchisq(x, df, lower.tail = FALSE).
///   range   x >= 0, df > 0        error  a few units in the last place
double chi_square_tail(double x, double df);
/// P(F >= f) of Fisher's distribution: R's pf(f, df1, df2, lower.tail = FALSE).
///   range   f >= 0, df > 0        error  a few units in the last place
double f_tail(double f, double df1, double df2);
/// P(|T| >= |t|) of Student's t: R's 2 * pt(-abs(t), df). `df` > 0 need not be whole.
double student_two_tails(double t, double df);
/// Where Student's t lies below with probability p: R's qt(p, df).
double student_quantile(double p, double df);
/// R's qnorm(p).
double normal_quantile(double p);

}  // namespace mc::query
