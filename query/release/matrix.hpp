// SPDX-License-Identifier: Apache-2.0
// Small dense matrices of doubles, by rows: what the normal equations of a model need and nothing more.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "base/check.hpp"

namespace mc::query {

class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns), entries_(rows * columns, 0) {}

  static Matrix identity(std::size_t size) {
    Matrix result(size, size);
    for (std::size_t i = 0; i < size; ++i) result(i, i) = 1;
    return result;
  }

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t columns() const { return columns_; }
  double& operator()(std::size_t i, std::size_t j) { return entries_[i * columns_ + j]; }
  double operator()(std::size_t i, std::size_t j) const { return entries_[i * columns_ + j]; }

  [[nodiscard]] Matrix transposed() const {
    Matrix result(columns_, rows_);
    for (std::size_t i = 0; i < rows_; ++i) {
      for (std::size_t j = 0; j < columns_; ++j) result(j, i) = (*this)(i, j);
    }
    return result;
  }

  /// Entry by entry without sign.
  [[nodiscard]] Matrix absolute() const {
    Matrix result = *this;
    for (double& entry : result.entries_) entry = std::abs(entry);
    return result;
  }

  friend Matrix operator*(const Matrix& a, const Matrix& b) {
    MC_CHECK(a.columns_ == b.rows_);
    Matrix result(a.rows_, b.columns_);
    for (std::size_t i = 0; i < a.rows_; ++i) {
      for (std::size_t k = 0; k < a.columns_; ++k) {
        for (std::size_t j = 0; j < b.columns_; ++j) result(i, j) += a(i, k) * b(k, j);
      }
    }
    return result;
  }

 private:
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::vector<double> entries_;
};

/// Of a positive definite matrix, by Cholesky's decomposition; of another one a matrix of huge numbers.
Matrix inverse_of_positive(const Matrix& a);

}  // namespace mc::query
