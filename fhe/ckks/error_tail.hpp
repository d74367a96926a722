// SPDX-License-Identifier: Apache-2.0
// How often an error of CKKS is how large. Errors are often taken for Gaussian in every slot; most are not. A slot of a
// product of two random polynomials is the product of their slots: one of them, often a slot of the secret, makes the
// other larger or smaller, and the tail is that of a Laplace distribution: at one in 2^50, 24 deviations instead of 8.
// Rounding the third part of a product multiplies by the square of the secret, and reaches 85 deviations.
//   model   Slots of one polynomial with independent coefficients are complex Gaussians. For the ternary secret, errors
//           and roundings the tails are not above those of a Gaussian of the same variance (strictly sub-Gaussian).
//   source  variances: Costache, Curtis, Hales, Murphy, Ogilvie, Player, ePrint 2022/162 (who bound by the Gaussian's
//           tail); the tails are worked out in error_tail.cpp
#pragma once

#include <vector>

namespace mc::fhe {

/// The real part of an error's slot as a sum of independent parts, added by their variances.
class ErrorTail {
 public:
  /// A slot of one random polynomial.
  void add_gaussian(double variance) { gaussian_ += variance; }
  /// The sum of `summands` slots of products of two random polynomials, of equal variance. >= 1, need not be whole.
  void add_product(double variance, double summands);
  /// A slot of r s^2, or of a product of three.
  void add_cube(double variance) {
    if (variance > 0) cubes_.push_back(variance);
  }

  /// t such that P(|X| > t) <= 2^-odds_log2.
  ///   range   odds_log2 >= 10 (MC_CHECK)
  ///   error   too large by less than 0.1 bits where one kind of part prevails
  [[nodiscard]] double bound(double odds_log2) const;

 private:
  struct Product {
    double variance, summands;
  };
  struct Cumulant {
    double value, first, second;  // ln E exp(theta X) and its derivatives
  };
  [[nodiscard]] Cumulant cumulant(double theta) const;
  [[nodiscard]] double saddle_point(double log_odds) const;

  double gaussian_ = 0;
  std::vector<Product> products_;
  std::vector<double> cubes_;
};

}  // namespace mc::fhe
