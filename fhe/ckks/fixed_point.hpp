// SPDX-License-Identifier: Apache-2.0
// Integers wide enough that an encoding never touches floating point: 128-bit mantissas, 256-bit products, and cosines
// computed from pi's digits. Rounding is to nearest, halves away from zero, everywhere (R25). Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "fhe/ring/modulus.hpp"

namespace mc::fhe {

struct U256 {
  u128 high = 0, low = 0;
};

/// The full product.
inline U256 multiply_wide(u128 a, u128 b) {
  const auto a0 = static_cast<std::uint64_t>(a), a1 = static_cast<std::uint64_t>(a >> 64);
  const auto b0 = static_cast<std::uint64_t>(b), b1 = static_cast<std::uint64_t>(b >> 64);
  const u128 p00 = u128{a0} * b0;
  const u128 p01 = u128{a0} * b1;
  const u128 p10 = u128{a1} * b0;
  const u128 middle = (p00 >> 64) + static_cast<std::uint64_t>(p01) + static_cast<std::uint64_t>(p10);
  return {u128{a1} * b1 + (p01 >> 64) + (p10 >> 64) + (middle >> 64), middle << 64 | static_cast<std::uint64_t>(p00)};
}

/// round(value * 2^-shift), 1 <= shift <= 127, for results below 2^128.
inline u128 shift_round(U256 value, int shift) {
  const u128 low = value.low + (u128{1} << (shift - 1));
  const u128 high = value.high + (low < value.low);
  return high << (128 - shift) | low >> shift;
}

inline u128 magnitude(i128 value) {
  return value < 0 ? -static_cast<u128>(value) : static_cast<u128>(value);
}
inline i128 with_sign(u128 size, bool negative) {
  return static_cast<i128>(negative ? -size : size);
}

/// Entry i is cos(pi * i / n) * 2^127 to within 0.51, for 0 <= i < n/2; n a power of two, 4 <= n <= 2^16.
std::vector<u128> cosine_table(std::size_t n);

}  // namespace mc::fhe
