// SPDX-License-Identifier: Apache-2.0
// The residues of a polynomial modulo a few primes, taken together as one integer and carried over to other primes:
// what key switching and division by primes have in common. Exact: the integer taken is the one nearest zero, so there
// is no multiple of the primes' product too many, no floating point and no correction (Garner's mixed radix; compare
// the approximate conversion of Bajard et al., SAC 2016, and Halevi, Polyakov, Shoup, ePrint 2018/117).
#pragma once

#include <array>
#include <span>

#include "fhe/ring/kernels.hpp"
#include "fhe/ring/ring.hpp"

namespace mc::fhe {

/// One row of N numbers per prime p_0, p_1, …. As digits, x = d_0 + p_0 (d_1 + p_1 (d_2 + …)) with centred d_k; rows
/// hold d_k + floor(p_k / 2), which is never negative.
class MixedRadix {
 public:
  static constexpr std::size_t kPrimesMax = 8;

  /// `places`: 1 to 8 different places of primes in the ring, in the order of the digits.
  MixedRadix(const Ring& ring, std::span<const std::size_t> places);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t place(std::size_t k) const { return places_[k]; }
  /// rows[k]: the inverse NTT of an NTT limb modulo prime k, with what to_digits expects added.
  void to_coefficients(std::size_t k, std::uint64_t* row, const std::uint64_t* limb) const;
  /// Rows as to_coefficients leaves them become digits, in place. `scratch`: N words.
  void to_digits(std::span<std::uint64_t* const> rows, std::uint64_t* scratch) const;

  /// out = NTT of the integer modulo the prime at `target`, from digits, in two steps: begin, then end every part of
  /// ntt_part_size residues; canonical, or lazy (fhe/ring/kernels.hpp).
  void begin_extend(std::uint64_t* out, std::span<const std::uint64_t* const> digits, std::size_t target) const;
  void end_extend(std::uint64_t* part, std::size_t index, std::size_t target, Ahead ahead = {}) const;
  void end_extend_lazy(std::uint64_t* part, std::size_t index, std::size_t target, Ahead ahead = {}) const;

  /// Inverse of the product of all primes, modulo the prime at `target`.
  [[nodiscard]] std::uint64_t inverse_of_product(std::size_t target) const;

 private:
  struct Weights {
    std::array<std::uint64_t, kPrimesMax> of{};  // p_0 … p_{k-1} modulo the target
    std::uint64_t constant = 0;                  // minus the sum of all shifts, weighted
  };
  [[nodiscard]] Weights weights_for(std::size_t target, std::size_t terms) const;
  [[nodiscard]] Shifted range_read(std::size_t target) const;

  const Ring& ring_;
  std::size_t size_;
  std::array<std::size_t, kPrimesMax> places_{};
  std::array<std::uint64_t, kPrimesMax> entry_shift_{};    // of the inverse NTT: floor(p_k/2) p_0 … p_{k-1} mod p_k
  std::array<std::uint64_t, kPrimesMax> entry_inverse_{};  // 1 / (p_0 … p_{k-1}) mod p_k
};

}  // namespace mc::fhe
