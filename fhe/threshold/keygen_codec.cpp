// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/keygen.hpp"
#include "fhe/threshold/share_header.hpp"

namespace mc::fhe {
namespace {

constexpr std::string_view kPublicKeyMagic = "MCK1";
constexpr std::string_view kRelinOneMagic = "MCR1";
constexpr std::string_view kRelinTwoMagic = "MCR2";

Basis basis_q(const Params& params) {
  return {params.top_level().value, false};
}
Basis basis_qp(const Params& params) {
  return {params.top_level().value, true};
}

}  // namespace

Bytes encode_share(const Params& params, Epoch epoch, PieceId piece, const PublicKeyShare& share) {
  Writer writer;
  write_share_header(writer, kPublicKeyMagic, params, epoch, piece);
  write_poly(writer, share.b, params.ring());
  return std::move(writer).bytes();
}

Bytes encode_share(const Params& params, Epoch epoch, PieceId piece, const RelinShareOne& share) {
  Writer writer;
  write_share_header(writer, kRelinOneMagic, params, epoch, piece);
  for (const auto& [h0, h1] : share.digits) {
    write_poly(writer, h0, params.ring());
    write_poly(writer, h1, params.ring());
  }
  return std::move(writer).bytes();
}

Bytes encode_share(const Params& params, Epoch epoch, PieceId piece, const RelinShareTwo& share) {
  Writer writer;
  write_share_header(writer, kRelinTwoMagic, params, epoch, piece);
  for (const NttPoly& digit : share.digits) write_poly(writer, digit, params.ring());
  return std::move(writer).bytes();
}

Result<PublicKeyShare> decode_public_key_share(const Params& params, Epoch epoch, PieceId piece, ByteView bytes) {
  const std::string what = "public key share, " + piece_text(piece);
  Reader reader(bytes, what);
  MC_TRY_STATUS(read_share_header(reader, kPublicKeyMagic, params, epoch, piece));
  MC_TRY(NttPoly b, read_poly(reader, basis_q(params), params.ring()));
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

}  // namespace mc::fhe
