// SPDX-License-Identifier: Apache-2.0
// A founding document from anybody: refused, or read into what writes the same document again.
#include <cstdlib>

#include "client/commons_document.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = mc::client::commons_document_from_json(mc::text_of({data, size}));
  if (!document) return 0;
  const auto again = mc::client::commons_document_from_json(mc::client::to_json(*document));
  if (!again || *again != *document) std::abort();
  return 0;
}
