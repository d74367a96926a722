// SPDX-License-Identifier: Apache-2.0
// The 20-byte name of an account or contract on the chain.
#pragma once

#include <array>
#include <compare>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/codec.hpp"

namespace mc::governance {

/// Ordered bytewise; the zero address names nobody.
struct Address {
  std::array<std::uint8_t, 20> bytes{};

  friend auto operator<=>(const Address&, const Address&) = default;
  [[nodiscard]] ByteView view() const { return bytes; }
  [[nodiscard]] bool is_zero() const { return *this == Address{}; }
  /// "0x" and 40 digits with the mixed-case checksum of EIP-55.
  [[nodiscard]] std::string text() const;
};

/// Reads "0x" and 40 hexadecimal digits.
///   errors  kParse: wrong length or digit; mixed case whose checksum (EIP-55) does not hold (a mistyped address)
Result<Address> address_from_text(std::string_view text);

/// The next 20 bytes.
Result<Address> read_address(Reader& reader);

}  // namespace mc::governance

template <>
struct std::hash<mc::governance::Address> {
  // An address is the end of a digest already: its first bytes are as good as any hash of it.
  std::size_t operator()(const mc::governance::Address& address) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, address.bytes.data(), sizeof value);
    return value;
  }
};
