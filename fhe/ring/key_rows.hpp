// SPDX-License-Identifier: Apache-2.0
// Pairs of limbs (b_0, a_0), (b_1, a_1), … modulo one prime in the order in which Kernels::key_product reads them: for
// every eight residues all pairs side by side, one stream from memory however many pairs there are.
//
// A pair of eight residues is sixteen words, b then a. Packed it is twelve: residues below 2^48 as 48 bits each, one
// after the other from the lowest bit of the first word on, b then a. Keys are far larger than caches, so that a
// quarter less to read is a quarter less to wait for; one permutation of bytes widens eight of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mc::fhe {

struct Modulus;

struct KeyRows {
  const std::uint64_t* words = nullptr;  // of residue 0, on a cache line
  std::size_t terms = 0;                 // pairs
  bool packed = false;

  static constexpr std::size_t kLanes = 8;
  static constexpr std::size_t kPlainWords = 16;
  static constexpr std::size_t kPackedWords = 12;
  static constexpr std::size_t kPackedBits = 48;

  /// Whether residues modulo m can be packed: primes of at most 48 bits.
  static bool can_pack(const Modulus& m);
  static constexpr std::size_t words_per_pair(bool packed) { return packed ? kPackedWords : kPlainWords; }
  /// Of the eight residues that begin at residue i, a multiple of eight.
  [[nodiscard]] const std::uint64_t* at(std::size_t i) const {
    return words + i / kLanes * terms * words_per_pair(packed);
  }
};

/// Writes b and a, eight residues each, to the words_per_pair(packed) words at `out`.
void write_pair(std::uint64_t* out, const std::uint64_t* b, const std::uint64_t* a, bool packed);

/// Residue `lane` of a pair, b where half is 0 and a where it is 1: the definition.
inline std::uint64_t read_pair(const std::uint64_t* pair, std::size_t half, std::size_t lane, bool packed) {
  if (!packed) return pair[KeyRows::kLanes * half + lane];
  const std::size_t bit = KeyRows::kPackedBits * (KeyRows::kLanes * half + lane);
  const std::uint64_t* const word = pair + bit / 64;
  const std::size_t shift = bit % 64;
  const std::uint64_t above = shift + KeyRows::kPackedBits > 64 ? word[1] << (64 - shift) : 0;
  return (word[0] >> shift | above) & ((std::uint64_t{1} << KeyRows::kPackedBits) - 1);
}

}  // namespace mc::fhe
