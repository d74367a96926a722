// SPDX-License-Identifier: Apache-2.0
// The canonical embedding of polynomials with real slots, as a transform between M = N/2 real numbers and M real
// numbers. A polynomial m of R[X]/(X^N+1) has real slots exactly when m_{N-k} = -m_k, and then
//   slot at zeta^r = m_0 + 2 sum_{k=1}^{M-1} m_k cos(pi k r / N),  r odd:  a Chebyshev series at x_r = cos(pi r / N).
// Halving T_n - cos(theta) = (T_{n/2} - c)(T_{n/2} + c) scaled, c = cos(theta/2), turns it into butterflies with real
// factors 2c <= 2 (the algebraic discrete cosine transform: Püschel and Moura, SIAM J. Comput. 2003), half the products
// of a complex FFT. Coefficients come from slots by the transposed network, which never divides by a small cosine.
//
// From slots to coefficients the kernels of encoder_kernels.hpp take averages, m_k = 1/M sum_r y_r cos(pi k r / N), so
// that no intermediate value leaves [-1, 1] times the largest leaf. Definition, on integers with kFractionBits
// fractional bits: a node of n leaves has children b and b' of n/2 averages each and
//   a_k = (b_k + b'_k) / 2                            0 <= k < n/2
//   a_{n/2} = p_0 / 2,  a_{n/2+k} = p_k - a_{n/2-k}   1 <= k < n/2
//   p_k = floor(((b_k - b'_k) C + 2^103) / 2^104),    C = round(c 2^104),
// halves rounded to even: always down would add a square wave to the averages, whose energy lands in a few slots.
//
// Error, in units of 2^-103. The halving leaves |delta| <= 1/2, the product |eta| <= 1/2 + 1/2 (its rounding; that of
// C, for |b - b'| < 2^104). So a node adds e_k = delta to average k < n/2 and e_{n-k} = eta - delta to average n - k.
// Let the node stand for T_n = cos(theta) and let U be the Chebyshev polynomials of the second kind: there T_{qn+k} =
// U_q T_k - U_{q-1} T_{n-k}, and the errors reach average qn + k as n/M (U_q e_k - U_{q-1} e_{n-k}). Over the nodes of
// one size theta runs over the odd multiples of pi n / (2M), and with averages over them
//   |sum over the nodes| <= avg|U_q + U_{q-1}| / 2 + max(avg|U_q|, avg|U_{q-1}|),
// of the order of Lebesgue's constants: logarithmic in M/n. Summed over all sizes, with 1/2 for the leaves,
// chebyshev_test.cpp computes 7 units for M = 8, 71 for 2^13, 92 for 2^15: always below 2^7 units, that is 2^-96 of the
// power of two above the largest slot (R17). Seen from the slots, a node's errors are a series at its own leaves only,
// worth at most e_0 + 2 sum |e_k| <= 2n each; one node of every size holds a slot: 4M units at worst, the square root
// of that in quadrature (encoder_test.cpp: a 0 in a mask is a 0 to 2^-92).
// Immutable, thread-safe.
#pragma once

#include <span>
#include <vector>

#include "fhe/ckks/fixed_point.hpp"
#include "fhe/ring/aligned.hpp"

namespace mc::fhe {

/// Leaves and averages are integers below 2^kFractionBits in magnitude.
inline constexpr int kFractionBits = 103;

class ChebyshevTransform {
 public:
  /// For ring degree N, 16 <= N <= 2^16.
  explicit ChebyshevTransform(std::size_t degree);

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Where slot j (the root zeta^(5^j)) stands among the leaves. Nodes of one size are numbered so that the children of
  /// node j of `nodes` are j and nodes + j: neighbours in memory are neighbours in the tree's next layer.
  [[nodiscard]] std::span<const std::uint32_t> leaf_of_slot() const { return leaf_of_slot_; }

  /// C of node j among `nodes` (a power of two below M), at [nodes + j]: words of 52 bits.
  [[nodiscard]] std::span<const std::uint64_t> cosines_high() const { return cosines_high_; }
  [[nodiscard]] std::span<const std::uint64_t> cosines_low() const { return cosines_low_; }

  /// In: Chebyshev coefficients a_k. Out: leaves a_0 + sum_k a_k cos(pi k r / N). Products are rounded once to nearest.
  ///   range  REQUIRES |a| <= 2^125 / M^2
  void series_to_leaves(std::span<i128> values) const;

 private:
  std::size_t size_;
  std::vector<u128> cosines_;  // with 127 fractional bits, of node j among `nodes`: entry nodes + j
  AlignedWords cosines_high_, cosines_low_;
  std::vector<std::uint32_t> leaf_of_slot_;
};

/// The number whose binary digits, `bits` of them, are those of `value` in reverse.
inline std::size_t reverse_bits(std::size_t value, int bits) {
  std::size_t reversed = 0;
  for (int bit = 0; bit < bits; ++bit) reversed |= (value >> bit & 1) << (bits - 1 - bit);
  return reversed;
}

/// Row r of the transform's in-place layout holds coefficient k = reverse_bits(r). The row of -k modulo the number of
/// rows: the same first set bit, then all others turned. r >= 1.
inline std::size_t mirror_row(std::size_t row, std::size_t power_below) {
  return 3 * power_below - 1 - row;  // power_below <= row < 2 power_below
}

/// Takes the rows of a layer with `half` of them as they meet: single(second) for row 0 and, with `second`, the one
/// that is its own mirror, then mirrored(row, mirror) for all others.
template <class Single, class Mirrored>
void for_rows_of_layer(std::size_t half, const Single& single, const Mirrored& mirrored) {
  single(half > 1);
  for (std::size_t below = 2; below < half; below *= 2) {
    for (std::size_t row = below; row < below + below / 2; ++row) mirrored(row, mirror_row(row, below));
  }
}

}  // namespace mc::fhe
