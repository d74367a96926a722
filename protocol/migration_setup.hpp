// SPDX-License-Identifier: Apache-2.0
// What the old committee's custodians check before they make a switching key to a new committee's key (R12). Whoever
// gets a switching key to a key of his own reads everything that was ever sealed, so that nothing here is taken from
// anybody's word: the new committee comes from the final chain, its key is recomputed from its public transcript and
// from the commitments of all its custodians, and time has passed since it was approved.
// An ApprovedMigration exists only after all checks: MigrationParty takes nothing else.
#pragma once

#include <vector>

#include "fhe/threshold/migration.hpp"
#include "protocol/keygen_transcript.hpp"

namespace mc::protocol {

/// The new committee as the final chain and the commons' document state it: not yet a shape, for it may be none (R1).
struct ProposedCommittee {
  Hash256 commons;
  Epoch epoch;
  std::uint32_t threshold = 0;
  fhe::ParamsPtr params;
  std::vector<PublicIdentity> identities;
  std::vector<std::uint64_t> galois_elements;
  std::uint64_t approved_s = 0;  // when the chambers approved it, in the chain's time
};

/// What else the decision depends on.
struct MigrationFacts {
  ChainFacts next;               // the new committee's commitments
  std::uint64_t now_s = 0;       // time of the final block: no custodian's own clock, which may jump
  std::uint64_t timelock_s = 0;  // how long members have to object, from approval on
};

class ApprovedMigration {
 public:
  /// `participants`: custodians of the old committee that take part, ascending; they must be t or more. With fewer than
  /// 2t-1 a lie of one of them may go unnoticed (R8), see lies_are_noticed.
  ///   errors  kRefused for an epoch that does not ascend, a committee of n < 2t-1, another parameter set or commons, a
  ///           timelock that has not elapsed, and everything that verify_keygen_transcript refuses; kUnavailable when a
  ///           commitment of the new committee is missing; kInvalidArgument for participants that are not t custodians
  static Result<ApprovedMigration> create(const KeygenSetup& from, const ProposedCommittee& next,
                                          const MigrationFacts& facts, const BoardReader& next_board,
                                          std::vector<CustodianId> participants);

  [[nodiscard]] const KeygenSetup& from() const { return from_; }
  [[nodiscard]] const KeygenSetup& to() const { return to_; }
  [[nodiscard]] const fhe::WidePublicKey& next_key() const { return next_key_; }
  [[nodiscard]] const std::vector<CustodianId>& participants() const { return participants_; }
  /// H of both committees, the new keys' commitment and the participants: named in every message.
  [[nodiscard]] const Hash256& ceremony() const { return ceremony_; }
  [[nodiscard]] bool takes_part(CustodianId custodian) const;
  /// Who reveals a piece: its lowest participating holder.
  [[nodiscard]] CustodianId revealer(fhe::PieceId piece) const;
  /// Participants who hold a piece, ascending.
  [[nodiscard]] std::vector<CustodianId> holders(fhe::PieceId piece) const;
  /// Whether every piece has an honest participant when fewer than t lie (R8).
  [[nodiscard]] bool lies_are_noticed() const { return participants_.size() >= from_.shape.answers_to_detect(); }

 private:
  ApprovedMigration(KeygenSetup from, KeygenSetup to, VerifiedKeygen next, std::vector<CustodianId> participants);
  KeygenSetup from_, to_;
  fhe::WidePublicKey next_key_;
  std::vector<CustodianId> participants_;
  Hash256 ceremony_;
};

}  // namespace mc::protocol
