// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) for content addresses and commitments. Thread-safe: no shared state.
#pragma once

#include <array>
#include <compare>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace mc {

/// A 256-bit digest; ordered bytewise, printed as 64 lower-case hexadecimal digits.
struct Hash256 {
  std::array<std::uint8_t, 32> bytes{};

  friend auto operator<=>(const Hash256&, const Hash256&) = default;
  [[nodiscard]] std::string hex() const { return to_hex(bytes); }
  [[nodiscard]] ByteView view() const { return bytes; }
  [[nodiscard]] bool is_zero() const { return *this == Hash256{}; }
};

/// 64 hexadecimal digits (with or without 0x) -> digest; kParse otherwise.
Result<Hash256> hash_from_hex(std::string_view text);

/// Incremental SHA-256. `finish` may be called once.
class Sha256 {
 public:
  Sha256();
  /// Starts with the length-prefixed `domain`, so that digests of different purposes never collide.
  explicit Sha256(std::string_view domain);
  Sha256(Sha256&&) noexcept;
  ~Sha256();
  Sha256& update(ByteView bytes);
  /// Little-endian, eight bytes.
  Sha256& update_u64(std::uint64_t value);
  /// Length prefix (u64) and bytes.
  Sha256& update_sized(ByteView bytes);
  [[nodiscard]] Hash256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Plain SHA-256 of the bytes.
Hash256 sha256(ByteView bytes);

}  // namespace mc
