// SPDX-License-Identifier: Apache-2.0
#include "query/release/wald.hpp"

#include <cmath>

#include "base/check.hpp"

namespace mc::query {

std::optional<double> inverse_form(Matrix m, std::vector<double> x) {
  double form = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double scale = m(i, i);
    for (std::size_t k = 0; k < i; ++k) {
      m(i, i) -= m(i, k) * m(i, k);
      x[i] -= m(i, k) * x[k];
    }
    if (!(m(i, i) > scale * 1e-12)) return std::nullopt;
    m(i, i) = std::sqrt(m(i, i));
    x[i] /= m(i, i);
    form += x[i] * x[i];
    for (std::size_t j = i + 1; j < x.size(); ++j) {
      for (std::size_t k = 0; k < i; ++k) m(j, i) -= m(j, k) * m(i, k);
      m(j, i) /= m(i, i);
    }
  }
  return form;
}

std::optional<double> wald_with_noise(std::span<const double> estimates, const Matrix& sampling,
                                      std::span<const std::vector<double>> off, std::size_t draws) {
  const std::size_t size = estimates.size();
  MC_CHECK(sampling.rows() == size && sampling.columns() == size);
  if (size == 0 || 2 * off.size() <= draws || off.size() < size + 3) return std::nullopt;
  Matrix covariance = sampling;
  const auto known = static_cast<double>(off.size());
  for (const std::vector<double>& one : off) {
    MC_CHECK(one.size() == size);
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) covariance(i, j) += one[i] * one[j] / known;
    }
  }
  const auto form = inverse_form(std::move(covariance), {estimates.begin(), estimates.end()});
  if (!form || !std::isfinite(*form)) return std::nullopt;
  return *form * (known - static_cast<double>(size) - 2) / (known - 1);
}

}  // namespace mc::query
