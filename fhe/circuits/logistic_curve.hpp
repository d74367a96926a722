// SPDX-License-Identifier: Apache-2.0
// The logistic curve on a wide interval in two polynomials of half the degree, for computations that refresh between
// them, after a fold that keeps what comes before them within their interval. With u = x / 64 and
//   t = T_3(u) / 2 = u (2 u^2 - 3/2)      y = T_3(t) = t (4 t^2 - 3)                  v = T_2(y) = 2 y^2 - 1
//   1/(1 + exp(-x)) = 1/2 + y q(v)        log(1 + exp(x)) - x/(1 + exp(-x)) = e(v)
// The fold: y is 4.5 u near 0, rises to 1 at |x| = 32, falls again beyond, and stays within [-1, 1] to |x| = 64. Where
// it has turned the curve has long been flat, so the x that is found again from y in place of the one that it was makes
// no difference up to kReach. Beyond that the curve is wrong, but below 1; beyond kBound it grows.
// An odd series in T_1, T_3, … of y is y times a series in v of half the degree, because T_(2j+1)(y) = y V_j(v) with
// V_j = 2 T_j - V_(j-1), V_0 = 1 (Mason and Handscomb, "Chebyshev Polynomials", 2003, section 1.2). So five levels
// below a refreshed v give what a polynomial of degree 63 in six does.
// e is the entropy of the outcome. It vanishes where the curve is flat; log(1 + exp(x)) itself cannot be folded.
//   source  the fold: Cheon, Kim and Park, "Efficient homomorphic evaluation on large intervals", IEEE Trans. Inf.
//           Forensics and Security 17, 2022 (its polynomial is -T_3)
#pragma once

#include "fhe/ckks/polynomial.hpp"

namespace mc::fhe {

struct LogisticCurve {
  static constexpr int kBoundLog2 = 6;
  static constexpr double kBound = 1 << kBoundLog2;
  static constexpr double kReach = 42;

  double error = 0;          // of the curve for |x| <= kReach, absolute: 2.7e-7
  double entropy_error = 0;  // of e, likewise: 9.9e-7
  ChebyshevSeries q, e;      // in v on [-1, 1]
};

/// y of u, in the clear.
[[nodiscard]] double folded(double u);

/// From the tables of degree 63 in y and 31 in v.
LogisticCurve logistic_curve();

}  // namespace mc::fhe
