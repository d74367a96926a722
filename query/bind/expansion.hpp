// SPDX-License-Identifier: Apache-2.0
// A polynomial in what is sealed, over a list of monomials that stands elsewhere.
#pragma once

#include <cstdint>
#include <vector>

namespace mc::query {

/// One term of a polynomial: coefficient times the basis' monomial of this index.
struct BasisTerm {
  std::uint32_t index = 0;
  double coefficient = 0;
  friend bool operator==(const BasisTerm&, const BasisTerm&) = default;
};
/// Ascending indices, finite coefficients that are not 0.
using Expansion = std::vector<BasisTerm>;

}  // namespace mc::query
