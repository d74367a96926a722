// SPDX-License-Identifier: Apache-2.0
// Refresh maps and refresh shares from untrusted bytes: whatever they are, reading returns, and what is read has one
// encoding. The first byte picks the kind and whether a right header is put in front of a share.
#include <algorithm>

#include "base/check.hpp"
#include "fhe/threshold/refresh.hpp"
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

RefreshMap share_map(bool constants) {
  RefreshMap map;
  map.input_level = Level(2);
  map.output_level = Level(3);
  map.mask_log2 = {90, 90};
  if (constants) {
    map.outputs = {packed(2, Scale::power_of_two(46))};
  } else {
    map.extraction = RefreshMap::Extraction::kPolynomials;
    map.outputs = {whole(0, Scale::power_of_two(46)), whole(1, Scale::power_of_two(46))};
  }
  return map;
}

void check_map(ByteView bytes) {
  Reader reader(bytes, "fuzzed bytes");
  const auto map = read_refresh_map(reader, tiny_params());
  if (!map) return;
  Writer writer;
  write_refresh_map(writer, *map, tiny_params());
  MC_CHECK(std::ranges::equal(writer.bytes(), bytes.first(reader.position())));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  if ((data[0] & 1) != 0) {
    check_map({data + 1, size - 1});
    return 0;
  }
  Writer writer;
  if ((data[0] & 2) != 0) write_share_header(writer, "MCRF", tiny_params(), kEpoch, kPiece);
  writer.raw({data + 1, size - 1});
  const RefreshMap map = share_map((data[0] & 4) != 0);
  const auto share = decode_refresh_share(tiny_params(), kEpoch, kPiece, map, writer.bytes());
  if (share) MC_CHECK(std::ranges::equal(encode_refresh_share(tiny_params(), kEpoch, kPiece, *share), writer.bytes()));
  return 0;
}
