// SPDX-License-Identifier: Apache-2.0
// What custodians told later committees, from a store: refused, or exactly the bytes that it encodes to.
#include <algorithm>

#include "base/check.hpp"
#include "protocol/opening_verdict.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc;
  const ByteView bytes(data, size);
  if (const auto verdict = protocol::decode_opening_verdict(bytes)) {
    MC_CHECK(std::ranges::equal(protocol::encode_opening_verdict(*verdict), bytes));
    (void)protocol::verify_opening_verdict(protocol::PublicIdentity{}, *verdict);
  }
  return 0;
}
