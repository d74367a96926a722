// SPDX-License-Identifier: Apache-2.0
// The sign of every slot, by a composition of odd minimax polynomials: no shorter way in levels is known.
//   source  Lee, Lee, No, Kim, "Minimax approximation of sign function by composite polynomial for homomorphic
//           comparison", ePrint 2020/834
// To b bits: |p(x) - sign(x)| <= 2^-b for 2^-b <= |x| <= 1, and |p(x)| <= 1 + 2^-b between, where p is odd and rises
// from 0. Levels are times limbs_per_product:
// LEVELS_TABLE
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
