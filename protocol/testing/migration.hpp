// SPDX-License-Identifier: Apache-2.0
// For tests only: an old and a new committee, both keyed, and the migration between them.
#pragma once

#include "protocol/migration_party.hpp"
#include "protocol/testing/ceremony.hpp"

namespace mc::protocol::testing {

struct Migrations {
  Ceremony from, to;
  std::map<BoardSlot, BoardMessage> board;  // of the migration
  std::function<void(BoardMessage&)> tamper;

  explicit Migrations(std::uint32_t n = 3, std::uint32_t t = 2, std::uint32_t new_n = 5, std::uint32_t new_t = 3,
                      const fhe::ParamsPtr& params = small_params())
      : from(params, n, t, {}, Epoch(1)), to(params, new_n, new_t, {}, Epoch(2), 500) {
    MC_CHECK(from.run().has_value() && to.run().has_value());
  }

  static BoardReader reader(const std::map<BoardSlot, BoardMessage>& board) {
    return [&board](const BoardSlot& slot) -> Result<BoardMessage> {
      const auto found = board.find(slot);
      if (found == board.end()) return fail(Code::kNotFound, "not on the board");
      return found->second;
    };
  }
  [[nodiscard]] ProposedCommittee proposed() const {
    return {to.setup_.commons, to.setup_.epoch,      to.setup_.shape.threshold(),
            to.setup_.params,  to.setup_.identities, to.setup_.galois_elements,
            1'000'000};
  }
  [[nodiscard]] MigrationFacts facts() const { return {to.facts_, 1'000'000 + 7 * 86'400, 7 * 86'400}; }
  [[nodiscard]] std::vector<CustodianId> all_old() const { return from.setup_.everyone(); }
  [[nodiscard]] Result<ApprovedMigration> approve(const ProposedCommittee& next, const MigrationFacts& known) const {
    return ApprovedMigration::create(from.setup_, next, known, reader(to.board_), all_old());
  }
  [[nodiscard]] ApprovedMigration approved() const { return approve(proposed(), facts()).value_or_stop(); }
  [[nodiscard]] ApprovedMigration approved_by(std::vector<std::uint32_t> who) const {
    std::vector<CustodianId> participants;
    for (const std::uint32_t c : who) participants.push_back(custodian(c));
    return ApprovedMigration::create(from.setup_, proposed(), facts(), reader(to.board_), participants).value_or_stop();
  }

  /// What old custodian c keeps after key generation.
  [[nodiscard]] ReleaseState state(std::uint32_t c) const {
    return make_release_state(*from.setup_.params, from.parties_[c].secrets(), numbered_key(c), fhe::Window(1));
  }
  [[nodiscard]] MigrationParty party(const ApprovedMigration& approved, std::uint32_t c) const {
    return MigrationParty::create(approved, custodian(c), numbered_identity(c), state(c)).value_or_stop();
  }
  Status turn(MigrationParty& party) {
    MC_TRY(std::vector<BoardMessage> messages, party.advance());
    for (BoardMessage& message : messages) {
      if (tamper) tamper(message);
      board.try_emplace(message.slot, std::move(message));
    }
    for (const BoardSlot& slot : party.wanted()) {
      const auto found = board.find(slot);
      if (found != board.end()) MC_TRY_STATUS(party.receive(found->second));
    }
    return {};
  }
  /// All participants in turn until they have finished; the first error otherwise.
  Result<fhe::MigrationKey> run(const ApprovedMigration& approved) {
    std::vector<MigrationParty> parties;
    for (const CustodianId c : approved.participants()) parties.push_back(party(approved, c.value));
    for (int round = 0; round < 100; ++round) {
      bool all = true;
      for (MigrationParty& one : parties) {
        MC_TRY_STATUS(turn(one));
        all = all && one.finished();
      }
      if (all) return parties.back().key();
    }
    return fail(Code::kUnavailable, "the migration does not end");
  }
};

}  // namespace mc::protocol::testing
