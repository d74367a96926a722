// SPDX-License-Identifier: Apache-2.0
// Locks, sealed secrets and release keys from untrusted bytes. Passphrases are left out: Argon2id is slow by design.
#include <algorithm>

#include "base/check.hpp"
#include "protocol/release_state.hpp"
#include "protocol/sealed_secret.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc;
  using namespace mc::protocol;
  if (size == 0) return 0;
  // The first byte may put a right magic in front, and a right checksum behind.
  Bytes bytes(data + 1, data + size);
  static constexpr std::string_view kMagics[] = {"", "MCLK", "MCSE", "MCWK"};
  const ByteView magic = view_of(kMagics[data[0] & 3]);
  bytes.insert(bytes.begin(), magic.begin(), magic.end());
  if ((data[0] & 4) != 0) {
    const Hash256 digest = sha256(bytes);
    bytes.insert(bytes.end(), digest.bytes.begin(), digest.bytes.end());
  }
  MC_CHECK(!unlock_folder_key(bytes, UnlockKey{}).has_value());
  MC_CHECK(!open_secret(SecretKey256(), "name", bytes).has_value());
  if (const auto state = decode_release_state(bytes)) {
    MC_CHECK(std::ranges::equal(encode_release_state(*state), bytes));
  }
  return 0;
}
