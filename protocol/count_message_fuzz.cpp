// SPDX-License-Identifier: Apache-2.0
// Count messages and keys come from custodians by way of a requester: an error, or what encodes to the same bytes.
#include <algorithm>

#include "base/check.hpp"
#include "protocol/count_message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const mc::fhe::ParamsPtr params = mc::fhe::Params::named("test_insecure", true).value_or_stop();
  const mc::ByteView bytes(data, size);
  if (const auto message = mc::protocol::decode_count_message(*params, bytes)) {
    MC_CHECK(std::ranges::equal(mc::protocol::encode_count_message(*message), bytes));
  }
  if (const auto key = mc::protocol::decode_count_key(bytes)) {
    MC_CHECK(std::ranges::equal(mc::protocol::encode_count_key(*key), bytes));
  }
  return 0;
}
