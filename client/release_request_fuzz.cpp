// SPDX-License-Identifier: Apache-2.0
// Release calls and query receipts from anybody: refused, or exactly the bytes that they encode to.
#include <algorithm>
#include <cstdlib>

#include "client/release_request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mc::ByteView input(data, size);
  const auto call = mc::client::decode_release_call(input);
  if (call && !std::ranges::equal(mc::client::encode_release_call(*call), input)) std::abort();
  const auto receipt = mc::client::decode_query_receipt(input);
  if (receipt && !std::ranges::equal(mc::client::encode_query_receipt(*receipt), input)) std::abort();
  return 0;
}
