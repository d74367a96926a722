// SPDX-License-Identifier: Apache-2.0
// Bodies of board messages. Commit rounds carry lists of hashes; a reveal is one sealed box or the bytes of one share,
// so that the hash of its body is the hash that was committed to.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "fhe/threshold/piece.hpp"

namespace mc::protocol {

Bytes encode_hash_list(std::span<const Hash256> hashes);
/// Exactly `count` hashes.
Result<std::vector<Hash256>> decode_hash_list(ByteView body, std::size_t count, std::string_view what);

/// H(contribution, who, M, epoch, ceremony): hiding because the contribution has 256 bits.
Hash256 commit_contribution(const SecretKey256& contribution, const Hash256& ceremony, CustodianId contributor,
                            fhe::PieceId piece, Epoch epoch);

/// What the holders of every piece say, in piece order, when all holders of each piece say the same; otherwise kRefused
/// naming the piece and two custodians. `lists[c]` holds, for the p-th piece of custodian c, a hash at first + p *
/// stride.
Result<std::vector<Hash256>> agreed_hashes(const fhe::CommitteeShape& shape,
                                           std::span<const std::vector<Hash256>> lists, std::size_t first,
                                           std::size_t stride, std::string_view what);

}  // namespace mc::protocol
