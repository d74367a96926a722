// SPDX-License-Identifier: Apache-2.0
// What a fresh encryption hides, as integers: what its maker knows and nobody else. A proof of plaintext knowledge is
// made from it. Every function takes time that does not depend on the integers.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fhe/ring/ring.hpp"

namespace mc::fhe {

/// Secret integers of a few bits, and of up to 127, wiped when they die.
using SecretSmallIntegers = std::vector<std::int8_t, WipingAllocator<std::int8_t>>;
using SecretWideIntegers = std::vector<i128, WipingAllocator<i128>>;

/// |f| <= 2^93: slots below 2 in magnitude, at the scale of sealed data.
inline constexpr std::uint32_t kWitnessMessageLog2 = 93;

/// c_0 = u p_0 + f and c_1 = u p_1 + e over the integers, f = m + e_0 the message with its error.
///   range  |u| <= 1, |e| <= kErrorMax, |f| <= 2^kWitnessMessageLog2
struct EncryptionWitness {
  SecretSmallIntegers u, e;
  SecretWideIntegers f;
};

/// The integers of a polynomial that sample_ternary or sample_error made.
SecretSmallIntegers small_integers(const Ring& ring, const CoeffPoly& poly);
/// The integers of a polynomial whose coefficients are at most 2^kWitnessMessageLog2 in magnitude.
///   errors  kLimit when one is larger (noticed for all below 2^126), kInvalidArgument below three limbs
Result<SecretWideIntegers> message_integers(const Ring& ring, const NttPoly& poly);

}  // namespace mc::fhe
