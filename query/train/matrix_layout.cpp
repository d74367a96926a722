// SPDX-License-Identifier: Apache-2.0
#include "query/train/matrix_layout.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace mc::query {

MatrixLayout::MatrixLayout(std::uint32_t d, std::size_t degree) : d_(d), rows_(0) {
  MC_CHECK(d >= 1 && std::size_t{d} * d + d <= degree);
  rows_ = static_cast<std::uint32_t>(std::min<std::size_t>(d, degree / stride()));
}

std::vector<fhe::RefreshMap::Coefficient> MatrixLayout::places(std::uint32_t first, std::uint32_t first_column,
                                                               std::uint32_t columns) const {
  std::vector<fhe::RefreshMap::Coefficient> all;
  all.reserve(std::size_t{d_} * columns);
  for (std::uint32_t row = 0; row < d_; ++row) {
    for (std::uint32_t column = 0; column < columns; ++column) {
      all.push_back({first + chunk_of(row), product(row, first_column + column)});
    }
  }
  return all;
}

}  // namespace mc::query
