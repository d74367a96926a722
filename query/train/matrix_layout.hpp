// SPDX-License-Identifier: Apache-2.0
// Small matrices as coefficients of polynomials, laid out so that one product of ciphertexts is a product of matrices.
// A right factor has room for a vector beside its matrix, as its column d, so that one product is of both. With the
// stride s = d^2 + d
//   left   a_ik at X^(i s + k)      right   b_kj at X^(j d + d-1-k)      product   (ab)_ij at X^(i s + j d + d-1)
// No other term meets those places, because |k - k'| < d. Nor do those that go beyond the ring's degree: they come to
// the first d-1 places. The refresh opens those places only and puts them where the next product wants them (R13, R14),
// so that no rotation is needed. Rows of the left factor that one polynomial has no room for go to further ones.
//   source  the packing of Huang et al., "Cheetah", USENIX Security 2022, section 4, for both factors encrypted
// Pure arithmetic on places; no ciphertexts.
#pragma once

#include <cstdint>
#include <vector>

#include "fhe/ckks/ciphertext.hpp"
#include "fhe/threshold/refresh_map.hpp"

namespace mc::query {

class MatrixLayout {
 public:
  /// d x d matrices. REQUIRES 1 <= d and d^2 + d <= degree (MC_CHECK).
  MatrixLayout(std::uint32_t d, std::size_t degree);

  [[nodiscard]] std::uint32_t size() const { return d_; }
  /// Polynomials of a left factor, and of a product.
  [[nodiscard]] std::uint32_t chunks() const { return (d_ + rows_ - 1) / rows_; }
  [[nodiscard]] std::uint32_t chunk_of(std::uint32_t row) const { return row / rows_; }
  /// The column of a right factor where a vector goes.
  [[nodiscard]] std::uint32_t vector_column() const { return d_; }
  [[nodiscard]] std::uint32_t left(std::uint32_t row, std::uint32_t column) const {
    return row % rows_ * stride() + column;
  }
  [[nodiscard]] std::uint32_t right(std::uint32_t row, std::uint32_t column) const {
    return column * d_ + d_ - 1 - row;
  }
  [[nodiscard]] std::uint32_t product(std::uint32_t row, std::uint32_t column) const {
    return row % rows_ * stride() + column * d_ + d_ - 1;
  }

  /// The places of `columns` columns of a product from `first_column` on, in row order: input `first` is its first
  /// polynomial.
  [[nodiscard]] std::vector<fhe::RefreshMap::Coefficient> places(std::uint32_t first, std::uint32_t first_column,
                                                                 std::uint32_t columns) const;

 private:
  [[nodiscard]] std::uint32_t stride() const { return d_ * d_ + d_; }

  std::uint32_t d_, rows_;  // rows of one polynomial
};

}  // namespace mc::query
