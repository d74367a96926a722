// SPDX-License-Identifier: Apache-2.0
// Division by primes of the basis: rescaling, and the way back from QP to Q after a key switch.
#pragma once

#include "base/workers.hpp"
#include "fhe/ring/ring.hpp"

namespace mc::fhe {

// Several polynomials of one basis are divided together, prime by prime: the tables of a transform are then read once.

/// Each poly := round(poly / d), d the product of its last `count` primes, whose limbs go away. One prime after another
/// is divided out, each quotient rounded to nearest (primes are odd: there are no ties), so the result is a function of
/// the residues alone and equals `count` divisions by one prime.
///   shape   equal bases; count < limb count and count <= 8; when the basis has special primes, count is their number
///   noise   |result - poly/d| <= 1/2 + 1/(2 d_2) + …, d_2 the prime divided out last but one
///   source  Cheon, Han, Kim, Kim, Song, ePrint 2018/931, section 3.3     cost  one NTT per limb, kept or not
void divide_by_last_primes(const Ring& ring, std::span<NttPoly> polys, std::uint32_t count,
                           const Workers* workers = nullptr);

/// round((poly + P * addend) / (P q_(l-1) … q_(l-rescaled))) for each poly over Q_l P: the end of a key switch and a
/// rescaling in one division, so that each kept limb is transformed once instead of twice. `polys` are used up.
///   shape   one addend per poly, over Q_l, or null for none; rescaled < l; P the product of all special primes
///   noise   as above, once, where two divisions would round twice
std::vector<NttPoly> divide_by_special_primes(const Ring& ring, std::span<NttPoly> polys,
                                              std::span<const NttPoly* const> addends, std::uint32_t rescaled,
                                              const Workers* workers = nullptr);

}  // namespace mc::fhe
