// SPDX-License-Identifier: Apache-2.0
// Numbers with a bound on their error, and arithmetic that keeps the bound true: what is released is a sum that may be
// off by noise, and every digit of the answer that is called certain comes from here.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"

namespace mc::query {

/// A number and how far it may be from the true one.
struct Measured {
  double value = 0;
  double error = 0;
  [[nodiscard]] bool is_exact() const { return error == 0; }
  [[nodiscard]] double low() const { return value - error; }
  [[nodiscard]] double high() const { return value + error; }
  /// It may be zero, for all that is known.
  [[nodiscard]] bool may_be_zero() const { return value <= error && -value <= error; }
};

/// One number of the answer; nothing: NULL.
using Finished = std::optional<Measured>;

/// Doubles carry 53 bits; a handful of operations each lose less than one.
inline constexpr double kDoubleError = 0x1p-49;
/// Integers whose sum is known to better than this are known.
inline constexpr double kCertainlyRounds = 0.25;

/// Known but for the rounding of the doubles it was computed with; integers that a double holds are known.
Measured exactly(double value);
Measured operator+(const Measured& a, const Measured& b);
Measured operator-(const Measured& a, const Measured& b);
Measured operator*(const Measured& a, const Measured& b);
/// The divisor must not be one that may be zero (MC_CHECK).
Measured operator/(const Measured& a, const Measured& b);
/// Times a number that is known.
Measured scaled(const Measured& a, double factor);
/// Square root of something that cannot be negative.
Measured root(const Measured& a);

/// A sum of integers whose error is known to be small is that integer.
///   errors  kCorrupt when it is farther from every integer than its bound; `name` says which number
Result<Measured> as_integer(const Measured& measured, const std::string& name);

/// A sum of multiples of `unit` whose error is small beside it is the nearest one; otherwise, and where it is farther
/// from every multiple than its bound allows, what was measured.
Measured on_grid(const Measured& measured, double unit);

/// sum xy - sum x * sum y / n.
Measured spread(const Measured& xy, const Measured& x, const Measured& y, double n);

/// The value at `middle` of something that lies between its values at the two ends, wherever the truth is.
///   error  the farther end, and the rounding of a handful of operations
Measured between(double at_one_end, double at_middle, double at_other_end);

}  // namespace mc::query
