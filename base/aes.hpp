// SPDX-License-Identifier: Apache-2.0
// AES-128 (FIPS 197), forwards only, for public keys: it looks up tables where the key says, so that caches and clocks
// tell the key. Native builds encrypt with OpenSSL (primitives::aes128_blocks) and take the round keys alone from here;
// WebAssembly has no other.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace mc {

using PublicKey128 = std::array<std::uint8_t, 16>;

class Aes128 {
 public:
  static constexpr std::size_t kBlockBytes = 16;
  static constexpr std::size_t kRounds = 10;
  /// In the order of their use, the first one added before the first round; columns as little-endian words.
  using RoundKeys = std::array<std::uint32_t, 4 * (kRounds + 1)>;

  explicit Aes128(const PublicKey128& key);
  [[nodiscard]] const RoundKeys& round_keys() const { return round_keys_; }
  /// Encrypts the kBlockBytes at `block`.
  void encrypt(std::uint8_t* block) const;

 private:
  RoundKeys round_keys_;
};

}  // namespace mc
