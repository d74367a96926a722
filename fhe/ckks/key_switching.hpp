// SPDX-License-Identifier: Apache-2.0
// Hybrid key switching: from c s' to (b, a) with b + a s = P c s' + small, over Q_l P. Source: Gentry, Halevi, Smart,
// ePrint 2012/099; in residue number systems Han and Ki, ePrint 2019/688. Digits are taken exactly and centred
// (fhe/ring/mixed_radix.hpp), which halves their contribution to the noise.
//   noise   after the division by P: sqrt(digits N / 12) sigma D/P, D the largest digit modulus, plus the rounding
#pragma once

#include <utility>

#include "base/workers.hpp"
#include "fhe/ckks/evaluation_keys.hpp"

namespace mc::fhe {

/// Two polynomials over Q_level P.
struct WidePair {
  NttPoly b, a;
};

/// Unset, over Q_level P.
WidePair make_wide_pair(const Params& params, Level level);

/// `c` over Q_level, NTT form.
WidePair switch_key(const Params& params, const NttPoly& c, const PreparedKey& key, const Workers* workers);

using Automorphism = const EvaluationKeys::Galois*;

/// The images of `c` under several automorphisms, each switched with its own key, from one decomposition: digits
/// commute with automorphisms because they are taken centred ("hoisting": Halevi and Shoup, ePrint 2018/244). Goes
/// prime by prime, so that the lifted digits never leave the cache.
///   shape   out: one pair per automorphism, or a single one that receives their sum; over Q_level P
void switch_key_under(const Params& params, const NttPoly& c, std::span<const Automorphism> automorphisms,
                      std::span<WidePair> out, const Workers* workers);

}  // namespace mc::fhe
