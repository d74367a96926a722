// SPDX-License-Identifier: Apache-2.0
// From the terms of an error to a number that no slot exceeds, but for stated odds. The odds are shared among the slots
// (Boole's inequality), which are put into classes by the variance of their error. A class is taken for one slot that
// is as bad as any of it: no slot of it has more of any part (what has one polynomial of the key in common, or none)
// than the class's largest, nor more in all than its largest total, and the heaviest tails that this allows are what is
// bounded. Class c gets 2^-(c+1) of the odds, whose sum is below 1, and shares them among its slots alone: few slots
// with large errors are not counted as all of them.
//   source  the heaviest of what is allowed: ln E exp(theta X) of a product, -ln(1 - theta^2 v / 2), is convex in its
//           variance v, so that of all ways to share a total under given largest parts the one that fills the largest
//           part first, then the next, majorises the others and has the largest sum (Marshall, Olkin, Arnold,
//           Inequalities, 2nd ed., 3.C.1). Cubes have heavier tails than products, and these than Gaussians
//           (fhe/ckks/error_tail.hpp): they are filled in this order.
// Pure functions.
#pragma once

#include <cstddef>
#include <span>

#include "fhe/ckks/error_term.hpp"

namespace mc::fhe {

/// t such that, with probability 1 - 2^-odds_log2, the real part of no slot's error is above t in magnitude.
///   range   odds_log2 >= 10; slots: as many as the factors have (MC_CHECK)
///   error   see NoiseEstimator::bound
double bound_over_slots(std::span<const ErrorTerm> terms, std::size_t slots, double odds_log2);

}  // namespace mc::fhe
