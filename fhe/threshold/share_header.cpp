// SPDX-License-Identifier: Apache-2.0
#include "fhe/threshold/share_header.hpp"

#include <algorithm>

namespace mc::fhe {

void write_share_header(Writer& writer, std::string_view magic, const Params& params, Epoch epoch, PieceId piece) {
  MC_CHECK(magic.size() == 4);
  writer.raw(view_of(magic));
  writer.hash(params.id());
  writer.u32(epoch.value);
  writer.u64(piece.value);
}

Status read_share_header(Reader& reader, std::string_view magic, const Params& params, Epoch epoch, PieceId piece) {
  MC_TRY(const ByteView found, reader.raw(4));
  if (!std::ranges::equal(found, view_of(magic))) return fail(reader.error("not a share of this kind"));
  MC_TRY(const Hash256 params_id, reader.hash());
  if (params_id != params.id()) {
    return fail(Code::kInvalidArgument, "share was made for parameter set " + params_id.hex() + ", expected " +
                                            params.spec().name + " (" + params.id().hex() + ")");
  }
  MC_TRY(const std::uint32_t share_epoch, reader.u32());
  if (share_epoch != epoch.value) {
    return fail(Code::kInvalidArgument, "share is of key epoch " + std::to_string(share_epoch) + ", expected epoch " +
                                            std::to_string(epoch.value));
  }
  MC_TRY(const std::uint64_t share_piece, reader.u64());
  if (share_piece != piece.value) {
    return fail(Code::kInvalidArgument,
                "share belongs to the " + piece_text(PieceId(share_piece)) + ", expected the " + piece_text(piece));
  }
  return {};
}

}  // namespace mc::fhe
