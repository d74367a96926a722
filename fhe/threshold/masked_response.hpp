// SPDX-License-Identifier: Apache-2.0
// Responses of proofs by Fiat-Shamir with aborts (Lyubashevsky, Eurocrypt 2012): a mask y, uniform, plus a challenge
// times a secret. Kept only when it lies so far inside of the mask's interval that every secret makes it equally often.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/codec.hpp"
#include "fhe/ring/modulus.hpp"

namespace mc::fhe {

/// Masks in [-2^mask_log2, 2^mask_log2), responses `margin` inside of that; margin is what a challenge times a secret
/// can reach. mask_log2 <= 126.
struct ResponseRange {
  std::uint32_t mask_log2 = 0;
  i128 margin = 0;
  [[nodiscard]] i128 bound() const { return i128{1} << mask_log2; }
  [[nodiscard]] std::uint32_t bits() const { return mask_log2 + 1; }
  /// Without a branch: a response that is thrown away is secret.
  [[nodiscard]] bool accepts(i128 r) const {
    return static_cast<bool>(static_cast<int>(r >= margin - bound()) & static_cast<int>(r < bound() - margin));
  }
};

/// All are looked at, so time tells acceptance and nothing else.
template <class Integer>
[[nodiscard]] bool all_accepted(const ResponseRange& range, std::span<const Integer> responses) {
  bool good = true;
  for (const Integer r : responses) good &= range.accepts(r);
  return good;
}

/// 2^mask_log2 + r, each in range.bits() bits, least significant first.
///   range  REQUIRES every r in the masks' interval and a count that is a multiple of eight
void write_responses(Writer& writer, const ResponseRange& range, std::span<const std::int32_t> responses);
void write_responses(Writer& writer, const ResponseRange& range, std::span<const i128> responses);
/// Numbers of the masks' interval, accepted or not; `responses` has the size wanted and holds them afterwards.
Status read_responses(Reader& reader, const ResponseRange& range, std::span<std::int32_t> responses);
Status read_responses(Reader& reader, const ResponseRange& range, std::span<i128> responses);

}  // namespace mc::fhe
