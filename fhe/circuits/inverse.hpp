// SPDX-License-Identifier: Apache-2.0
// One over every slot, for slots in [low, high] with 0 < low. Minimax polynomials for the relative error: for 1/x the
// best one is known in closed form, 1 - x p(x) = T_(d+1)(y) / T_(d+1)(y(0)), and the tests hold the tables to it.
// Newton's and Goldschmidt's iterations (Cheon et al., ePrint 2019/417) double the digits with two levels each where a
// polynomial of twice the degree takes one, so they are not used.
// Largest relative errors by high / low:
//   degree     7        11       15       23       31       47       63       127
//   levels     3        4        4        5        5        6        6        7     (times limbs_per_product)
//   up to 5    9.1e-04  1.9e-05  4.1e-07  1.9e-10
//   up to 17   3.8e-02           7.3e-04  1.4e-05  2.6e-07  9.5e-11
//   up to 65                     3.7e-02           6.8e-04  1.3e-05  2.3e-07
//   up to 257                                      3.7e-02           6.7e-04  2.3e-07
#pragma once

#include "fhe/circuits/circuit.hpp"

namespace mc::fhe {

struct InverseRequest {
  double low, high;           // 0 < low < high, high / low at most 257
  double max_relative_error;  // |x p(x) / numerator - 1|
  double numerator = 1;       // numerator / x comes out: low keeps the results in [low / high, 1]
};

/// The plan of the lowest degree that is exact enough.
///   shape   1 input of 2 parts, slots in [low, high]; output up to numerator / low in magnitude
///   levels  limbs_per_product * (ceil(log2(degree + 1)) + 1). The 1 is the change of variable; it falls away when high
///           is a power of two and the message was sealed at a scale 2^-1, 2^-3, 2^-5 or 2^-7 of the primes' (for
///           ratios up to 5, 17, 65 or 257)
///   errors  kInvalidArgument for an interval that is not positive; kUnsupported naming what there is; those of
///           append_polynomial
Result<CircuitPlan> plan_inverse(const ParamsPtr& params, const InverseRequest& request, const CircuitInput& input);

}  // namespace mc::fhe
