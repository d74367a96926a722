// SPDX-License-Identifier: Apache-2.0
// A scale, or one over it, as a binary number for integer arithmetic.
#pragma once

#include "fhe/ckks/params.hpp"
#include "fhe/ckks/scale.hpp"

namespace mc::fhe {

/// About factor * 2^(bits - 127), with 2^126 < factor <= 2^127: `bits` is the least integer with number <= 2^bits.
struct BinaryScale {
  u128 factor = u128{1} << 127;
  int bits = 0;
  friend bool operator==(const BinaryScale&, const BinaryScale&) = default;
};

/// The scale, or its inverse: the quotient of two products of primes by long division, rounded to nearest, halves up.
/// Exact for integers times powers of two of at most 127 bits, else within 2^-127 of itself.
///   errors  kInvalidArgument when a prime is named that the chain lacks; `action` opens the sentence
Result<BinaryScale> binary_scale(const Scale& scale, const Params& params, const char* action);
Result<BinaryScale> binary_inverse(const Scale& scale, const Params& params, const char* action);

/// value * number * 2^exponent as the nearest double, ties to even: integers up to the last step, which only sets the
/// exponent.
double nearest_double(i128 value, const BinaryScale& number, int exponent);

}  // namespace mc::fhe
