// SPDX-License-Identifier: Apache-2.0
// Shares of opened columns from untrusted bytes: whatever they are, reading returns, and what is read has one encoding.
// The first byte says whether a right header is put in front.
#include <algorithm>

#include "base/check.hpp"
#include "fhe/threshold/column_opening.hpp"
#include "fhe/threshold/share_header.hpp"

namespace {

using namespace mc;
using namespace mc::fhe;

const Params& tiny_params() {
  static const ParamsPtr params = Params::create({"fuzz", LogN(4), {50, 50, 46}, {50}, true}).value_or_stop();
  return *params;
}

constexpr Epoch kEpoch{1};
constexpr PieceId kPiece{4};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Writer writer;
  if ((data[0] & 1) != 0) write_share_header(writer, "MCOP", tiny_params(), kEpoch, kPiece);
  writer.raw({data + 1, size - 1});
  const auto share = decode_opening_share(tiny_params(), kEpoch, kPiece, writer.bytes());
  if (share) MC_CHECK(std::ranges::equal(encode_opening_share(tiny_params(), kEpoch, kPiece, *share), writer.bytes()));
  return 0;
}
