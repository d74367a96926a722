// SPDX-License-Identifier: Apache-2.0
// Hybrid key switching: from c s' to (b, a) with b + a s = P c s' + small, over Q_l P. Source: Gentry, Halevi, Smart,
// ePrint 2012/099; in residue number systems Han and Ki, ePrint 2019/688. Digits are taken exactly and centred
// (fhe/ring/mixed_radix.hpp), which halves their contribution to the noise.
//   noise   after the division by P: sqrt(digits N / 12) sigma D/P, D the largest digit modulus, plus the rounding
#pragma once

#include <functional>
#include <vector>

#include "base/workers.hpp"
#include "fhe/ckks/evaluation_keys.hpp"

namespace mc::fhe {

/// Two polynomials over Q_level P.
struct WidePair {
  NttPoly b, a;
};

/// Unset, over Q_level P.
WidePair make_wide_pair(const Params& params, Level level);

/// One image of what is switched, under a key and, for a rotation, the automorphism it belongs to.
struct SwitchedTerm {
  const PreparedKey* key = nullptr;
  const AutomorphismTable* automorphism = nullptr;  // null: the polynomial itself
};

/// One answer: the sum of its terms, one or more, and before the division by P, P times an addend.
struct Switched {
  std::vector<SwitchedTerm> terms;
  /// The addend's residues `which` for part 0 or 1 and a limb, or null for none; may be written to the scratch words,
  /// of which there are as many.
  std::function<const std::uint64_t*(std::size_t part, std::size_t limb, Residues which, std::uint64_t* scratch)>
      addend;
};

/// Every answer wanted of `c` (over Q_level, NTT form), divided by P and by the `rescaled` last primes of the level:
/// two parts each, over the primes that are kept. One decomposition serves all ("hoisting": Halevi and Shoup, ePrint
/// 2018/244); digits commute with automorphisms because they are taken centred. Goes prime by prime: digits are
/// lifted, multiplied and divided while they are in the cache, and sums over Q_level P never stand in memory.
std::vector<std::vector<NttPoly>> switch_key(const Params& params, const NttPoly& c, std::span<const Switched> wanted,
                                             std::uint32_t rescaled, const Workers* workers);

/// (b, a) = the image of the lifted digits times a term's key, modulo one prime, or += it.
using ProductOfDigits =
    std::function<void(const SwitchedTerm& term, bool accumulate, std::uint64_t* b, std::uint64_t* a)>;

/// For sums that go on before they are divided: decomposes `c` once and calls `use` for every limb of Q_level P, in any
/// order and on any worker. The product is good as long as the call.
void switch_key_limbs(const Params& params, const NttPoly& c, const Workers* workers,
                      const std::function<void(std::size_t limb, const ProductOfDigits& product)>& use);

}  // namespace mc::fhe
