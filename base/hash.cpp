// SPDX-License-Identifier: Apache-2.0
#include "base/hash.hpp"

#include <algorithm>

namespace mc {

Sha256::Sha256(std::string_view domain) : Sha256() {
  update_sized(view_of(domain));
}

Sha256& Sha256::update_u64(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return update(bytes);
}

Sha256& Sha256::update_sized(ByteView bytes) {
  update_u64(bytes.size());
  return update(bytes);
}

Hash256 sha256(ByteView bytes) {
  return Sha256().update(bytes).finish();
}

Result<Hash256> hash_from_hex(std::string_view text) {
  MC_TRY(const Bytes bytes, from_hex(text));
  if (bytes.size() != 32) {
    return fail(Code::kParse, "a SHA-256 digest has 32 bytes, this one has " + std::to_string(bytes.size()));
  }
  Hash256 hash;
  std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
  return hash;
}

}  // namespace mc
