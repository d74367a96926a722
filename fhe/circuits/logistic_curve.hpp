// SPDX-License-Identifier: Apache-2.0
// The logistic curve on a wide interval in two polynomials of half the degree, for computations that refresh between
// them: with x' = x / bound and v = 2 x'^2 - 1 = T_2(x'),
//   1/(1 + exp(-x)) = 1/2 + x' q(v)              log(1 + exp(x)) = x/2 + e(v)
// An odd series in T_1, T_3, … of x' is x' times a series in v of half the degree, because T_(2j+1)(x') = x' V_j(v)
// with V_j = 2 T_j - V_(j-1), V_0 = 1 (Mason and Handscomb, "Chebyshev Polynomials", 2003, section 1.2). So five levels
// below a refreshed v give what a polynomial of degree 63 in six does, and the even function costs no power of its own.
#pragma once

#include "fhe/ckks/polynomial.hpp"

namespace mc::fhe {

struct LogisticCurve {
  double bound = 0;
  double error = 0;      // of the sigmoid on [-bound, bound], absolute; of e below 16 times as much
  ChebyshevSeries q, e;  // in v on [-1, 1]
};

/// From the table of degree 63.
///   range   bound 8 or 16
///   error   1.4e-6 for 16, 9.0e-12 for 8 (fhe/circuits/sigmoid.hpp)
///   errors  kUnsupported for other bounds
Result<LogisticCurve> logistic_curve(double bound);

}  // namespace mc::fhe
