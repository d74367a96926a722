// SPDX-License-Identifier: Apache-2.0
// Bodies of board messages. Commit rounds carry lists of hashes, reveals carry sealed contributions or the bytes of
// shares.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "fhe/threshold/piece.hpp"

namespace mc::protocol {

Bytes encode_hash_list(std::span<const Hash256> hashes);
/// Exactly `count` hashes.
Result<std::vector<Hash256>> decode_hash_list(ByteView body, std::size_t count, std::string_view what);

/// Two byte strings, each as its holder has hashed it.
struct RevealedShares {
  ByteView public_key, relin;  // views into the body
};
Bytes encode_revealed_shares(ByteView public_key, ByteView relin);
Result<RevealedShares> decode_revealed_shares(ByteView body, std::string_view what);

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
