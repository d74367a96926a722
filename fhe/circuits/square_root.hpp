// SPDX-License-Identifier: Apache-2.0
// The square root of every slot, and one over it, for slots in [low, high] with 0 < low: standard deviations and norms.
// Minimax polynomials for the relative error; the largest ones, by high / low:
//   degree     7        11       15       23       31       47       63       127
//   levels     3        4        4        5        5        6        6        7     (times limbs_per_product)
//   sqrt(x)
//   up to 5    1.4e-05  1.6e-07  2.3e-09  5.6e-13
//   up to 17   8.2e-04           5.9e-06  6.3e-08  7.9e-10  1.6e-13
//   up to 65                     5.2e-04           3.8e-06  4.0e-08  4.9e-10
//   up to 257                                      4.1e-04           3.0e-06  3.9e-10
//   1/sqrt(x)
//   up to 5    1.9e-04  3.3e-06  6.2e-08  2.3e-11
//   up to 17   9.0e-03           1.3e-04  2.0e-06  3.3e-08  9.8e-12
//   up to 65                     7.8e-03           1.1e-04  1.6e-06  2.6e-08
//   up to 257                                      7.2e-03           9.7e-05  2.4e-08
#pragma once

#include "fhe/circuits/circuit.hpp"

namespace mc::fhe {

struct SquareRootRequest {
  double low, high;           // 0 < low < high, high / low at most 257
  double max_relative_error;  // |p(x) / f(x) - 1|
  double factor = 1;          // factor * f(x) comes out
};

/// Plans of the lowest degree that is exact enough.
///   shape   1 input of 2 parts, slots in [low, high]
///   levels  limbs_per_product * (ceil(log2(degree + 1)) + 1), the 1 as for plan_inverse
///   errors  kInvalidArgument for an interval that is not positive; kUnsupported naming what there is; those of
///           append_polynomial
Result<CircuitPlan> plan_square_root(const ParamsPtr& params, const SquareRootRequest& request,
                                     const CircuitInput& input);
Result<CircuitPlan> plan_inverse_square_root(const ParamsPtr& params, const SquareRootRequest& request,
                                             const CircuitInput& input);

}  // namespace mc::fhe
