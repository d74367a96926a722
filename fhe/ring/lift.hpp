// SPDX-License-Identifier: Apache-2.0
// From few primes to many without changing the integer: what a refresh does with what was opened.
#pragma once

#include "fhe/ring/ring.hpp"

namespace mc::fhe {

/// The same polynomial modulo the first `q_limbs` primes of the chain: every coefficient is taken as the integer
/// nearest zero that its residues name, and that integer is what the new residues name. Fewer primes: the others are
/// dropped.
///   shape   poly: 1 to 8 limbs of the chain, no special primes (MC_CHECK); q_limbs at most the chain's length
///   error   none (fhe/ring/mixed_radix.hpp)
NttPoly lift_centred(const Ring& ring, const NttPoly& poly, std::uint32_t q_limbs);

}  // namespace mc::fhe
