// SPDX-License-Identifier: Apache-2.0
// For tests: logistic regression in the clear, in doubles.
#pragma once

#include <cmath>
#include <vector>

namespace mc::query::testing {

using Rows = std::vector<std::vector<double>>;

struct PlainFit {
  std::vector<double> beta;
  Rows covariance;
  double n = 0, deviance = 0;
};

/// By Gauss and Jordan with pivots.
inline Rows inverse(Rows a) {
  const std::size_t n = a.size();
  for (std::size_t i = 0; i < n; ++i) {
    a[i].resize(2 * n, 0.0);
    a[i][n + i] = 1;
  }
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t pivot = i;
    for (std::size_t k = i; k < n; ++k) {
      if (std::fabs(a[k][i]) > std::fabs(a[pivot][i])) pivot = k;
    }
    std::swap(a[i], a[pivot]);
    const double scale = a[i][i];
    for (double& value : a[i]) value /= scale;
    for (std::size_t k = 0; k < n; ++k) {
      if (k == i) continue;
      const double factor = a[k][i];
      for (std::size_t j = 0; j < 2 * n; ++j) a[k][j] -= factor * a[i][j];
    }
  }
  for (auto& row : a) row.erase(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(n));
  return a;
}

/// Maximum likelihood; `ridge` is added to the diagonal of X'WX, `offset` to every x'b. Begins at `start`.
inline PlainFit fit(const Rows& x, const std::vector<double>& y, const std::vector<double>& ridge = {},
                    const std::vector<double>& offset = {}, const std::vector<double>& start = {}) {
  const std::size_t d = x.front().size();
  PlainFit out;
  out.beta = start.empty() ? std::vector<double>(d, 0.0) : start;
  out.n = static_cast<double>(x.size());
  for (int iteration = 0; iteration < 30; ++iteration) {
    Rows h(d, std::vector<double>(d, 0.0));
    std::vector<double> g(d, 0.0);
    out.deviance = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      double z = offset.empty() ? 0 : offset[i];
      for (std::size_t j = 0; j < d; ++j) z += x[i][j] * out.beta[j];
      const double p = 1 / (1 + std::exp(-z));
      out.deviance += 2 * (std::log1p(std::exp(z)) - y[i] * z);
      for (std::size_t j = 0; j < d; ++j) {
        g[j] += x[i][j] * (y[i] - p);
        for (std::size_t k = 0; k < d; ++k) h[j][k] += p * (1 - p) * x[i][j] * x[i][k];
      }
    }
    for (std::size_t j = 0; j < ridge.size(); ++j) {
      h[j][j] += ridge[j];
      g[j] -= ridge[j] * out.beta[j];
    }
    out.covariance = inverse(h);
    for (std::size_t j = 0; j < d; ++j) {
      for (std::size_t k = 0; k < d; ++k) out.beta[j] += out.covariance[j][k] * g[k];
    }
  }
  return out;
}

}  // namespace mc::query::testing
