// SPDX-License-Identifier: Apache-2.0
// What travels when columns are opened, from anybody: refused, or exactly the bytes that it encodes to.
#include <algorithm>
#include <cstdlib>

#include "client/opening_calls.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mc::ByteView input(data, size);
  const auto call = mc::client::decode_opening_call(mc::Epoch(1), input);
  if (call && !std::ranges::equal(mc::client::encode_opening_call(*call), input)) std::abort();
  const auto share = mc::client::decode_opening_share(mc::Epoch(1), input);
  if (share && !std::ranges::equal(mc::client::encode_opening_share(*share), input)) std::abort();
  const auto stand = mc::client::decode_opening_stand(input);
  if (stand && !std::ranges::equal(mc::client::encode_opening_stand(*stand), input)) std::abort();
  return 0;
}
