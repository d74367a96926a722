// SPDX-License-Identifier: Apache-2.0
// Flooding noise: an exact discrete Gaussian over the integers with sigma = 2^k (R15). Canonne, Kamath, Steinke,
// "The Discrete Gaussian for Differential Privacy", arXiv 2004.00010, algorithms 1 to 3. With sigma a power of two
// every probability that is tossed is a dyadic number or 1/K, so integers suffice and no rounding exists (R19, R25).
#pragma once

#include <cstdint>

#include "base/random.hpp"
#include "base/result.hpp"
#include "fhe/ring/modulus.hpp"

namespace mc::fhe {

inline constexpr std::uint32_t kFloodingLog2Max = 80;
/// The widest noise that can be drawn, where privacy asks for more than flooding does (R19), or a refresh at a wide
/// scale.
inline constexpr std::uint32_t kDrawLog2Max = 96;
/// Statistical security of a release (R15), and how many opened polynomials one key epoch is planned for.
inline constexpr std::uint32_t kFloodingLambda = 40;
inline constexpr std::uint64_t kReleasesPerEpochMax = std::uint64_t{1} << 16;
/// The same of what is opened and flooded on the way of a computation. Each holder of a piece opens at most
/// kReleasesPerEpochMax polynomials in an epoch, and a piece has at most 34 holders.
inline constexpr std::uint64_t kFloodedRefreshesMax = std::uint64_t{1} << 22;

/// A sample of the discrete Gaussian with sigma = 2^k: P(x) proportional to exp(-x^2 / 2^(2k+1)).
///   range   0 <= k <= kDrawLog2Max (MC_CHECK); |x| < 2^(k+7) but for probability 2^-11000
///   stream  consumption is canonical: k-bit uniforms take one word (k <= 64) or two, 1/K tosses take next_below(K),
///           fair coins take one word; see flooding.cpp for their order
///   time    depends on k and on how far out the sample lies (number of tosses), never on its low bits
i128 sample_flooding(std::uint32_t k, KeyStream& stream);

/// A signed integer to [0, q), without a branch on it.
inline std::uint64_t residue_of(i128 value, const Modulus& m) {
  const u128 sign = static_cast<u128>(value >> 127);  // 0 or all ones
  const std::uint64_t magnitude = m.reduce((static_cast<u128>(value) ^ sign) - sign);
  const std::uint64_t negative = static_cast<std::uint64_t>(sign);
  return (m.negate(magnitude) & negative) | (magnitude & ~negative);
}

/// log2 of the sigma that every piece draws: sqrt(12 tau) 2^(lambda/2) 2^noise_bound_log2, rounded up to a power of
/// two.
///   range   noise_bound_log2: the opened coefficient's noise is below 2^noise_bound_log2 in absolute value, worst case
///   errors  kLimit above `most`, naming both; kInvalidArgument for lambda > 128 or tau = 0 or tau > 2^40
///   source  Li, Micciancio, Schultz, Sorrell, ePrint 2022/816; R15
Result<std::uint32_t> flooding_log2(std::uint32_t noise_bound_log2, std::uint32_t lambda = kFloodingLambda,
                                    std::uint64_t tau = kReleasesPerEpochMax, std::uint32_t most = kFloodingLog2Max);

}  // namespace mc::fhe
