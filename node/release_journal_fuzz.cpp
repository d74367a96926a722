// SPDX-License-Identifier: Apache-2.0
// A custodian's journal entries from untrusted bytes.
#include <algorithm>

#include "base/check.hpp"
#include "node/release_journal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc;
  const ByteView bytes(data, size);
  if (const auto entry = node::decode_journal_entry(bytes)) {
    MC_CHECK(std::ranges::equal(node::encode_journal_entry(*entry), bytes));
    (void)node::journal_line(*entry);
  }
  return 0;
}
