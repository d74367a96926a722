// SPDX-License-Identifier: Apache-2.0
// Discrete Gaussians of any width for masks that are drawn by the hundred thousand, and the rejection that makes what
// they are added to vanish (Lyubashevsky, Eurocrypt 2012, theorem 4.6). Slower and exact for any single noise:
// flooding.hpp.
//   deviation  sqrt(8) 2^spread_log2
//   quality    Every probability is right to a factor 1 + d, |d| < 2^-54 (wide_gaussian.cpp has the account), but for
//              2^-121 that the table of errors cuts off. Of n samples the Kullback-Leibler divergence is below
//              n 2^-108, and no event, of whatever many samples, is more likely than it should be by a factor above
//              1 + n 2^-54.
//   time       does not depend on what is drawn; how many candidates are thrown away does not depend on what is kept
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

#include "base/check.hpp"
#include "base/random.hpp"
#include "fhe/ring/ring.hpp"

namespace mc::fhe {

inline constexpr std::uint32_t kSpreadLog2Min = 2;
inline constexpr std::uint32_t kSpreadLog2Max = 120;
/// The variance is this times 4^spread_log2.
inline constexpr std::uint32_t kSpreadVariance = 8;

/// Fills `out`. Of the ring only its kernels are used.
///   range   spread_log2 from kSpreadLog2Min to kSpreadLog2Max (MC_CHECK); |x| < 42 * 2^spread_log2
///   stream  consumption is canonical; five words a candidate (four up to spread 64), 1.2 candidates a sample
///   cost    bench: threshold/plaintext_proof/make
void draw_wide_gaussians(const Ring& ring, std::span<i128> out, std::uint32_t spread_log2, KeyStream& stream);

/// The chance with which a candidate is kept: 2^64 exp(-gamma), gamma in units of 2^-59. Without a branch.
///   error  2^-57 of the result, and one unit
[[nodiscard]] std::uint64_t smoothing_chance(std::uint64_t gamma);

/// Responses beside what they were shifted by.
struct ShiftedGaussian {
  double shift_square = 0;  // |shift|^2 / sigma^2
  /// ln of how much likelier a Gaussian centred at 0 makes the responses than one that is centred at the shift:
  /// (|shift|^2 - 2 <responses, shift>) / (2 sigma^2).
  double log_ratio = 0;
};
///   error  below 2^-40 where |shift| is below sigma and there are at most 2^20 responses
template <class Shift>
ShiftedGaussian compare_to_shifted(std::span<const i128> responses, std::span<const Shift> shift,
                                   std::uint32_t spread_log2) {
  MC_CHECK(responses.size() == shift.size());
  const double unit = std::ldexp(1.0, -static_cast<int>(spread_log2));
  long double square = 0, along = 0;
  for (std::size_t k = 0; k < shift.size(); ++k) {
    const double s = static_cast<double>(shift[k]) * unit;
    square += static_cast<long double>(s * s);
    along += static_cast<long double>(s * (static_cast<double>(responses[k]) * unit));
  }
  return {static_cast<double>(square) / kSpreadVariance, static_cast<double>(square / 2 - along) / kSpreadVariance};
}

/// ln M for which M times a Gaussian centred at any shift up to `shift_deviations` sigma long is above the one centred
/// at 0, but for 2^-64 of what the latter gives.
///   source  P(<x, shift> / (sigma |shift|) < -t) <= exp(-t^2 / 2): a discrete Gaussian is sub-Gaussian; t = 9.5
double log_rejection_constant(double shift_deviations);

/// True with probability min(1, exp(log_probability)), to 2^-53 of it.
bool toss_exponential(double log_probability, KeyStream& stream);

}  // namespace mc::fhe
