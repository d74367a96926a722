// SPDX-License-Identifier: Apache-2.0
// The sign of every slot, by a composition of odd minimax polynomials: no shorter way in levels is known.
//   source  Lee, Lee, No, Kim, "Minimax approximation of sign function by composite polynomial for homomorphic
//           comparison", ePrint 2020/834
// To b bits: |p(x) - sign(x)| <= 2^-b for 2^-b <= |x| <= 1, and |p(x)| <= 1 + 2^-b between, where p is odd and rises
// from 0. Levels are times limbs_per_product:
//   bits        4        5        6        7        8        9        10        11        12
//   degrees     7,7      7,15     7,7,7    7,7,15   4 x 7    3 x 7,15 13,27,27  3 x 27    4 x 7,27
//   levels      6        7        9        10       12       13       14        15        17
//   error       3.8e-02  3.0e-02  1.2e-02  7.6e-03  2.2e-03  1.2e-03  5.8e-04   4.6e-04   1.4e-04
// Noise that reaches a stage is multiplied by its slope, near zero all in all by about 2^bits: at the one-prime scale
// some 2^-28 of the first stage is 2^-17 of the result.
#pragma once

#include "fhe/circuits/circuit.hpp"

namespace mc::fhe {

/// The number of levels (times limbs_per_product) of a sign to `bits` bits; kUnsupported naming what there is.
Result<std::uint32_t> sign_levels(std::uint32_t bits);

/// The plan of sign(x), |x| <= 1.
///   shape   1 input of 2 parts; output in [-1 - 2^-bits, 1 + 2^-bits]
///   errors  kUnsupported for other than 4 to 12 bits; kLimit "level 3 left, a sign to 8 bits needs 13"; those of
///           append_polynomial
Result<CircuitPlan> plan_sign(const ParamsPtr& params, std::uint32_t bits, const CircuitInput& input);

/// Appends offset + factor * sign(x) to a program: what comparison, magnitude and maximum are made of. `degrees` takes
/// those of the stages.
Result<Register> append_sign(Program& program, Register x, std::uint32_t bits, std::uint32_t limbs_per_product,
                             const Scale& output_scale, double factor, double offset,
                             std::vector<std::uint32_t>& degrees);

/// Of an approximation to `bits` bits, for 2^-bits <= |x| <= 1.
Result<double> sign_error(std::uint32_t bits);

}  // namespace mc::fhe
