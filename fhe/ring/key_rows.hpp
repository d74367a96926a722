// SPDX-License-Identifier: Apache-2.0
// Pairs of limbs (b_0, a_0), (b_1, a_1), … modulo one prime in the order in which Kernels::key_product reads them: for
// every eight residues all pairs side by side, one stream from memory however many pairs there are.
//
// A pair is sixteen residues, eight of b, then eight of a. Plain, a residue is a word. Packed, it is as many bits as
// the prime has, one after the other from the lowest bit of the first byte on, across the borders of bytes and words.
// Keys are far larger than caches, so that a quarter less to read is a quarter less to wait for; a permutation of
// bytes, a shift and a mask widen eight of them. Where a's follow from a seed and the kernels make them (UniformRows),
// a pair is b's eight residues alone.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "fhe/ring/uniform_half.hpp"

namespace mc::fhe {

/// What the a's of one prime are made of (uniform_half.hpp) instead of read.
struct UniformRows {
  const std::uint32_t* round_keys = nullptr;  // Aes128::round_keys
  std::size_t place = 0;                      // of the prime
  std::span<const ReplacedResidue> replaced;  // all of them, in any order
};

struct KeyRows {
  const std::uint64_t* words = nullptr;  // of residue 0, on a cache line
  std::size_t terms = 0;                 // pairs
  std::size_t bits = kPlainBits;         // of a residue
  /// What is read after the residues asked for, where that is not what follows them: whoever asks memory ahead of its
  /// reading goes on there.
  const std::uint64_t* next = nullptr;
  const UniformRows* uniform = nullptr;  // null: pairs hold their a's

  static constexpr std::size_t kLanes = 8;
  static constexpr std::size_t kPlainBits = 64;
  static constexpr std::size_t kPackedBitsMax = 57;  // a residue lies in the eight bytes from its first bit's on

  [[nodiscard]] bool packed() const { return bits != kPlainBits; }
  /// Of residues modulo m when they are packed.
  static std::size_t packed_bits(const Modulus& m);
  /// Of eight residues.
  static constexpr std::size_t bytes_per_half(std::size_t bits) { return kLanes * bits / 8; }
  static constexpr std::size_t bytes_per_pair(std::size_t bits) { return 2 * bytes_per_half(bits); }
  /// What rows of so many residues need where a term takes so many bytes of each, and after them as much as may be read
  /// at once.
  static constexpr std::size_t words_for(std::size_t residues, std::size_t terms, std::size_t bytes_per_term) {
    return (residues / kLanes * terms * bytes_per_term + 7) / 8 + kLanes;
  }

  [[nodiscard]] std::size_t bytes_per_term() const {
    return uniform == nullptr ? bytes_per_pair(bits) : bytes_per_half(bits);
  }
  /// Where the eight residues that begin at residue i, a multiple of eight, stand, in bytes from the first.
  [[nodiscard]] std::size_t bytes_before(std::size_t i) const { return i / kLanes * terms * bytes_per_term(); }
  [[nodiscard]] const std::byte* at(std::size_t i) const {
    return reinterpret_cast<const std::byte*>(words) + bytes_before(i);
  }
};

/// Writes eight residues to the bytes_per_half(bits) bytes at `out`.
void write_half(std::byte* out, const std::uint64_t* residues, std::size_t bits);

/// Residue `lane` of a pair, b where half is 0 and a where it is 1: the definition.
inline std::uint64_t read_pair(const std::byte* pair, std::size_t half, std::size_t lane, std::size_t bits) {
  static_assert(std::endian::native == std::endian::little);
  const std::size_t bit = bits * (KeyRows::kLanes * half + lane);
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, pair + bit / 8, sizeof bytes);
  return bytes >> bit % 8 & UINT64_MAX >> (KeyRows::kPlainBits - bits);
}

}  // namespace mc::fhe
