// SPDX-License-Identifier: Apache-2.0
// A ledger's mark from untrusted bytes.
#include <algorithm>

#include "base/check.hpp"
#include "node/ledger_mark.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc;
  const ByteView bytes(data, size);
  if (const auto mark = node::decode_ledger_mark(bytes)) {
    MC_CHECK(std::ranges::equal(node::encode_ledger_mark(*mark), bytes));
  }
  return 0;
}
