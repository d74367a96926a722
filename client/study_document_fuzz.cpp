// SPDX-License-Identifier: Apache-2.0
// A description comes from whoever proposes; that its hash is on chain says nothing of what it holds.
#include <cstddef>
#include <cstdint>

#include "client/study_document.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = mc::client::study_document_from_json({reinterpret_cast<const char*>(data), size});
  if (read) (void)mc::client::open_sensitive(*read, mc::SecretKey256());
  return 0;
}
