// SPDX-License-Identifier: Apache-2.0
// The inverse of an information matrix of which some columns repeat others.
#pragma once

#include <vector>

#include "query/release/matrix.hpp"

namespace mc::query {

struct InverseInformation {
  Matrix matrix;           // 0 in rows and columns that repeat earlier ones
  std::vector<bool> used;  // those that do not

  [[nodiscard]] std::vector<double> times(const std::vector<double>& x) const;
};

/// Gauss and Jordan in the order of the columns: what is left of a column's information after the earlier ones is its
/// pivot, and a column without any repeats them. Below 1e-11 of its own there is none.
InverseInformation inverse_of(Matrix information);

}  // namespace mc::query
