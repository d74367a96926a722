// SPDX-License-Identifier: Apache-2.0
// Bytes of requester keys: reading returns, what is read has one encoding, and verifying it ends in a verdict.
#include <algorithm>

#include "base/check.hpp"
#include "fhe/threshold/requester_key.hpp"

namespace {

using namespace mc;
using namespace mc::fhe;

const Params& small_params() {
  static const ParamsPtr params = Params::named("test_insecure", true).value_or_stop();
  return *params;
}

const PublicKey& collective() {
  static const PublicKey key = [] {
    const Basis basis{small_params().top_level().value, false};
    return PublicKey{small_params().ring().make<Domain::kNtt>(basis), small_params().ring().make<Domain::kNtt>(basis)};
  }();
  return key;
}

// An honest key, over which the fuzzer's bytes are laid at a place they choose.
const Bytes& honest() {
  static const Bytes bytes = [] {
    const SecretKey256 secret;
    return encode_requester_key(small_params(), make_requester_key(small_params(), secret, RequesterContext{}));
  }();
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  Bytes bytes(data + 4, data + size);
  const std::size_t place = data[0] | static_cast<std::size_t>(data[1]) << 8;
  if ((data[3] & 1) != 0 && place + bytes.size() <= honest().size()) {
    Bytes laid_over = honest();
    std::ranges::copy(bytes, laid_over.begin() + static_cast<std::ptrdiff_t>(place));
    bytes = std::move(laid_over);
  }
  const auto key = decode_requester_key(small_params(), bytes);
  if (!key) return 0;
  MC_CHECK(std::ranges::equal(encode_requester_key(small_params(), *key), bytes));
  const bool verified = verify_requester_key(small_params(), *key, key->context, collective()).has_value();
  MC_CHECK(!verified || std::ranges::equal(bytes, honest()));
  return 0;
}
