// SPDX-License-Identifier: Apache-2.0
// One product deeper without changing the value: multiplication by 1 at the ciphertext's own scale. A feature and a
// product have different scales and levels; after this they can be added.
#pragma once

#include "fhe/ckks/evaluator.hpp"

namespace mc::query {

/// floor(scale) modulo each of the first `level` primes, exactly. The scale must be at least 1.
///   cost  a few hundred bits of long division; the scale's negative exponents make it no product of primes
std::vector<std::uint64_t> floor_of_scale(const fhe::Scale& scale, const fhe::Params& params, fhe::Level level);

/// a * 1, rescaled by `limbs`: the scale and level of a product of two ciphertexts like `a`.
///   noise  one unit of the message more than the rescaling's (the floor)
Result<fhe::Ciphertext> align(const fhe::Ciphertext& a, std::uint32_t limbs, const fhe::Evaluator& evaluator);

}  // namespace mc::query
