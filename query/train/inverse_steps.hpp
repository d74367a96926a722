// SPDX-License-Identifier: Apache-2.0
// How the encrypted inverse S of a matrix H is brought closer: polynomials in T = H S, whose eigenvalues go to 1. Which
// one depends on how far from it they may be, for nobody sees them. Pure functions.
#pragma once

#include <array>
#include <vector>

namespace mc::query {

/// What an iteration makes of the inverse S of the Hessian before: S (k0 + k1 T + k2 T^2) with T = H S. Where an
/// eigenvalue of T is 1 + u, that of the next T, with the same H, is 1 + (1 + c) u^3 - c u, which is nearer to 1 as
/// long as |u| < 1. With c = 0 it is cubed (the hyperpower method of order three; Altman, Pacific J. Math. 10, 1960).
/// With c = 1 it is below 0.28 wherever |u| <= 0.8: a Hessian that is a fifth of the one before in some directions, as
/// that of a rare outcome is, is caught up with at once. In the clear, eight iterations on data with one event in two
/// hundred come ten to a thousand times closer to the maximum than with two of Newton's and Schulz's steps in each, and
/// they take fewer products.
struct CubicStep {
  double k0, k1, k2;
  /// The next eigenvalue of T.
  [[nodiscard]] constexpr double of(double t) const { return t * (k0 + t * (k1 + t * k2)); }
};
inline constexpr CubicStep kWideStep{5, -6, 2}, kCubedStep{3, -3, 1};
/// Of Cox's model, curvatures of columns that hardly differ grow too, by a factor of three where few persons make them.
/// Here 1 - T becomes (1 - T)^2 (1 - T / 3.3), which is below 1 for eigenvalues up to 3.7, and squares what is left
/// near 1. What has shrunk to a fifth it brings to 0.4 only.
inline constexpr double kTameRoot = 3.3;
inline constexpr CubicStep kTameStep{2 + 1 / kTameRoot, -1 - 2 / kTameRoot, 1 / kTameRoot};

/// S2 = S sum_k factor[k] T^k of two steps of Newton and Schulz with scalings.
struct DoubleStep {
  std::array<double, 4> factor{};
};

/// Double steps that bring all eigenvalues of [smallest, largest] near 1, to 0.7 at least: after 2/(1 + l) the image of
/// t (2 - t) is [l', 1] with l' about 4 l, and never leaves [0, 1] below l. The first scaling is divided by `largest`,
/// and `smallest` is a part of it.
///   source  Pan and Schreiber, SIAM J. Sci. Stat. Comput. 12, 1991, section 5
std::vector<DoubleStep> inverse_steps(double smallest, double largest);

}  // namespace mc::query
