// SPDX-License-Identifier: Apache-2.0
// Calls about counts come from a requester, verdicts from a custodian: an error, or what encodes to the same bytes.
#include <algorithm>

#include "base/check.hpp"
#include "client/count_calls.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc::client;
  static const mc::fhe::ParamsPtr params = mc::fhe::Params::named("test_insecure", true).value_or_stop();
  const mc::ByteView bytes(data, size);
  if (const auto call = decode_counts_call(bytes)) MC_CHECK(std::ranges::equal(encode_counts_call(*call), bytes));
  if (const auto call = decode_verdict_call(*params, bytes)) {
    MC_CHECK(std::ranges::equal(encode_verdict_call(*call), bytes));
  }
  if (const auto call = decode_query_call(bytes)) MC_CHECK(std::ranges::equal(encode_query_call(*call), bytes));
  if (const auto verdict = decode_verdict(bytes)) MC_CHECK(std::ranges::equal(encode_verdict(*verdict), bytes));
  if (const auto call = decode_sigmas_call(bytes)) MC_CHECK(std::ranges::equal(encode_sigmas_call(*call), bytes));
  return 0;
}
