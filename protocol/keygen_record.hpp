// SPDX-License-Identifier: Apache-2.0
// The public part of a key generation: what everybody has committed to, and how it must agree. The parties fill it as
// they go; whoever verifies afterwards fills it from the board (keygen_transcript.hpp). It holds no secret.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/keygen_setup.hpp"

namespace mc::protocol {

/// What was read from the final state of the chain, for this commons and epoch only.
struct ChainFacts {
  std::map<std::pair<fhe::PieceId, CustodianId>, Hash256> piece_commitments;
  std::map<CustodianId, Hash256> key_commitments;
};

struct KeygenRecord {
  std::vector<std::vector<Hash256>> contribution_commits, share_commits, relin_commits;  // by custodian
  std::vector<Hash256> piece_commitments;                                                // in piece order
  Hash256 common_seed;
  std::vector<std::vector<Hash256>> shares;  // agreed hash by item (shares_per_piece of them), then in piece order
  std::vector<Hash256> round_two;            // agreed hash in piece order

  /// Fills `shares` from `share_commits`; kRefused naming item, piece and two custodians where they differ (R3).
  Status agree_on_shares(const KeygenSetup& setup);
  /// Fills `round_two`; besides, everybody must have computed the same aggregate (R4).
  Status agree_on_round_two(const KeygenSetup& setup);
  /// Whether a revealed share is the one that all holders have committed to; kRefused naming its sender otherwise.
  /// `piece_index`: position in piece order; `hash`: of the body.
  [[nodiscard]] Status check_reveal(const KeygenSetup& setup, const BoardSlot& slot, std::size_t piece_index,
                                    const Hash256& hash) const;
  /// H over the ceremony and everything that was committed to.
  [[nodiscard]] Hash256 transcript(const Hash256& ceremony) const;
};

/// Hashes that a custodian commits to per piece in Round::kShareCommit: items 0 (public key), 1 (relinearisation,
/// round 1), then one per Galois element.
std::size_t shares_per_piece(const KeygenSetup& setup);

/// The commitment to each piece on which all its holders agree on chain, in piece order; empty while one is missing.
///   errors  kRefused naming piece and custodians where two differ
Result<std::optional<std::vector<Hash256>>> agreed_piece_commitments(const KeygenSetup& setup, const ChainFacts& facts);

/// SHA-256 of the canonical bytes of every key: whoever downloads one checks it with this.
struct KeyHashes {
  Hash256 public_key, relin_key;
  std::vector<std::pair<std::uint64_t, Hash256>> galois;  // by ascending Galois element
  friend bool operator==(const KeyHashes&, const KeyHashes&) = default;
  /// One hash over all of them.
  [[nodiscard]] Hash256 all() const;
};
Hash256 hash_public_key(const fhe::Params& params, const fhe::WidePublicKey& key);
Hash256 hash_relin_key(const fhe::Params& params, const fhe::RelinKey& key);
/// H(keys, transcript).
Hash256 key_commitment(const Hash256& keys, const Hash256& transcript);

}  // namespace mc::protocol
