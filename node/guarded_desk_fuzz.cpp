// SPDX-License-Identifier: Apache-2.0
// The file of asked consents lies on a disk: an error, or what encodes to the same bytes.
#include <algorithm>

#include "base/check.hpp"
#include "node/guarded_desk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mc::ByteView bytes(data, size);
  const auto owners = mc::node::decode_consent_snapshot(bytes);
  if (owners) MC_CHECK(std::ranges::equal(mc::node::encode_consent_snapshot(*owners), bytes));
  return 0;
}
