// SPDX-License-Identifier: Apache-2.0
// Untrusted keys of patients and sealed answers: an error with a sentence, or the one encoding of what was read.
#include <algorithm>

#include "base/check.hpp"
#include "client/personal_answer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc;
  static const fhe::ParamsPtr params = fhe::Params::named("test_insecure", true).value_or_stop();
  const ByteView bytes(data, size);
  if (const auto key = client::decode_personal_key(bytes)) {
    MC_CHECK(std::ranges::equal(client::encode_personal_key(*key), bytes));
  } else {
    MC_CHECK(!key.error().message.empty());
  }
  if (const auto answer = client::decode_personal_answer(*params, bytes)) {
    MC_CHECK(std::ranges::equal(client::encode_personal_answer(*answer), bytes));
  } else {
    MC_CHECK(!answer.error().message.empty());
  }
  return 0;
}
