// SPDX-License-Identifier: Apache-2.0
// Minimax polynomials of the functions that circuits evaluate: constants, made once in 113 bits by the exchange of
// testing/remez.hpp and rounded to doubles, so that no mathematics library decides a bit of a ciphertext (R25).
// minimax_tables_test.cpp makes each of them again and compares; testing/minimax_tables_main.cpp writes the files.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mc::fhe {

enum class MinimaxFunction : std::uint8_t {
  kSigmoid,            // 1/(1 + exp(-x)) - 1/2 on [-high, high], odd; absolute error
  kInverse,            // 1/x on [1/(2^j + 1), 1]; relative error
  kSquareRoot,         // sqrt(x) there; relative error
  kInverseSquareRoot,  // 1/sqrt(x) there; relative error
  kFoldedSigmoid,      // of logistic_curve.hpp, in y on [-1, 1], odd; absolute error
  kFoldedEntropy,      // likewise, in v = 2 y^2 - 1
};

/// One polynomial: sum of coefficients times the Chebyshev polynomials of [low, high].
struct MinimaxTable {
  double low, high;
  std::uint32_t degree;
  double error;  // the largest on [low, high], of the rounded coefficients evaluated in doubles
  bool is_odd;   // then coefficients are those of T_1, T_3, …, otherwise of T_0, T_1, …
  std::span<const double> coefficients;

  /// Of T_0 … T_degree, times `factor`.
  [[nodiscard]] std::vector<double> all_coefficients(double factor = 1) const;
};

/// By interval, then degree: the narrowest interval of the sigmoid first, for the others the one farthest from zero.
std::span<const MinimaxTable> minimax_tables(MinimaxFunction function);

/// One odd polynomial of a composite approximation of the sign, on [-1, 1]; all but the last are divided by 1 + error,
/// so that they map [-1, 1] into itself and the next one needs no change of variable.
struct SignStage {
  double low;    // where the approximation begins: the stage errs by at most `error` for low <= |x| <= 1
  double error;  // before the division
  std::span<const double> coefficients;  // of T_1, T_3, …
};

/// Composition of the fewest levels with |p(x) - sign(x)| <= 2^-bits for 2^-bits <= |x| <= 1.
struct SignTable {
  std::uint32_t bits;
  std::span<const SignStage> stages;
};

/// By bits, ascending.
std::span<const SignTable> sign_tables();

}  // namespace mc::fhe
