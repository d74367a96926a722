// SPDX-License-Identifier: Apache-2.0
// The canonical embedding of polynomials with real slots, as a transform between M = N/2 real numbers and M real
// numbers. A polynomial m of R[X]/(X^N+1) has real slots exactly when m_{N-k} = -m_k, and then
//   slot at zeta^r = m_0 + 2 sum_{k=1}^{M-1} m_k cos(pi k r / N),  r odd:  a Chebyshev series at x_r = cos(pi r / N).
// Halving T_n - cos(theta) = (T_{n/2} - c)(T_{n/2} + c) scaled, c = cos(theta/2), turns it into butterflies with real
// factors 2c <= 2 (the algebraic discrete cosine transform: Püschel and Moura, SIAM J. Comput. 2003), half the products
// of a complex FFT. Coefficients come from slots by the transposed network, which never divides by a small cosine.
// Fixed point in 128 bits; each product is rounded once to nearest. Immutable, thread-safe.
#pragma once

#include <span>

#include "fhe/ckks/fixed_point.hpp"

namespace mc::fhe {

class ChebyshevTransform {
 public:
  /// For ring degree N, 16 <= N <= 2^16.
  explicit ChebyshevTransform(std::size_t degree);

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Where slot j (the root zeta^(5^j)) stands among the leaves.
  [[nodiscard]] std::size_t leaf_of_slot(std::size_t slot) const { return leaf_of_slot_[slot]; }

  /// In: leaves y_r. Out: sum_r y_r cos(pi k r / N) for k = 0 … M-1, that is M * m_k.
  ///   range  REQUIRES |y| <= 2^125 / M; all intermediate values then stay below 2^127
  ///   noise  entry 0 is exact; worst case 2 M log2(M) roundings of 1/2 for the others, before the division by M
  void leaves_to_sums(std::span<i128> values) const;
  /// In: Chebyshev coefficients a_k. Out: leaves a_0 + sum_k a_k cos(pi k r / N).
  ///   range  REQUIRES |a| <= 2^125 / M^2
  void series_to_leaves(std::span<i128> values) const;

 private:
  std::size_t size_;
  std::vector<u128> cosines_;  // of node j among 2^d: entry 2^d + j
  std::vector<std::uint32_t> leaf_of_slot_;
};

}  // namespace mc::fhe
