// SPDX-License-Identifier: Apache-2.0
// From residues back to integers (Chinese remainder theorem by Garner's mixed radix), for decoding. Immutable,
// thread-safe.
#pragma once

#include <span>
#include <vector>

#include "fhe/ring/ring.hpp"

namespace mc::fhe {

/// Recombines residues modulo the first `level` primes to the integer in (-Q/2, Q/2). Digits are taken centred, so the
/// mixed-radix number comes out centred by itself.
class Recombination {
 public:
  Recombination(const Ring& ring, std::uint32_t level);

  /// Words of 64 bits, least significant first, two's complement, that every result fits in.
  [[nodiscard]] std::size_t word_count() const { return word_count_; }
  /// One residue per prime -> word_count() words.
  void combine(std::span<const std::uint64_t> residues, std::span<std::uint64_t> words) const;
  /// Every coefficient of `poly`, whose basis is the first `level` primes and whose residues are used up:
  /// word_count() words each, one coefficient after another.
  void combine_all(CoeffPoly&& poly, std::span<std::uint64_t> words) const;

 private:
  void compose(std::span<const std::int64_t> digits, std::span<std::uint64_t> words) const;

  const Kernels* kernels_;
  std::vector<Modulus> moduli_;
  std::vector<std::uint64_t> inverses_;  // of q_j modulo q_i at [i * level + j], j < i
  std::vector<std::size_t> words_from_;  // that a number of digits i, i + 1, … fits in, with its sign
  std::size_t word_count_;
};

/// Bit length of |x|, 0 for zero; x in two's complement words.
std::size_t bit_length(std::span<const std::uint64_t> words);
/// floor(x / 2^shift), which must fit in 127 bits and a sign.
i128 shift_right(std::span<const std::uint64_t> words, std::size_t shift);

}  // namespace mc::fhe
