// SPDX-License-Identifier: Apache-2.0
// Masks of a refresh (R14): integers uniform in [-2^(k-1), 2^(k-1)), wider by lambda bits than what they hide, so that
// their sum with it says nothing about it beyond a statistical distance of 2^-lambda. Pure functions.
#pragma once

#include <span>

#include "base/random.hpp"
#include "fhe/ckks/params.hpp"
#include "fhe/ckks/scale.hpp"

namespace mc::fhe {

/// Statistical bits of a mask: never fewer than this.
inline constexpr std::uint32_t kMaskLambda = 80;
inline constexpr std::uint32_t kMaskLog2Max = 255;

/// k for a value below 2^value_log2 in magnitude: value_log2 + lambda + 1.
///   errors  kRefused for lambda below kMaskLambda; kLimit above kMaskLog2Max; both values named
Result<std::uint8_t> mask_log2(std::uint32_t value_log2, std::uint32_t lambda = kMaskLambda);

/// log2 of what a coefficient can be: scale times a message below 2^message_log2, and as much again for its noise.
///   range   REQUIRES primes of the chain only (names_primes_of); message_log2 is what the planner has proved
std::uint32_t value_log2(const Params& params, const Scale& scale, std::uint32_t message_log2);

/// Whether a value and the masks of `pieces` pieces add up to less than half of Q_level, so that nothing wraps:
/// 2^k (pieces + 1) <= Q_level, which leaves more than room enough for the value.
///   errors  kRefused "needs 131 bits, level 2 has 99"
Status check_headroom(const Params& params, Level level, std::size_t pieces, std::uint8_t mask_log2);

/// `count` masks, drawn once, as residues modulo any number of primes. Wiped.
class Masks {
 public:
  /// stream  row i of ceil(k / 48): one word per mask, of which the 48 low bits count (the last row: what is left of k)
  Masks(std::uint8_t mask_log2, std::size_t count, KeyStream& stream);
  Masks(Masks&&) noexcept = default;
  Masks& operator=(Masks&&) = delete;
  Masks(const Masks&) = delete;
  Masks& operator=(const Masks&) = delete;
  ~Masks();

  /// out[i] = mask i modulo m. out.size() == count (MC_CHECK).
  void residues(const Ring& ring, std::size_t place, std::span<std::uint64_t> out) const;

 private:
  std::uint8_t mask_log2_;
  std::size_t count_, padded_;
  AlignedWords rows_;
};

}  // namespace mc::fhe
