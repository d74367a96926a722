// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_bodies.hpp"

#include <map>

namespace mc::protocol {

Bytes encode_hash_list(std::span<const Hash256> hashes) {
  Writer writer;
  for (const Hash256& hash : hashes) writer.hash(hash);
  return std::move(writer).bytes();
}

Result<std::vector<Hash256>> decode_hash_list(ByteView body, std::size_t count, std::string_view what) {
  if (body.size() != 32 * count) {
    return fail(Code::kCorrupt, std::string(what) + ": " + std::to_string(body.size()) + " bytes where " +
                                    std::to_string(count) + " hashes take " + std::to_string(32 * count));
  }
  Reader reader(body, what);
  std::vector<Hash256> hashes(count);
  for (Hash256& hash : hashes) {
    MC_TRY(hash, reader.hash());
  }
  return hashes;
}

Hash256 commit_contribution(const SecretKey256& contribution, const Hash256& ceremony, CustodianId contributor,
                            fhe::PieceId piece, Epoch epoch) {
  return Sha256("medcommons/keygen/contribution-commitment/v1")
      .update(contribution.expose())
      .update(ceremony.view())
      .update_u64(contributor.value)
      .update_u64(piece.value)
      .update_u64(epoch.value)
      .finish();
}

Result<std::vector<Hash256>> agreed_hashes(const fhe::CommitteeShape& shape,
                                           std::span<const std::vector<Hash256>> lists, std::size_t first,
                                           std::size_t stride, std::string_view what) {
  MC_CHECK(lists.size() == shape.custodians());
  struct Saying {
    CustodianId custodian;
    Hash256 hash;
  };
  std::map<fhe::PieceId, Saying> agreed;
  for (std::size_t c = 0; c < lists.size(); ++c) {
    const CustodianId custodian(static_cast<std::uint8_t>(c));
    const std::vector<fhe::PieceId> pieces = shape.pieces_of(custodian);
    for (std::size_t p = 0; p < pieces.size(); ++p) {
      MC_CHECK(first + p * stride < lists[c].size());
      const Hash256& hash = lists[c][first + p * stride];
      const auto [known, is_first] = agreed.emplace(pieces[p], Saying{custodian, hash});
      if (!is_first && known->second.hash != hash) {
        return fail(Code::kRefused, std::string(what) + " of the " + fhe::piece_text(pieces[p]) + ": custodian " +
                                        std::to_string(known->second.custodian.value) + " says " +
                                        known->second.hash.hex() + ", custodian " + std::to_string(c) + " says " +
                                        hash.hex());
      }
    }
  }
  std::vector<Hash256> in_order;
  for (const auto& [piece, saying] : agreed) in_order.push_back(saying.hash);
  return in_order;
}

}  // namespace mc::protocol
