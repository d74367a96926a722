// SPDX-License-Identifier: Apache-2.0
// Division by primes of the basis: rescaling, and the way back from QP to Q after a key switch.
#pragma once

#include "base/workers.hpp"
#include "fhe/ring/mixed_radix.hpp"

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

/// round((sum + P * addend) / (P q_(l-1) … q_(l-rescaled))), limb by limb: the end of a key switch and a rescaling in
/// one division, so that each kept limb is transformed once instead of twice. The limbs that are dropped come first,
/// become digits, and then serve every kept limb.
///   shape   sum over Q_l P, addend over Q_l or none; rescaled < l; P the product of all special primes
///   noise   as above: the bits are those of dividing by P first and by the primes afterwards
class DivisionBySpecialPrimes {
 public:
  DivisionBySpecialPrimes(const Ring& ring, std::uint32_t level, std::uint32_t rescaled);

  /// The dropped primes, in the order in which they are divided out.
  [[nodiscard]] const MixedRadix& radix() const { return radix_; }
  [[nodiscard]] std::uint32_t kept() const { return kept_; }
  /// Dropped limb k of the sum, in place, as MixedRadix::to_digits expects it. `addend` (or null) is used up to P.
  void enter_dropped(std::size_t k, std::uint64_t* row, const std::uint64_t* addend) const;
  /// A kept limb of the quotient in two steps, of which the second needs of the sum no more than a part at a time:
  /// first the remainder's transform begins (`begun`: N words, unset),
  void begin_limb(std::size_t i, std::span<const std::uint64_t* const> digits, std::uint64_t* begun) const;
  /// then, for part `index` of ntt_part_size residues and in any order, out = limb i of the quotient from the same part
  /// of the sum, of the addend (or null) and of `begun`, which is used up. past_caches: as Kernels::subtract_multiply.
  /// Asks for what is needed afterwards.
  void end_part(std::size_t i, std::size_t index, std::uint64_t* out, const std::uint64_t* sum,
                const std::uint64_t* addend, std::uint64_t* begun, bool past_caches, Ahead needed) const;

 private:
  const Ring& ring_;
  std::uint32_t level_;
  std::uint32_t kept_;
  MixedRadix radix_;
};

}  // namespace mc::fhe
