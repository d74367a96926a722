// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_inbox.hpp"

#include <algorithm>

#include "protocol/keygen_bodies.hpp"

namespace mc::protocol {
namespace {

// Items of the reveals of a round: shares of round 1 come one by one, Galois keys too.
std::uint32_t item_count(const KeygenSetup& setup, Round round) {
  switch (round) {
    case Round::kShareReveal:
      return kRelinItem + 1;
    case Round::kGaloisReveal:
      return static_cast<std::uint32_t>(setup.galois_elements.size());
    default:
      return 1;
  }
}

bool slot_exists(const KeygenSetup& setup, const BoardSlot& slot) {
  const fhe::CommitteeShape& shape = setup.shape;
  if (!shape.is_custodian(slot.sender) || slot.item >= item_count(setup, slot.round)) return false;
  switch (slot.round) {
    case Round::kContributionCommit:
    case Round::kShareCommit:
    case Round::kRelinCommit:
      return slot.subject == 0;
    case Round::kContributionReveal:
      return slot.subject < shape.custodians() && slot.subject != slot.sender.value;
    case Round::kShareReveal:
    case Round::kRelinReveal:
    case Round::kGaloisReveal:
      return shape.is_piece(fhe::PieceId(slot.subject)) &&
             shape.lowest_holder(fhe::PieceId(slot.subject)) == slot.sender;
    case Round::kMigrationCommit:
    case Round::kMigrationReveal:
      break;
  }
  return false;
}

}  // namespace

std::vector<BoardSlot> keygen_slots(const KeygenSetup& setup, Round round) {
  std::vector<BoardSlot> slots;
  switch (round) {
    case Round::kContributionReveal:
      for (const CustodianId from : setup.everyone()) {
        for (const CustodianId to : setup.everyone()) {
          if (from != to) slots.push_back({round, from, to.value});
        }
      }
      break;
    case Round::kShareReveal:
    case Round::kRelinReveal:
    case Round::kGaloisReveal:
      for (std::uint32_t item = 0; item < item_count(setup, round); ++item) {
        for (const fhe::PieceId piece : setup.shape.pieces()) {
          slots.push_back({round, setup.shape.lowest_holder(piece), piece.value, item});
        }
      }
      break;
    default:
      for (const CustodianId c : setup.everyone()) slots.push_back({round, c, 0});
  }
  return slots;
}

Status check_board_message(const KeygenSetup& setup, const Hash256& ceremony, const BoardMessage& message,
                           const Hash256& hash) {
  const BoardSlot& slot = message.slot;
  const fhe::CommitteeShape& shape = setup.shape;
  if (message.ceremony != ceremony) {
    return fail(Code::kRefused, "board message " + slot.name() + " belongs to ceremony " + message.ceremony.hex() +
                                    ", this is ceremony " + ceremony.hex());
  }
  if (!slot_exists(setup, slot)) {
    return fail(Code::kRefused, "board slot " + slot.name() + " does not exist in a " + shape.text() + " ceremony");
  }
  const std::size_t bytes_max = board_body_bytes_max(*setup.params, shape);
  if (message.body.size() > bytes_max) {
    return fail(Code::kLimit, "board message " + slot.name() + " has " + std::to_string(message.body.size()) +
                                  " bytes, the limit is " + std::to_string(bytes_max));
  }
  if (!verify_board_message(setup.identities[slot.sender.value], message, hash)) {
    return fail(Code::kRefused, "board message " + slot.name() + " is not signed by " + custodian_text(slot.sender));
  }
  return {};
}

// Sealed boxes of others are unreadable to us, and shares of our own pieces we compute ourselves.
bool KeygenInbox::is_for_us(const BoardSlot& slot) const {
  switch (slot.round) {
    case Round::kContributionReveal:
      return slot.subject == self_.value;
    case Round::kShareReveal:
    case Round::kRelinReveal:
    case Round::kGaloisReveal:
      return !setup_->shape.holds(self_, fhe::PieceId(slot.subject));
    default:
      return true;
  }
}

Status KeygenInbox::receive(BoardMessage message) {
  const Hash256 hash = sha256(message.body);
  MC_TRY_STATUS(check_board_message(*setup_, ceremony_, message, hash));
  const auto known = seen_.find(message.slot);
  if (known != seen_.end()) {
    if (known->second == hash) return {};
    return fail(Code::kConflict, custodian_text(message.slot.sender) +
                                     " has signed two different messages for board slot " + message.slot.name());
  }
  // Our own messages of before a restart: we say them again ourselves, and compare when they come back.
  if (message.slot.sender == self_ || !is_for_us(message.slot)) return {};
  seen_.emplace(message.slot, hash);
  bodies_.emplace(message.slot, std::move(message.body));
  return {};
}

void KeygenInbox::record_own(const BoardSlot& slot, ByteView body, const Hash256& hash) {
  seen_.emplace(slot, hash);
  if (slot.subject == 0 && is_for_us(slot)) bodies_.emplace(slot, Bytes(body.begin(), body.end()));
}

std::vector<BoardSlot> KeygenInbox::missing(Round round, std::uint32_t item) const {
  std::vector<BoardSlot> slots = keygen_slots(*setup_, round);
  std::erase_if(slots, [&](const BoardSlot& slot) {
    return (round == Round::kGaloisReveal && slot.item != item) || !is_for_us(slot) || seen_.contains(slot) ||
           (round == Round::kContributionReveal && slot.sender == self_);
  });
  return slots;
}

std::optional<KeygenInbox::Accepted> KeygenInbox::take_any(Round round, std::uint32_t item) {
  const auto found = std::ranges::find_if(bodies_, [&](const auto& entry) {
    return entry.first.round == round && (round != Round::kGaloisReveal || entry.first.item == item);
  });
  if (found == bodies_.end()) return std::nullopt;
  auto node = bodies_.extract(found);
  const Hash256 hash = seen_.at(node.key());
  return Accepted{node.key(), std::move(node.mapped()), hash};
}

Bytes KeygenInbox::take(const BoardSlot& slot) {
  auto node = bodies_.extract(slot);
  MC_CHECK(!node.empty());
  return std::move(node.mapped());
}

Result<std::vector<std::vector<Hash256>>> KeygenInbox::take_hash_lists(Round round, std::size_t fixed,
                                                                       std::size_t per_piece) {
  std::vector<std::vector<Hash256>> lists;
  for (const CustodianId c : setup_->everyone()) {
    const BoardSlot slot{round, c, 0};
    const std::size_t count = fixed + per_piece * setup_->shape.pieces_of(c).size();
    MC_TRY(std::vector<Hash256> list, decode_hash_list(take(slot), count, "board message " + slot.name()));
    lists.push_back(std::move(list));
  }
  return lists;
}

}  // namespace mc::protocol
