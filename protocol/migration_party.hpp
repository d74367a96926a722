// SPDX-License-Identifier: Apache-2.0
// One old custodian's part in making the switching key to a new committee (R12), as a state machine like keygen_party:
// messages in, messages out; no socket, no clock, no disk.
//
//   hashes of the shares of all own pieces -> (all participants' hashes agree, R8) -> bytes by each piece's lowest
//   participating holder -> the sum, a switching key
//
// Shares are functions of the pieces' secret keys and of the new key (R5): a restart, another holder or another set of
// participants leads to the same key, byte for byte. Who only watches, a node or an auditor, takes verify_migration.
#pragma once

#include <memory>
#include <vector>

#include "protocol/migration_setup.hpp"
#include "protocol/release_state.hpp"

namespace mc::protocol {

class MigrationParty {
 public:
  /// `approved` outlives the party.
  ///   errors  kInvalidArgument when self takes no part, the signer is not registered, or the secrets are of another
  ///           custodian, committee, epoch or parameter set; kConflict when they are not its pieces
  static Result<MigrationParty> create(const ApprovedMigration& approved, CustodianId self, CustodianSigner signer,
                                       const ReleaseState& state);
  MigrationParty(MigrationParty&&) noexcept;
  MigrationParty& operator=(MigrationParty&&) noexcept;
  ~MigrationParty();

  /// Any order; a repeat is ignored. Refuses, without harm: another ceremony, a slot that does not exist, a bad
  /// signature, too large a body, a second content in one slot (kConflict).
  Status receive(BoardMessage message);
  /// Messages to post; at most one large one: call again until it is empty. An error is final and names who lied about
  /// what.
  Result<std::vector<BoardMessage>> advance();
  /// Slots this party lacks now; of large ones the first few.
  [[nodiscard]] std::vector<BoardSlot> wanted() const;
  [[nodiscard]] bool finished() const;
  /// After finished(); MC_CHECK before.
  [[nodiscard]] const fhe::MigrationKey& key() const;

 private:
  struct Impl;
  explicit MigrationParty(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The switching key, recomputed from the board alone: signatures, hashes committed to before any reveal, agreement of
/// the participating holders, the sum. What nodes and the new custodians trust instead of a key that they are handed.
///   errors  the first mismatch, with who and what: kRefused; the reader's error when a message is missing
Result<fhe::MigrationKey> verify_migration(const ApprovedMigration& approved, const BoardReader& board);

}  // namespace mc::protocol
