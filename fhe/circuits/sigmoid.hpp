// SPDX-License-Identifier: Apache-2.0
// The logistic function 1 / (1 + exp(-x)) of every slot: probabilities of logistic regression.
// Odd minimax polynomials around 1/2 on [-4, 4], [-8, 8] and [-16, 16]; largest absolute errors (minimax_tables.hpp):
//   degree       7       11       15       23       31       47       63
//   levels       3        4        4        5        5        6        6     (times limbs_per_product)
//   [-4, 4]    1.3e-03  7.1e-05  3.9e-06  1.2e-08  3.8e-11
//   [-8, 8]    1.9e-02  4.1e-03  8.8e-04  4.1e-05  1.9e-06  4.1e-09  9.0e-12
//   [-16, 16]  8.0e-02  3.6e-02  1.6e-02  3.4e-03  7.2e-04  3.2e-05  1.4e-06
#pragma once

#include "fhe/circuits/circuit.hpp"

namespace mc::fhe {

struct SigmoidRequest {
  double bound;      // |x| <= bound, up to 16
  double max_error;  // absolute
  double unit = 1;   // slots hold x / unit; with the bound itself (4, 8 or 16) the change of variable costs no level
};

/// The plan of the lowest degree that is exact enough.
///   shape   1 input of 2 parts; output in [0, 1] up to the error
///   levels  limbs_per_product * ceil(log2(degree + 1)), plus limbs_per_product when interval / unit is not [-1, 1] or
///           anything else that costs nothing (fhe/ckks/polynomial.hpp)
///   errors  kInvalidArgument for a bound or a unit that is not positive; kUnsupported naming the degrees and errors
///           that there are; those of append_polynomial
Result<CircuitPlan> plan_sigmoid(const ParamsPtr& params, const SigmoidRequest& request, const CircuitInput& input);

}  // namespace mc::fhe
