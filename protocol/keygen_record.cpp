// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_record.hpp"

#include "protocol/keygen_bodies.hpp"

namespace mc::protocol {
namespace {

std::string item_text(const KeygenSetup& setup, std::size_t item) {
  if (item == kPublicKeyItem) return "public key share";
  if (item == kRelinItem) return "relinearisation share of round 1";
  return "share of the Galois key " + std::to_string(setup.galois_elements[item - 2]);
}

}  // namespace

std::size_t shares_per_piece(const KeygenSetup& setup) {
  return 2 + setup.galois_elements.size();
}

Status KeygenRecord::agree_on_shares(const KeygenSetup& setup) {
  const std::size_t stride = shares_per_piece(setup);
  std::vector<std::vector<Hash256>> agreed;
  for (std::size_t item = 0; item < stride; ++item) {
    MC_TRY(std::vector<Hash256> hashes,
           agreed_hashes(setup.shape, share_commits, item, stride, item_text(setup, item)));
    agreed.push_back(std::move(hashes));
  }
  shares = std::move(agreed);
  return {};
}

Status KeygenRecord::agree_on_round_two(const KeygenSetup& setup) {
  for (const CustodianId c : setup.everyone()) {
    if (relin_commits[c.value][0] == relin_commits[0][0]) continue;
    return fail(Code::kRefused, custodian_text(c) + " computed the round-1 aggregate " +
                                    relin_commits[c.value][0].hex() + ", custodian 0 computed " +
                                    relin_commits[0][0].hex());
  }
  MC_TRY(round_two, agreed_hashes(setup.shape, relin_commits, 1, 1, "relinearisation share of round 2"));
  return {};
}

Status KeygenRecord::check_reveal(const KeygenSetup& setup, const BoardSlot& slot, std::size_t piece_index,
                                  const Hash256& hash) const {
  const bool second = slot.round == Round::kRelinReveal;
  const std::size_t item = slot.round == Round::kGaloisReveal ? 2 + slot.item : slot.item;
  if (hash == (second ? round_two : shares[item])[piece_index]) return {};
  return fail(Code::kRefused, custodian_text(slot.sender) + " revealed another " +
                                  (second ? "relinearisation share of round 2" : item_text(setup, item)) + " of the " +
                                  fhe::piece_text(fhe::PieceId(slot.subject)) +
                                  " than all its holders had committed to");
}

Hash256 KeygenRecord::transcript(const Hash256& ceremony) const {
  Sha256 hash("medcommons/keygen/transcript/v2");
  hash.update(ceremony.view()).update(common_seed.view());
  for (const auto* lists : {&contribution_commits, &share_commits, &relin_commits}) {
    for (const std::vector<Hash256>& list : *lists) {
      for (const Hash256& entry : list) hash.update(entry.view());
    }
  }
  for (const Hash256& commitment : piece_commitments) hash.update(commitment.view());
  return hash.finish();
}

Result<std::optional<std::vector<Hash256>>> agreed_piece_commitments(const KeygenSetup& setup,
                                                                     const ChainFacts& facts) {
  bool complete = true;
  std::vector<Hash256> agreed;
  for (const fhe::PieceId piece : setup.shape.pieces()) {
    std::optional<std::pair<CustodianId, Hash256>> first;
    for (const CustodianId holder : setup.shape.holders(piece)) {
      const auto fact = facts.piece_commitments.find({piece, holder});
      if (fact == facts.piece_commitments.end()) {
        complete = false;
      } else if (!first) {
        first.emplace(holder, fact->second);
      } else if (first->second != fact->second) {
        return fail(Code::kRefused, "commitments on chain to the " + fhe::piece_text(piece) + " differ: " +
                                        custodian_text(first->first) + " committed to " + first->second.hex() + ", " +
                                        custodian_text(holder) + " committed to " + fact->second.hex());
      }
    }
    if (first) agreed.push_back(first->second);
  }
  if (!complete) return std::optional<std::vector<Hash256>>{};
  return std::optional(std::move(agreed));
}

Hash256 KeyHashes::all() const {
  Sha256 hash("medcommons/keys/v2");
  hash.update(public_key.view()).update(relin_key.view()).update_u64(galois.size());
  for (const auto& [element, key] : galois) hash.update_u64(element).update(key.view());
  return hash.finish();
}

Hash256 hash_public_key(const fhe::Params& params, const fhe::WidePublicKey& key) {
  Writer writer;
  fhe::write_wide_public_key(writer, key, params);
  return sha256(writer.bytes());
}

Hash256 hash_relin_key(const fhe::Params& params, const fhe::RelinKey& key) {
  Writer writer;
  fhe::write_relin_key(writer, key, params);
  return sha256(writer.bytes());
}

Hash256 key_commitment(const Hash256& keys, const Hash256& transcript) {
  return Sha256("medcommons/keys/commitment/v1").update(keys.view()).update(transcript.view()).finish();
}

}  // namespace mc::protocol
