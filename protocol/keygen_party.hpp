// SPDX-License-Identifier: Apache-2.0
// One custodian's part in collective key generation (R1 to R5), as a state machine: messages and chain facts in,
// messages and chain actions out. No socket, no clock, no disk.
//
//   contribution commit -> sealed reveal to co-holders -> [chain: H(seed_M, M, epoch) by every holder] -> common random
//   polynomials -> hashes of all round-1 shares -> bytes by each piece's lowest holder -> aggregate -> hashes of round
//   2
//   -> bytes -> keys -> [chain: one hash of keys and transcript by everybody]
//
// Restart: everything a party says is a function of its master secret and of what it received. A party rebuilt from the
// same master secret repeats the same bytes and catches up. The piece commitments on chain pin the seeds, hence the
// common random polynomials, hence (through the hash of each piece's honest holder) the aggregate: round 2 is
// answered on one aggregate per epoch even across restarts (R4).
// Driver, until finished(): post what `advance` returned, do its chain actions, fetch `wanted()` slots from the board
// and `receive` them, read the chain, `advance` again. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "fhe/threshold/keygen.hpp"
#include "protocol/board_message.hpp"
#include "protocol/custodian_secrets.hpp"
#include "protocol/keygen_setup.hpp"

namespace mc::protocol {

/// What the driver read from the final state of the chain, for this commons and epoch only.
struct ChainFacts {
  std::map<std::pair<fhe::PieceId, CustodianId>, Hash256> piece_commitments;
  std::map<CustodianId, Hash256> key_commitments;
};

/// What the driver must send to the chain from this custodian's address; repeating it is harmless.
struct ChainAction {
  enum class Kind : std::uint8_t { kCommitPiece, kCommitKeys };
  Kind kind{};
  fhe::PieceId piece{};  // kCommitPiece only
  Hash256 commitment;
  friend bool operator==(const ChainAction&, const ChainAction&) = default;
};

struct KeygenStep {
  std::vector<BoardMessage> messages;
  std::vector<ChainAction> actions;
};

/// The outcome, the same for all custodians but for the seeds.
struct KeySet {
  fhe::PublicKey public_key;
  fhe::RelinKey relin_key;
  Hash256 transcript;
  Hash256 keys;        // hash_keys(params, public_key, relin_key)
  Hash256 commitment;  // H(keys, transcript): what everybody posts on chain
};

/// SHA-256 over the canonical bytes of both keys: anyone who downloads them checks them with this.
Hash256 hash_keys(const fhe::Params& params, const fhe::PublicKey& public_key, const fhe::RelinKey& relin_key);
/// H(keys, transcript).
Hash256 key_commitment(const Hash256& keys, const Hash256& transcript);

class KeygenParty {
 public:
  /// kInvalidArgument when self is no custodian, the identities are not n, two are equal, or our own is not ours.
  /// `master`: this custodian's 256-bit secret; contributions are a PRF of it, the ceremony and the piece.
  static Result<KeygenParty> create(KeygenSetup setup, CustodianId self, CustodianIdentity identity,
                                    const SecretKey256& master);
  KeygenParty(KeygenParty&&) noexcept;
  KeygenParty& operator=(KeygenParty&&) noexcept;
  ~KeygenParty();

  /// Takes one message in any order; a repeat is ignored. Refuses, without harm to the ceremony: another ceremony, a
  /// bad signature, an impossible slot, a second different message in a slot (kConflict: keep both as evidence).
  Status receive(BoardMessage message);

  /// Does all that can be done now. An error is final: a custodian broke the protocol or the chain disagrees; the
  /// sentence says who and what, and every later call returns it again.
  Result<KeygenStep> advance(const ChainFacts& facts);

  /// Slots this party lacks in its present round.
  [[nodiscard]] std::vector<BoardSlot> wanted() const;
  /// "waiting, in round share_commit, for custodian 2": for status lines.
  [[nodiscard]] std::string waiting_for() const;
  [[nodiscard]] bool finished() const;
  /// After finished(); MC_CHECK before.
  [[nodiscard]] const KeySet& keys() const;
  /// This custodian's seeds, for its secret file. After finished(); MC_CHECK before.
  [[nodiscard]] CustodianSecrets secrets() const;

 private:
  struct Impl;
  explicit KeygenParty(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mc::protocol
