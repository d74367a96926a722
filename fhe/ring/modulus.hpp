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

  // Masks instead of branches: residues may be secret.
  [[nodiscard]] std::uint64_t add(std::uint64_t a, std::uint64_t b) const { return correct(a + b); }
  [[nodiscard]] std::uint64_t subtract(std::uint64_t a, std::uint64_t b) const {
    return a - b + (q & -static_cast<std::uint64_t>(a < b));
  }
  [[nodiscard]] std::uint64_t negate(std::uint64_t a) const { return (q - a) & -static_cast<std::uint64_t>(a != 0); }
  /// [0, 2q) to [0, q).
  [[nodiscard]] std::uint64_t correct(std::uint64_t a) const { return a - (q & -static_cast<std::uint64_t>(a >= q)); }
  /// Any 64-bit integer to [0, q).
  [[nodiscard]] std::uint64_t reduce_word(std::uint64_t value) const {
    const auto quotient = static_cast<std::uint64_t>(u128{value} * barrett_high >> 64);
    return correct(value - quotient * q);
  }
  /// Any 128-bit integer to [0, q).
  [[nodiscard]] std::uint64_t reduce(u128 value) const {
    // floor(value * floor(2^128/q) / 2^128) is the quotient or one less; only its low word is needed.
    const auto low = static_cast<std::uint64_t>(value);
    const auto high = static_cast<std::uint64_t>(value >> 64);
    const u128 middle = u128{low} * barrett_high + static_cast<std::uint64_t>(u128{low} * barrett_low >> 64);
    const u128 middle2 = u128{high} * barrett_low + static_cast<std::uint64_t>(middle);
    const std::uint64_t quotient =
        high * barrett_high + static_cast<std::uint64_t>(middle >> 64) + static_cast<std::uint64_t>(middle2 >> 64);
    return correct(low - quotient * q);
  }
  [[nodiscard]] std::uint64_t multiply(std::uint64_t a, std::uint64_t b) const { return reduce(u128{a} * b); }
  [[nodiscard]] std::uint64_t power(std::uint64_t base, std::uint64_t exponent) const;
  /// Inverse by Fermat; a != 0.
  [[nodiscard]] std::uint64_t inverse(std::uint64_t a) const { return power(a, q - 2); }
};

/// True for primes (Miller-Rabin with the bases that decide every 64-bit integer: Sinclair 2011).
bool is_prime(std::uint64_t n);

/// The smallest primitive `order`-th root of unity modulo q; `order` a power of two that divides q - 1. Everybody who
/// takes the smallest gets the same NTT form (SEAL does, so forms can be compared residue by residue).
std::uint64_t minimal_primitive_root(const Modulus& modulus, std::uint64_t order);

}  // namespace mc::fhe
