// SPDX-License-Identifier: Apache-2.0
// Real vectors to plaintexts and back. Fixed point of 103 fractional bits throughout (R17, R25): the same bits on every
// machine, and a 0 in a mask is a 0 to 2^-92. Immutable, thread-safe; slots never decide a branch or an address, but
// whether they can be carried at all.
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

  /// At most N/2 finite values, missing slots are zero; any scale, negative exponents included.
  ///   range   |value| <= 2^16; scale * |value| within a quarter of Q_level and below 2^126
  ///   error   Let 2^e be the least power of two above every |value| (at least 2^-1021). Slots are rounded to
  ///   2^(e-103),
  ///           coefficients are within 2^(e-96) before the last rounding (chebyshev.hpp), which is to nearest, halves
  ///           away from zero. Coefficient 0 is exact before it when slots are multiples of 2^(e-103) N/2: always when
  ///           they span less than 2^34. Scales that are not integers below 2^127 times a power of two are taken to
  ///           127 bits (binary_scale.hpp).
  ///   errors  kInvalidArgument when a value is not finite or |value| > 2^16, and for primes the chain lacks; kLimit
  ///           when scale * |value| does not fit
  ///   source  Cheon et al. 2017; Püschel and Moura 2003     cost  bench: ckks/encode, ckks/encode_two_primes
  Result<Plaintext> encode(std::span<const double> slots, Level level, const Scale& scale) const;
  /// The same polynomial over Q_level P, for products taken before the division by P (linear_transform.hpp).
  Result<NttPoly> encode_wide(std::span<const double> slots, Level level, const Scale& scale) const;
  /// The same number in every slot: a constant polynomial, the one that encode makes of as many copies.
  Result<Plaintext> encode_constant(double value, Level level, const Scale& scale) const;
  /// Slots of a decrypted polynomial (for tests and slot-wise results); double precision suffices after opening.
  Result<std::vector<double>> decode(const Plaintext& plaintext) const;
  /// Coefficient 0 as a signed number divided by the scale: the mean of all slots. `residues`: one per limb of the
  /// level.
  Result<double> decode_mean(std::span<const std::uint64_t> residues, const Scale& scale) const;

  [[nodiscard]] const Params& params() const;

 private:
  struct Impl;
  Result<NttPoly> encode_over(std::span<const double> slots, Basis basis, const Scale& scale) const;
  std::unique_ptr<const Impl> impl_;
};

/// log2 of the scale at which data are sealed: two primes.
inline constexpr std::int32_t kSealScaleLog2 = 92;

}  // namespace mc::fhe
