// SPDX-License-Identifier: Apache-2.0
// Migration manifests from untrusted bytes: whatever they are, reading returns, and what is read has one encoding.
#include <algorithm>

#include "base/check.hpp"
#include "protocol/migration_manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc;
  using namespace mc::protocol;
  const ByteView bytes(data, size);
  if (const auto manifest = decode_migration_manifest(bytes)) {
    MC_CHECK(std::ranges::equal(encode_migration_manifest(*manifest), bytes));
    (void)verify_migration_signature(*manifest);
  }
  return 0;
}
