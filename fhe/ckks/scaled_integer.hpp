// SPDX-License-Identifier: Apache-2.0
// Numbers at a scale, as integers. A scale-invariant evaluation multiplies ciphertexts by constants at scales such as
// 2^368*q6^-3*q7^-4, whose factors alone are far beyond any machine word: mantissas of 320 bits carry them. Integers
// throughout, so the same bits on every machine (R25). Pure functions.
#pragma once

#include "base/result.hpp"
#include "fhe/ckks/params.hpp"
#include "fhe/ckks/scale.hpp"
#include "fhe/ring/modulus.hpp"

namespace mc::fhe {

/// mantissa * 2^shift. Numbers below 2^125 have shift 0; others are rounded to the 125 highest bits, which is enough:
/// constants reach 184 bits at the scale of a product that two primes are to be divided out of.
struct ScaledInteger {
  i128 mantissa = 0;
  std::uint32_t shift = 0;

  [[nodiscard]] bool is_zero() const { return mantissa == 0; }
  [[nodiscard]] std::uint64_t residue(const Modulus& m) const;
  friend bool operator==(const ScaledInteger&, const ScaledInteger&) = default;
};

/// round(value * scale) to nearest, halves away from zero. The number that is rounded is exact where the scale has no
/// negative exponent, and otherwise wrong by less than 2^-230 of itself.
///   range   |mantissa| <= 2^125
///   errors  kInvalidArgument when the value is not finite or the scale names a prime that the chain lacks
Result<ScaledInteger> scaled_integer(double value, const Scale& scale, const Params& params);

/// a / b rounded towards zero to a double; 0 below 2^-1000, and the largest double above 2^1000. Unlike Scale::bits it
/// is the same on every machine, so plans may depend on it.
///   range   REQUIRES primes of the chain only
double scale_ratio(const Scale& a, const Scale& b, const Params& params);

/// floor(log2(scale)), the same on every machine.
///   range   REQUIRES primes of the chain only
int floor_log2(const Scale& scale, const Params& params);

/// Whether every prime that the scale names is one of the chain.
bool names_primes_of(const Scale& scale, const Params& params);
/// The largest magnitude among the exponents of primes.
int largest_exponent(const Scale& scale);

}  // namespace mc::fhe
