// SPDX-License-Identifier: Apache-2.0
// What tests measure errors with.
#pragma once

#include <vector>

#include "fhe/ckks/noise.hpp"
#include "fhe/ckks/testing/bed.hpp"

namespace mc::fhe::testing {

using Exact = std::vector<long double>;

/// The rotations that there are keys for.
inline constexpr std::int64_t kSteps[] = {1, 2, 3, 7, 64, -1, -5};

/// Other keys for every number.
inline Bed numbered_bed(ParamsPtr params, std::uint64_t number) {
  return Bed(std::move(params), kSteps, nullptr, Sha256("bed").update_u64(number).finish());
}

/// Knows nothing but which keys there are.
inline NoiseEstimator estimator_of(const Bed& bed) {
  return {bed.params, bed.evaluator.keys()->shape()};
}

inline MessageRange range_of(const Exact& slots) {
  MessageRange range;
  long double squares = 0;
  for (const long double x : slots) {
    range.max = std::max(range.max, static_cast<double>(std::fabs(x)));
    squares += x * x;
  }
  range.rms = static_cast<double>(std::sqrt(squares / static_cast<long double>(slots.size())));
  return range;
}

inline Exact exactly(const Slots& slots) {
  return {slots.begin(), slots.end()};
}

/// log2 of the largest difference in a slot.
inline double measured_bits(const Bed& bed, const Ciphertext& ct, const Exact& exact) {
  const Slots opened = bed.encoder.decode(decrypt(*bed.params, bed.secret, ct)).value_or_stop();
  long double worst = 0;
  for (std::size_t j = 0; j < opened.size(); ++j) worst = std::max(worst, std::fabs(opened[j] - exact[j]));
  return static_cast<double>(std::log2(worst));
}

}  // namespace mc::fhe::testing
