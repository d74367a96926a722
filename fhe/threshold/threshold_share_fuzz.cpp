// SPDX-License-Identifier: Apache-2.0
// Bytes of key-generation and release shares and of a committee's shape: whatever they are, reading returns, and what
// is read has one encoding. The first byte picks the kind and whether a right header is put in front, so that the
// polynomials are reached too.
#include <algorithm>

#include "base/check.hpp"
#include "fhe/threshold/committee.hpp"
#include "fhe/threshold/galois_keygen.hpp"
#include "fhe/threshold/migration.hpp"
#include "fhe/threshold/release.hpp"
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

template <class Share>
void check_round_trip(const Result<Share>& share, ByteView bytes) {
  if (share) MC_CHECK(std::ranges::equal(encode_share(tiny_params(), kEpoch, kPiece, *share), bytes));
}

void check_shape(ByteView bytes) {
  Reader reader(bytes, "fuzzed bytes");
  const auto shape = read_shape(reader);
  if (!shape) return;
  Writer writer;
  write_shape(writer, *shape);
  MC_CHECK(std::ranges::equal(writer.bytes(), bytes.first(reader.position())));
}

// Shares of Galois and migration keys, with a right header if the first byte is odd; and keys.
void check_later_shares(ByteView bytes) {
  if (bytes.empty()) return;
  const bool galois = (bytes[0] & 2) != 0;
  Writer writer;
  if ((bytes[0] & 1) != 0) write_share_header(writer, galois ? "MCG2" : "MCMS", tiny_params(), kEpoch, kPiece);
  writer.raw(bytes.subspan(1));
  if (galois) {
    const auto share = decode_galois_share(tiny_params(), kEpoch, kPiece, 5, writer.bytes());
    if (share) {
      MC_CHECK(std::ranges::equal(encode_share(tiny_params(), kEpoch, kPiece, 5, *share), writer.bytes()));
    }
  } else {
    const auto share = decode_migration_share(tiny_params(), kEpoch, kPiece, Epoch(2), writer.bytes());
    if (share) {
      MC_CHECK(std::ranges::equal(encode_share(tiny_params(), kEpoch, kPiece, Epoch(2), *share), writer.bytes()));
    }
  }
  Reader reader(bytes, "fuzzed bytes");
  if (const auto key = read_migration_key(reader, tiny_params())) {
    Writer again;
    write_migration_key(again, *key, tiny_params());
    MC_CHECK(std::ranges::equal(again.bytes(), bytes.first(reader.position())));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  if (data[0] == 0xFF) {
    check_shape({data + 1, size - 1});
    return 0;
  }
  if (data[0] == 0xFE) {
    check_later_shares({data + 1, size - 1});
    return 0;
  }
  const unsigned kind = data[0] & 3;
  static constexpr std::string_view kMagics[] = {"MCK2", "MCR1", "MCR3", "MCRS"};
  Writer writer;
  if ((data[0] & 4) != 0) write_share_header(writer, kMagics[kind], tiny_params(), kEpoch, kPiece);
  writer.raw({data + 1, size - 1});
  const Bytes& bytes = writer.bytes();
  switch (kind) {
    case 0:
      check_round_trip(decode_public_key_share(tiny_params(), kEpoch, kPiece, bytes), bytes);
      break;
    case 1:
      check_round_trip(decode_relin_share_one(tiny_params(), kEpoch, kPiece, bytes), bytes);
      break;
    case 2:
      check_round_trip(decode_relin_share_two(tiny_params(), kEpoch, kPiece, bytes), bytes);
      break;
    default: {
      const std::size_t answers = 1 + (data[0] >> 3);
      const auto share = decode_release_share(tiny_params(), kEpoch, kPiece, answers, bytes);
      if (share) MC_CHECK(std::ranges::equal(encode_release_share(tiny_params(), kEpoch, kPiece, *share), bytes));
    }
  }
  return 0;
}
