// SPDX-License-Identifier: Apache-2.0
// Real polynomials of a ciphertext, in the Chebyshev basis, whose coefficients stay small where those of powers
// explode. Paterson-Stockmeyer with baby and giant steps: p = q T_m + r again and again, with the fewest
// multiplications in sequence, ceil(log2(degree + 1)), and few products. Every sum comes out at exactly the scale that
// is wanted, because coefficients are encoded at the scale that brings their term there ("scale-invariant").
//   source  Bossuat, Mouchet, Troncoso-Pastoriza, Hubaux, ePrint 2020/1203, section 3; Han and Ki, ePrint 2019/688,
//           section 5; Paterson and Stockmeyer, SIAM J. Comput. 1973
// Planned, not thrown: the plan is a Program (fhe/ckks/program.hpp) that is made without any ciphertext.
#pragma once

#include "fhe/ckks/program.hpp"

namespace mc::fhe {

/// sum_k coefficients[k] T_k(y) with y = (2x - low - high) / (high - low), for x in [low, high].
struct ChebyshevSeries {
  double low = -1, high = 1;
  std::vector<double> coefficients;

  /// The highest k with a coefficient other than zero; 0 for a constant.
  [[nodiscard]] std::uint32_t degree() const;
  /// Of |p| on [low, high], by the triangle inequality.
  [[nodiscard]] double bound() const;
  /// Clenshaw's recurrence, in doubles.
  [[nodiscard]] double operator()(double x) const;
};

struct PolynomialOptions {
  std::uint32_t limbs_per_product = 1;               // primes that a product is divided by: 1 or 2
  std::optional<Scale> output_scale = std::nullopt;  // that of the input unless given
  std::optional<double> bound = std::nullopt;        // of |p|, where it is known better than by series.bound()
};

/// The largest degree: scales of the powers have exponents that grow with it, and a scale holds at most 127.
inline constexpr std::uint32_t kPolynomialDegreeMax = 127;

/// Multiplications in sequence: ceil(log2(degree + 1)).
std::uint32_t polynomial_depth(std::uint32_t degree);

/// Limbs that a polynomial uses up; limbs_per_product more must be left to hold the result. `change_of_variable`:
/// whether [low, high] costs a multiplication by a constant. It does not when 2 / (high - low) is an integer of at most
/// 16 bits times a power of two that the scale has room for, for example for [-1, 1], [0, 1], and [-8, 8] at 2^-3 of
/// the scale.
std::uint32_t levels_needed(std::uint32_t degree, std::uint32_t limbs_per_product, bool change_of_variable);

/// Appends p(x) to a program; its result is at the level and exactly the scale that the options ask for.
///   range   x in [low, high] up to noise; outside p grows like T_degree
///   levels  levels_needed(degree, …) below x
///   noise   each coefficient is rounded at the scale of its term: an error of 2^-45 of the message per term at a
///           one-prime scale of 46 bits
///   errors  kLimit "level 3 left, a polynomial of degree 31 needs 6"; kInvalidArgument for a constant, an empty
///           interval, coefficients that are not finite, a degree beyond 127, or scales that are not near the primes
Result<Register> append_polynomial(Program& program, Register x, const ChebyshevSeries& series,
                                   const PolynomialOptions& options);

/// The program of one polynomial of one input.
Result<Program> plan_polynomial(const ParamsPtr& params, const ChebyshevSeries& series, Level level, const Scale& scale,
                                const PolynomialOptions& options);

}  // namespace mc::fhe
