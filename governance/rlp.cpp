// SPDX-License-Identifier: Apache-2.0
#include "governance/rlp.hpp"

#include <algorithm>

namespace mc::governance {
namespace {

Bytes big_endian(std::uint64_t value) {
  Bytes out;
  for (int shift = 56; shift >= 0; shift -= 8) {
    const auto byte = static_cast<std::uint8_t>(value >> shift);
    if (byte != 0 || !out.empty()) out.push_back(byte);
  }
  return out;
}

// Up to 55 bytes the length rides on the prefix (0x80 for strings, 0xc0 for lists); above, its own length does.
void append_prefix(Bytes& out, std::uint8_t base, std::size_t size) {
  if (size <= 55) {
    out.push_back(static_cast<std::uint8_t>(base + size));
    return;
  }
  const Bytes length = big_endian(size);
  out.push_back(static_cast<std::uint8_t>(base + 55 + length.size()));
  out.insert(out.end(), length.begin(), length.end());
}

}  // namespace

RlpList& RlpList::bytes(ByteView value) {
  if (value.size() != 1 || value[0] >= 0x80) append_prefix(items_, 0x80, value.size());
  items_.insert(items_.end(), value.begin(), value.end());
  return *this;
}

RlpList& RlpList::integer(Wei value) {
  std::array<std::uint8_t, 32> word{};
  for (std::size_t i = 0; i < 16; ++i) word[31 - i] = static_cast<std::uint8_t>(value >> (8 * i));
  return integer(std::span<const std::uint8_t, 32>(word));
}

RlpList& RlpList::integer(std::span<const std::uint8_t, 32> value) {
  const auto first = std::find_if(value.begin(), value.end(), [](std::uint8_t byte) { return byte != 0; });
  return bytes(ByteView(first, value.end()));
}

RlpList& RlpList::list(const RlpList& value) {
  const Bytes inner = value.encode();
  items_.insert(items_.end(), inner.begin(), inner.end());
  return *this;
}

Bytes RlpList::encode() const {
  Bytes out;
  append_prefix(out, 0xc0, items_.size());
  out.insert(out.end(), items_.begin(), items_.end());
  return out;
}

}  // namespace mc::governance
