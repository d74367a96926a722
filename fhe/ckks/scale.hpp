// SPDX-License-Identifier: Apache-2.0
// Exact scales: 2^a times powers of the chain's primes. Equal scales compare equal, and a scale hashes to the same
// bytes everywhere; a floating-point scale could do neither.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/codec.hpp"

namespace mc::fhe {

class Params;

/// The factor Delta between a message and the integers that carry it: 2^log2 * prod q_i^exponent[i].
struct Scale {
  static constexpr std::size_t kPrimesMax = 40;
  std::int32_t log2 = 0;
  std::array<std::int8_t, kPrimesMax> exponents{};

  static Scale power_of_two(std::int32_t log2) { return {log2, {}}; }
  /// The product of the `count` highest primes of a ciphertext with `level` limbs: a plaintext at this scale can be
  /// multiplied and rescaled away without changing the ciphertext's scale.
  static Scale of_top_primes(std::uint32_t level, std::uint32_t count);

  friend bool operator==(const Scale&, const Scale&) = default;
  friend Scale operator*(const Scale& a, const Scale& b);
  friend Scale operator/(const Scale& a, const Scale& b);
  /// Whether a * b exists: exponents have a range, which some ten products of products exhaust.
  friend bool product_is_scale(const Scale& a, const Scale& b);

  /// log2 of the scale, for planning and messages; deterministic to the printed digits only.
  [[nodiscard]] double bits(const Params& params) const;
  [[nodiscard]] std::string text() const;  // e.g. "2^92*q6^-1*q7^-1"
};

void write_scale(Writer& writer, const Scale& scale);
Result<Scale> read_scale(Reader& reader);

}  // namespace mc::fhe
