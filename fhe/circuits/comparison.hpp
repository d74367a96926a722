// SPDX-License-Identifier: Apache-2.0
// Comparisons of slots, and what follows from them, by the composite sign of fhe/circuits/sign.hpp (Lee, Lee, No, Kim,
// ePrint 2020/834). Precision b = 4 … 12 bits, sign_levels(b) as in sign.hpp, all times limbs_per_product:
//   a > b       sign_levels(b) levels      |p - (a > b)| <= 2^-(b+1) where |a - b| >= 2^-b; in between p rises from 0
//   to 1 |x|         sign_levels(b) + 1         |p - |x|| <= 2^-b max, min    sign_levels(b) + 1         |p - max| <=
//   2^-(b+1)
// MEASURED
#pragma once

#include "fhe/circuits/circuit.hpp"

namespace mc::fhe {

/// 1 where a > b, 0 where a < b, 1/2 where they are equal; `error` holds where they differ by at least 2^-bits.
///   shape   2 inputs of 2 parts with |a - b| <= 1, for example a and b in [0, 1]
///   errors  those of plan_sign
Result<CircuitPlan> plan_comparison(const ParamsPtr& params, std::uint32_t bits, const CircuitInput& input);

/// |x| for |x| <= 1.
///   shape   1 input of 2 parts; errors  those of plan_sign; kLimit "level 13 left, a magnitude to 8 bits needs 14"
Result<CircuitPlan> plan_magnitude(const ParamsPtr& params, std::uint32_t bits, const CircuitInput& input);

/// The larger, or the smaller, of a and b: (a + b) / 2 + (a - b) sign(a - b) / 2.
///   shape   2 inputs of 2 parts with |a - b| <= 1 and |a|, |b| <= 1; errors  as plan_magnitude
Result<CircuitPlan> plan_maximum(const ParamsPtr& params, std::uint32_t bits, const CircuitInput& input);
Result<CircuitPlan> plan_minimum(const ParamsPtr& params, std::uint32_t bits, const CircuitInput& input);

}  // namespace mc::fhe
