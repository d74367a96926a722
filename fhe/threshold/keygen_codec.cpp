// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/keygen.hpp"
#include "fhe/threshold/share_header.hpp"

namespace mc::fhe {
namespace {

constexpr std::string_view kPublicKeyMagic = "MCK2";
constexpr std::string_view kRelinOneMagic = "MCR1";
constexpr std::string_view kRelinTwoMagic = "MCR3";

Basis basis_qp(const Params& params) {
  return {params.top_level().value, true};
}

}  // namespace

void write_wide_public_key(Writer& writer, const WidePublicKey& key, const Params& params) {
  MC_CHECK(key.b.basis() == basis_qp(params));
  writer.hash(params.id());
  writer.hash(key.seed);
  write_poly(writer, key.b, params.ring());
}

Result<WidePublicKey> read_wide_public_key(Reader& reader, const Params& params) {
  MC_TRY(const Hash256 id, reader.hash());
  if (id != params.id()) {
    return fail(reader.error("made for the parameters " + id.hex() + ", not for " + params.spec().name + " (" +
                             params.id().hex() + ")"));
  }
  WidePublicKey key;
  MC_TRY(key.seed, reader.hash());
  MC_TRY(key.b, read_poly(reader, basis_qp(params), params.ring()));
  return key;
}

Bytes encode_share(const Params& params, Epoch epoch, PieceId piece, const PublicKeyShare& share) {
  Writer writer;
  write_share_header(writer, kPublicKeyMagic, params, epoch, piece);
  write_poly(writer, share.b, params.ring());
  return std::move(writer).bytes();
}

Bytes encode_share(const Params& params, Epoch epoch, PieceId piece, const RelinShareOne& share) {
  Writer writer;
  writer.reserve(128 + 2 * share.digits.size() * packed_poly_bytes(basis_qp(params), params.ring()));
  write_share_header(writer, kRelinOneMagic, params, epoch, piece);
  for (const auto& [h0, h1] : share.digits) {
    write_poly(writer, h0, params.ring());
    write_poly(writer, h1, params.ring());
  }
  return std::move(writer).bytes();
}

Bytes encode_share(const Params& params, Epoch epoch, PieceId piece, const RelinShareTwo& share) {
  Writer writer;
  writer.reserve(128 + share.digits.size() * packed_poly_bytes(basis_qp(params), params.ring()));
  write_share_header(writer, kRelinTwoMagic, params, epoch, piece);
  for (const NttPoly& digit : share.digits) write_poly(writer, digit, params.ring());
  return std::move(writer).bytes();
}

Result<PublicKeyShare> decode_public_key_share(const Params& params, Epoch epoch, PieceId piece, ByteView bytes) {
  const std::string what = "public key share, " + piece_text(piece);
  Reader reader(bytes, what);
  MC_TRY_STATUS(read_share_header(reader, kPublicKeyMagic, params, epoch, piece));
  MC_TRY(NttPoly b, read_poly(reader, basis_qp(params), params.ring()));
  MC_TRY_STATUS(reader.finish());
  return PublicKeyShare{std::move(b)};
}

Result<RelinShareOne> decode_relin_share_one(const Params& params, Epoch epoch, PieceId piece, ByteView bytes) {
  const std::string what = "relinearisation share of round 1, " + piece_text(piece);
  Reader reader(bytes, what);
  MC_TRY_STATUS(read_share_header(reader, kRelinOneMagic, params, epoch, piece));
  RelinShareOne share;
  for (std::uint32_t digit = 0; digit < params.digit_count(params.top_level()); ++digit) {
    MC_TRY(NttPoly h0, read_poly(reader, basis_qp(params), params.ring()));
    MC_TRY(NttPoly h1, read_poly(reader, basis_qp(params), params.ring()));
    share.digits.push_back({std::move(h0), std::move(h1)});
  }
  MC_TRY_STATUS(reader.finish());
  return share;
}

Result<RelinShareTwo> decode_relin_share_two(const Params& params, Epoch epoch, PieceId piece, ByteView bytes) {
  const std::string what = "relinearisation share of round 2, " + piece_text(piece);
  Reader reader(bytes, what);
  MC_TRY_STATUS(read_share_header(reader, kRelinTwoMagic, params, epoch, piece));
  RelinShareTwo share;
  for (std::uint32_t digit = 0; digit < params.digit_count(params.top_level()); ++digit) {
    MC_TRY(NttPoly sum, read_poly(reader, basis_qp(params), params.ring()));
    share.digits.push_back(std::move(sum));
  }
  MC_TRY_STATUS(reader.finish());
  return share;
}

Status add_encoded_share(const Params& params, Epoch epoch, PieceId piece, ByteView bytes, PublicKeyShare& sum) {
  MC_TRY(PublicKeyShare share, decode_public_key_share(params, epoch, piece, bytes));
  add_share(params, sum, std::move(share));
  return {};
}

Status add_encoded_share(const Params& params, Epoch epoch, PieceId piece, ByteView bytes, RelinShareOne& sum) {
  MC_TRY(RelinShareOne share, decode_relin_share_one(params, epoch, piece, bytes));
  add_share(params, sum, std::move(share));
  return {};
}

Status add_encoded_share(const Params& params, Epoch epoch, PieceId piece, ByteView bytes, RelinShareTwo& sum) {
  MC_TRY(RelinShareTwo share, decode_relin_share_two(params, epoch, piece, bytes));
  add_share(params, sum, std::move(share));
  return {};
}

}  // namespace mc::fhe
