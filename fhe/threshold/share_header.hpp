// SPDX-License-Identifier: Apache-2.0
// The first bytes of every share: what it is, for which parameters, key epoch and piece.
#pragma once

#include <string_view>

#include "base/codec.hpp"
#include "fhe/ckks/params.hpp"
#include "fhe/threshold/committee.hpp"

namespace mc::fhe {

/// Magic, parameter set, epoch, piece.
inline constexpr std::size_t kShareHeaderBytes = 4 + 32 + 4 + 8;

/// `magic`: four characters.
void write_share_header(Writer& writer, std::string_view magic, const Params& params, Epoch epoch, PieceId piece);
/// kCorrupt for another kind of bytes; kInvalidArgument for another parameter set, epoch or piece, naming both.
Status read_share_header(Reader& reader, std::string_view magic, const Params& params, Epoch epoch, PieceId piece);

}  // namespace mc::fhe
