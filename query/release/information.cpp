// SPDX-License-Identifier: Apache-2.0
#include "query/release/information.hpp"

#include <algorithm>

namespace mc::query {
namespace {

constexpr double kPivotMin = 1e-11;

}  // namespace

std::vector<double> InverseInformation::times(const std::vector<double>& x) const {
  std::vector<double> result(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < x.size(); ++j) result[i] += matrix(i, j) * x[j];
  }
  return result;
}

InverseInformation inverse_of(Matrix information) {
  Matrix& m = information;
  const std::size_t size = m.rows();
  MC_CHECK(m.columns() == size);
  InverseInformation inverse{Matrix::identity(size), std::vector<bool>(size, false)};
  std::vector<double> own;
  for (std::size_t i = 0; i < size; ++i) own.push_back(m(i, i));
  for (std::size_t i = 0; i < size; ++i) {
    if (!(m(i, i) > kPivotMin * std::max(own[i], kPivotMin))) continue;
    inverse.used[i] = true;
    const double pivot = m(i, i);
    for (std::size_t j = 0; j < size; ++j) {
      m(i, j) /= pivot;
      inverse.matrix(i, j) /= pivot;
    }
    for (std::size_t r = 0; r < size; ++r) {
      const double factor = m(r, i);
      if (r == i || factor == 0) continue;
      for (std::size_t j = 0; j < size; ++j) {
        m(r, j) -= factor * m(i, j);
        inverse.matrix(r, j) -= factor * inverse.matrix(i, j);
      }
    }
  }
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) {
      if (!inverse.used[i] || !inverse.used[j]) inverse.matrix(i, j) = 0;
    }
  }
  return inverse;
}

}  // namespace mc::query
