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

/// The digits of one polynomial, lifted to every prime and transformed: what is the same for all rotations of a
/// ciphertext ("hoisting": Halevi and Shoup, ePrint 2018/244).
class Decomposition {
 public:
  /// `c` over Q_level, NTT form.
  Decomposition(const Params& params, NttPoly c, const Workers* workers);

  [[nodiscard]] Level level() const { return Level(source_.basis().q_limbs); }
  [[nodiscard]] std::size_t digit_count() const { return digit_count_; }
  /// One lazy row per digit for limb j over Q_level P.
  [[nodiscard]] std::span<const std::uint64_t* const> rows(std::size_t limb) const {
    return {rows_.data() + limb * digit_count_, digit_count_};
  }

 private:
  NttPoly source_;
  std::size_t digit_count_;
  AlignedWords words_;
  std::vector<const std::uint64_t*> rows_;
};

/// Two polynomials over Q_level P.
struct WidePair {
  NttPoly b, a;
};

/// out (+)= the switched image of what was decomposed, under `automorphism` when there is one.
void add_switched(const Params& params, const Decomposition& decomposition, const PreparedKey& key,
                  const AutomorphismTable* automorphism, bool accumulate, WidePair& out, const Workers* workers);

/// The same for one use, limb by limb, without keeping all rows.
WidePair switch_key(const Params& params, const NttPoly& c, const PreparedKey& key,
                    const AutomorphismTable* automorphism, const Workers* workers);

/// Unset, over Q_level P.
WidePair make_wide_pair(const Params& params, Level level);

}  // namespace mc::fhe
