// SPDX-License-Identifier: Apache-2.0
// For the generator and the tests of fhe/circuits/minimax_tables: the polynomials whose largest weighted error on an
// interval is the least possible, by Remez' exchange in 113 bits. Nothing here comes from a mathematics library.
//   source  Remez 1934; Cheney, "Introduction to Approximation Theory", 1966, chapter 3
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace mc::fhe::testing {

using Wide = __float128;
using WideFunction = std::function<Wide(Wide)>;

Wide absolute(Wide x);
/// To about 96 bits for |x| < 20, and to about 110 for x >= 0.
Wide exponential(Wide x);
Wide square_root(Wide x);

enum class Terms { kAll, kOdd };

struct MinimaxProblem {
  WideFunction f;
  WideFunction weight;         // of the error: 1 for absolute, 1/f for relative
  Wide low, high;              // where the error counts
  Wide basis_low, basis_high;  // the Chebyshev polynomials are those of this interval
  std::uint32_t degree;
  Terms terms = Terms::kAll;  // kOdd: only T_1, T_3, …; the interval then has no negative numbers
};

struct Minimax {
  std::vector<Wide> coefficients;  // of T_0 … T_degree
  Wide error = 0;                  // the largest weighted error
  Wide evaluate(const MinimaxProblem& problem, Wide x) const;
};

/// The minimax polynomial; its weighted error at the extrema agrees to 2^-60 of itself. Stops (MC_CHECK) when the
/// exchange does not converge.
Minimax minimax(const MinimaxProblem& problem);

}  // namespace mc::fhe::testing
