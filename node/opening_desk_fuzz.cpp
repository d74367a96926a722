// SPDX-License-Identifier: Apache-2.0
// The file of verdicts on uploads lies on a disk: an error, or what encodes to the same bytes.
#include <algorithm>

#include "base/check.hpp"
#include "node/opening_desk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mc::ByteView bytes(data, size);
  const auto kept = mc::node::decode_kept_verdict(bytes);
  if (kept) MC_CHECK(std::ranges::equal(mc::node::encode_kept_verdict(*kept), bytes));
  return 0;
}
