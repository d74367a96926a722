// SPDX-License-Identifier: Apache-2.0
// Division by primes of the basis: rescaling, and the way back from QP to Q after a key switch.
#pragma once

#include "fhe/ring/ring.hpp"

namespace mc::fhe {

/// poly := round(poly / d), d the product of its last `count` primes, whose limbs go away. One prime after another is
/// divided out, each quotient rounded to nearest (primes are odd: there are no ties), so the result is a function of
/// the residues alone and equals `count` divisions by one prime.
///   shape   count < limb count; when the basis has special primes, count is their number
///   noise   |result - poly/d| <= 1/2 + 1/(2 d_2) + …, d_2 the prime divided out last but one
///   source  Cheon, Han, Kim, Kim, Song, ePrint 2018/931, section 3.3     cost  one NTT per limb, kept or not
void divide_by_last_primes(const Ring& ring, NttPoly& poly, std::uint32_t count);

}  // namespace mc::fhe
