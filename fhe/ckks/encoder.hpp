// SPDX-License-Identifier: Apache-2.0
// Real vectors to plaintexts and back. Fixed point of at least 96 fractional bits throughout (R17, R25): the same bits
// on every machine, and a 0 in a mask is a 0 to 2^-92.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "fhe/ckks/ciphertext.hpp"

namespace mc::fhe {

/// Canonical embedding restricted to real slots; N/2 slots. Slot order is that of the orbit of 5 (Cheon et al. 2017).
/// Coefficient 0 of a plaintext is the mean of its slots times the scale (DESIGN section 4).
class Encoder {
 public:
  explicit Encoder(ParamsPtr params);
  ~Encoder();
  Encoder(Encoder&&) noexcept;

  /// At most N/2 finite values, missing slots are zero. kInvalidArgument when a value is not finite or |value| > 2^16,
  /// kLimit when scale * |value| does not fit in a quarter of Q_level or in 126 bits. Scale exponents must be
  /// non-negative. Integers throughout, rounded to nearest, halves away from zero; error before the last rounding below
  /// 2^-105 of the largest value; coefficient 0 is exact before it.
  Result<Plaintext> encode(std::span<const double> slots, Level level, const Scale& scale) const;
  /// The same number in every slot: a constant polynomial.
  Result<Plaintext> encode_constant(double value, Level level, const Scale& scale) const;
  /// Slots of a decrypted polynomial (for tests and slot-wise results); double precision suffices after opening.
  Result<std::vector<double>> decode(const Plaintext& plaintext) const;
  /// Coefficient 0 as a signed number divided by the scale: the mean of all slots. `residues`: one per limb of the
  /// level.
  Result<double> decode_mean(std::span<const std::uint64_t> residues, const Scale& scale) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

/// log2 of the scale at which data are sealed: two primes.
inline constexpr std::int32_t kSealScaleLog2 = 92;

}  // namespace mc::fhe
