// SPDX-License-Identifier: Apache-2.0
// What travels in a run, from anybody: refused, or exactly the bytes that it encodes to.
#include <algorithm>
#include <cstdlib>

#include "client/run_messages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mc::ByteView input(data, size);
  const auto call = mc::client::decode_run_step_call(mc::Epoch(1), input);
  if (call && !std::ranges::equal(mc::client::encode_run_step_call(*call), input)) std::abort();
  const auto reply = mc::client::decode_run_reply(mc::Epoch(1), input);
  if (reply && !std::ranges::equal(mc::client::encode_run_reply(*reply), input)) std::abort();
  const auto receipt = mc::client::decode_run_receipt(input);
  if (receipt && !std::ranges::equal(mc::client::encode_run_receipt(*receipt), input)) std::abort();
  return 0;
}
