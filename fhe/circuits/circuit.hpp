// SPDX-License-Identifier: Apache-2.0
// What the plans of all circuits have in common. A plan is made without a ciphertext, says what it costs and how exact
// it is, and is then run any number of times: plan.program.run(evaluator, inputs).
#pragma once

#include "fhe/ckks/polynomial.hpp"

namespace mc::fhe {

/// What a circuit starts from: every input has this level and this scale.
struct CircuitInput {
  Level level;
  Scale scale;
  std::uint32_t limbs_per_product = 1;               // 1 at the one-prime scale, 2 at the two-prime scale
  std::optional<Scale> output_scale = std::nullopt;  // that of the input unless given
};

struct CircuitPlan {
  Program program;
  double error = 0;                    // of the approximation, as the circuit defines it; the noise comes on top
  std::vector<std::uint32_t> degrees;  // of the polynomials, in the order in which they are evaluated
};

}  // namespace mc::fhe
