// SPDX-License-Identifier: Apache-2.0
// Collective keys from a store: refused, or exactly the bytes that they encode to.
#include <algorithm>
#include <cstdlib>

#include "client/collective_keys.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const mc::fhe::ParamsPtr params = mc::fhe::Params::named("test_insecure", true).value_or_stop();
  const mc::ByteView input(data, size);
  const auto keys = mc::client::decode_collective_keys(input, *params);
  if (keys && !std::ranges::equal(mc::client::encode_collective_keys(*keys, *params), input)) std::abort();
  return 0;
}
