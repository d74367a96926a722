// SPDX-License-Identifier: Apache-2.0
// A list from a store: refused, or exactly the bytes that its entries encode to.
#include <algorithm>
#include <cstdlib>

#include "client/store_client.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mc::ByteView input(data, size);
  const auto list = mc::client::decode_list(input, 1000);
  if (!list) return 0;
  if (list->size() > 1000 || !std::ranges::equal(mc::client::encode_list(*list), input)) std::abort();
  return 0;
}
