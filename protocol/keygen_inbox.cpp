// SPDX-License-Identifier: Apache-2.0
#include "protocol/keygen_inbox.hpp"

#include "protocol/keygen_bodies.hpp"

namespace mc::protocol {

Status KeygenInbox::check(const BoardMessage& message) const {
  const BoardSlot& slot = message.slot;
  const fhe::CommitteeShape& shape = setup_->shape;
  if (message.ceremony != ceremony_) {
    return fail(Code::kRefused, "board message " + slot.name() + " belongs to ceremony " + message.ceremony.hex() +
                                    ", this is ceremony " + ceremony_.hex());
  }
  bool possible = shape.is_custodian(slot.sender);
  switch (slot.round) {
    case Round::kContributionReveal:
      possible = possible && slot.subject < shape.custodians() && slot.subject != slot.sender.value;
      break;
    case Round::kShareReveal:
    case Round::kRelinReveal:
      possible = possible && shape.is_piece(fhe::PieceId(slot.subject)) &&
                 shape.lowest_holder(fhe::PieceId(slot.subject)) == slot.sender;
      break;
    default:
      possible = possible && slot.subject == 0;
  }
  if (!possible) {
    return fail(Code::kRefused, "board slot " + slot.name() + " does not exist in a " + shape.text() + " ceremony");
  }
  const std::size_t bytes_max = board_body_bytes_max(*setup_->params, shape);
  if (message.body.size() > bytes_max) {
    return fail(Code::kLimit, "board message " + slot.name() + " has " + std::to_string(message.body.size()) +
                                  " bytes, the limit is " + std::to_string(bytes_max));
  }
  if (!verify_board_message(setup_->identities[slot.sender.value], message)) {
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
      return !setup_->shape.holds(self_, fhe::PieceId(slot.subject));
    default:
      return true;
  }
}

Status KeygenInbox::receive(BoardMessage message) {
  MC_TRY_STATUS(check(message));
  const Hash256 hash = sha256(message.body);
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

void KeygenInbox::record_own(const BoardSlot& slot, ByteView body) {
  seen_.emplace(slot, sha256(body));
  if (slot.subject == 0 && is_for_us(slot)) bodies_.emplace(slot, Bytes(body.begin(), body.end()));
}

std::vector<BoardSlot> KeygenInbox::missing(Round round) const {
  std::vector<BoardSlot> slots;
  const auto want = [&](const BoardSlot& slot) {
    if (is_for_us(slot) && !seen_.contains(slot)) slots.push_back(slot);
  };
  switch (round) {
    case Round::kContributionCommit:
    case Round::kShareCommit:
    case Round::kRelinCommit:
      for (const CustodianId c : setup_->everyone()) want({round, c, 0});
      break;
    case Round::kContributionReveal:
      for (const CustodianId c : setup_->everyone()) {
        if (c != self_) want({round, c, self_.value});
      }
      break;
    case Round::kShareReveal:
    case Round::kRelinReveal:
      for (const fhe::PieceId piece : setup_->shape.pieces()) {
        want({round, setup_->shape.lowest_holder(piece), piece.value});
      }
      break;
  }
  return slots;
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
