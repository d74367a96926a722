// SPDX-License-Identifier: Apache-2.0
#include "query/release/matrix.hpp"

#include <algorithm>
#include <limits>

namespace mc::query {

Matrix inverse_of_positive(const Matrix& a) {
  const std::size_t size = a.rows();
  Matrix lower(size, size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a(i, j);
      for (std::size_t k = 0; k < j; ++k) sum -= lower(i, k) * lower(j, k);
      lower(i, j) = i == j ? std::sqrt(std::max(sum, std::numeric_limits<double>::min())) : sum / lower(j, j);
    }
  }
  Matrix half(size, size);  // of the factor
  for (std::size_t j = 0; j < size; ++j) {
    for (std::size_t i = j; i < size; ++i) {
      double sum = i == j ? 1 : 0;
      for (std::size_t k = j; k < i; ++k) sum -= lower(i, k) * half(k, j);
      half(i, j) = sum / lower(i, i);
    }
  }
  return half.transposed() * half;
}

}  // namespace mc::query
