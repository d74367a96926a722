// SPDX-License-Identifier: Apache-2.0
// The uniform halves of a switching key: residues that everybody makes of 128 public bits, in any order.
//
// Number n of residue i in digit d modulo the prime at place p: AES-128 under the key encrypts the block
// LE64(floor(i / 2)), LE64(d + 2^8 p + 2^32 n); of its 64-bit word i mod 2 as many low bits as the prime has. The
// residue is the first number, n = 0, 1, 2, …, that is below the prime: uniform, as far as AES is. Where primes are the
// largest below a power of two, nearly all residues are their first number.
//
// AES with a public key stands for a random function, as for the matrix A of FrodoKEM-AES (Alkim et al., "FrodoKEM:
// Learning With Errors Key Encapsulation", specification of 2021). docs/design/0048 says what that needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/aes.hpp"

namespace mc::fhe {

struct Modulus;

/// A residue that is not its first number.
struct ReplacedResidue {
  std::uint32_t index = 0;
  std::uint32_t digit = 0;
  std::uint64_t excess = 0;  // over the first number, modulo the prime
  friend bool operator==(const ReplacedResidue&, const ReplacedResidue&) = default;
};

/// The second word of the blocks of number n.
constexpr std::uint64_t uniform_half_block(std::size_t digit, std::size_t place, std::uint64_t n) {
  return digit | std::uint64_t{place} << 8 | n << 32;
}

/// Residues 0, 1, … of a digit modulo m, the prime at `place`; an even number of them. Appends those that were replaced
/// to `replaced`, which may be null. digit and place below 2^8.
void make_uniform_half(std::span<std::uint64_t> out, const PublicKey128& key, std::size_t digit, std::size_t place,
                       const Modulus& m, std::vector<ReplacedResidue>* replaced);

}  // namespace mc::fhe
