// SPDX-License-Identifier: Apache-2.0
// Evidence, refresh requests and refresh messages from untrusted bytes. The first byte may put a right magic in front.
#include <algorithm>

#include "base/check.hpp"
#include "protocol/evidence.hpp"
#include "protocol/refresh_message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mc;
  using namespace mc::protocol;
  static const fhe::ParamsPtr params =
      fhe::Params::create({"fuzz", fhe::LogN(4), {50, 50, 46}, {50}, true}).value_or_stop();
  static const fhe::CommitteeShape shape = fhe::CommitteeShape::create(3, 2).value_or_stop();
  static const std::vector<PublicIdentity> identities(3);
  if (size == 0) return 0;
  Bytes bytes(data + 1, data + size);
  static constexpr std::string_view kMagics[] = {"", "MCEV", "MCRQ", "MCRM"};
  const ByteView magic = view_of(kMagics[data[0] & 3]);
  bytes.insert(bytes.begin(), magic.begin(), magic.end());
  if (const auto evidence = decode_evidence(bytes)) {
    MC_CHECK(std::ranges::equal(encode_evidence(*evidence), bytes));
    (void)examine(shape, identities, *evidence);
  }
  if (const auto request = decode_refresh_request(*params, bytes)) {
    MC_CHECK(std::ranges::equal(encode_refresh_request(*params, *request), bytes));
  }
  fhe::RefreshMap map;
  map.input_level = fhe::Level(2);
  map.output_level = fhe::Level(3);
  map.mask_log2 = {90};
  map.outputs = {fhe::replicated(0, fhe::Scale::power_of_two(46))};
  if (const auto message = decode_refresh_message(*params, map, bytes)) {
    MC_CHECK(std::ranges::equal(encode_refresh_message(*message), bytes));
  }
  return 0;
}
