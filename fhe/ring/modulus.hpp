// SPDX-License-Identifier: Apache-2.0
// Arithmetic modulo one prime of at most 50 bits. Operands and results are canonical, in [0, q).
#pragma once

#include <cstdint>

namespace mc::fhe {

using u128 = unsigned __int128;
using i128 = __int128;

/// A prime and its Barrett constant floor(2^128 / q), split in words. Source: Barrett, CRYPTO '86.
struct Modulus {
  std::uint64_t q = 0;
  std::uint64_t barrett_high = 0;
  std::uint64_t barrett_low = 0;
  std::uint8_t bits = 0;  // bit length of q

  /// `q` in [3, 2^50), odd.
  static Modulus of(std::uint64_t q);

  [[nodiscard]] std::uint64_t add(std::uint64_t a, std::uint64_t b) const {
    const std::uint64_t sum = a + b;
    return sum >= q ? sum - q : sum;
  }
  [[nodiscard]] std::uint64_t subtract(std::uint64_t a, std::uint64_t b) const { return a >= b ? a - b : a + q - b; }
  [[nodiscard]] std::uint64_t negate(std::uint64_t a) const { return a == 0 ? 0 : q - a; }
  /// Any 128-bit integer to [0, q).
  [[nodiscard]] std::uint64_t reduce(u128 value) const;
  [[nodiscard]] std::uint64_t multiply(std::uint64_t a, std::uint64_t b) const { return reduce(u128{a} * b); }
  [[nodiscard]] std::uint64_t power(std::uint64_t base, std::uint64_t exponent) const;
  /// Inverse by Fermat; a != 0.
  [[nodiscard]] std::uint64_t inverse(std::uint64_t a) const { return power(a, q - 2); }
};

}  // namespace mc::fhe
