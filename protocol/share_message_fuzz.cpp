// SPDX-License-Identifier: Apache-2.0
// Share messages and authorisations from untrusted bytes.
#include <algorithm>

#include "base/check.hpp"
#include "protocol/authorisation.hpp"
#include "protocol/share_message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc;
  using namespace mc::protocol;
  static const fhe::ParamsPtr params =
      fhe::Params::create({"fuzz", fhe::LogN(4), {50, 50, 46}, {50}, true}).value_or_stop();
  if (size == 0) return 0;
  // The first byte may put a right magic in front, and a right checksum behind.
  Bytes bytes(data + 1, data + size);
  static constexpr std::string_view kMagics[] = {"", "MCSM", "MCAU", ""};
  const ByteView magic = view_of(kMagics[data[0] & 3]);
  bytes.insert(bytes.begin(), magic.begin(), magic.end());
  if ((data[0] & 4) != 0) {
    const Hash256 digest = sha256(bytes);
    bytes.insert(bytes.end(), digest.bytes.begin(), digest.bytes.end());
  }
  if (const auto message = decode_share_message(*params, bytes)) {
    MC_CHECK(std::ranges::equal(encode_share_message(*message), bytes));
    (void)verify_share_message(PublicIdentity{}, *message);
  }
  if (const auto authorisation = decode_authorisation(bytes)) {
    MC_CHECK(std::ranges::equal(encode_authorisation(*authorisation), bytes));
  }
  return 0;
}
