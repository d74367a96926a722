// SPDX-License-Identifier: Apache-2.0
#include "governance/address.hpp"

#include <algorithm>

#include "governance/keccak.hpp"

namespace mc::governance {

// EIP-55: a letter is upper-case where the digit at its place in the hash of the lower-case text is 8 or more.
std::string Address::text() const {
  std::string digits = to_hex(bytes);
  const std::string checksum = keccak256(digits).hex();
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] >= 'a' && checksum[i] >= '8') digits[i] = static_cast<char>(digits[i] - 'a' + 'A');
  }
  return "0x" + digits;
}

Result<Address> address_from_text(std::string_view text) {
  if (text.size() != 42 || !text.starts_with("0x")) {
    return fail(Code::kParse, "an address is 0x and 40 hexadecimal digits, this text has " +
                                  std::to_string(text.size()) + " characters");
  }
  MC_TRY(const Bytes bytes, from_hex(text));
  Address address;
  MC_CHECK(bytes.size() == address.bytes.size());
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  const auto has = [&](char first, char last) {
    return std::any_of(text.begin() + 2, text.end(), [&](char c) { return c >= first && c <= last; });
  };
  const bool mixed_case = has('a', 'f') && has('A', 'F');
  if (mixed_case && address.text() != text) {
    return fail(Code::kParse,
                "the address " + std::string(text) + " is mistyped: its mixed-case checksum (EIP-55) does not hold");
  }
  return address;
}

Result<Address> read_address(Reader& reader) {
  Address address;
  MC_TRY(const ByteView bytes, reader.raw(address.bytes.size()));
  std::ranges::copy(bytes, address.bytes.begin());
  return address;
}

}  // namespace mc::governance
