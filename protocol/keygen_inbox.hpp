// SPDX-License-Identifier: Apache-2.0
// What one custodian has accepted from the board. It alone decides what counts as a message: right ceremony, a slot
// that exists, a signature by the slot's owner, and one content per slot for ever.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "protocol/keygen_setup.hpp"

namespace mc::protocol {

/// Every slot of a round, whoever it is for: commits by custodian, boxes by sender and recipient, reveals by item and
/// in piece order.
std::vector<BoardSlot> keygen_slots(const KeygenSetup& setup, Round round);

/// kRefused for another ceremony, a slot that does not exist or a bad signature; kLimit for too large a body.
/// `hash`: sha256 of the message's body, as the caller has computed it.
Status check_board_message(const KeygenSetup& setup, const Hash256& ceremony, const BoardMessage& message,
                           const Hash256& hash);

class KeygenInbox {
 public:
  /// `setup` outlives the inbox.
  KeygenInbox(const KeygenSetup& setup, CustodianId self) : setup_(&setup), ceremony_(setup.ceremony()), self_(self) {}

  /// Any order; a repeat is ignored, and so is what is not for us. Refuses without changing anything: another ceremony,
  /// an impossible slot, too large a body, a bad signature, a second content in one slot (kConflict).
  Status receive(BoardMessage message);
  /// What we say ourselves, with its hash. Commitments are kept with the others' to be compared.
  void record_own(const BoardSlot& slot, ByteView body, const Hash256& hash);

  /// The slots of one round that we need and lack; of Round::kGaloisReveal those of one `item`.
  [[nodiscard]] std::vector<BoardSlot> missing(Round round, std::uint32_t item = 0) const;
  struct Accepted {
    BoardSlot slot;
    Bytes body;
    Hash256 hash;
  };
  /// Any message of this round (and item, for Round::kGaloisReveal) that was not taken yet; it is handed out once.
  std::optional<Accepted> take_any(Round round, std::uint32_t item = 0);
  /// A message that missing() no longer names and that was not taken yet (MC_CHECK); it is handed out once.
  Bytes take(const BoardSlot& slot);
  /// The hash lists of one commit round by custodian: `fixed` hashes, then `per_piece` for each piece of the sender.
  Result<std::vector<std::vector<Hash256>>> take_hash_lists(Round round, std::size_t fixed, std::size_t per_piece);

  [[nodiscard]] const Hash256& ceremony() const { return ceremony_; }

 private:
  [[nodiscard]] bool is_for_us(const BoardSlot& slot) const;

  const KeygenSetup* setup_;
  Hash256 ceremony_;
  CustodianId self_;
  std::map<BoardSlot, Hash256> seen_;  // hash of every accepted body, our own too
  std::map<BoardSlot, Bytes> bodies_;  // not taken yet
};

}  // namespace mc::protocol
