// SPDX-License-Identifier: Apache-2.0
#include "simulation/board.hpp"

namespace mc::simulation {

void Board::post(const Bytes& message) {
  world_.send(message, [this](const Bytes& arrived) {
    const auto decoded = protocol::decode_board_message(arrived, body_bytes_max_);
    if (decoded && accepts_(*decoded)) messages_.try_emplace(decoded->slot, arrived);
  });
}

void Board::fetch(CustodianId to, const protocol::BoardSlot& slot,
                  std::function<void(protocol::BoardMessage)> deliver) {
  const auto found = messages_.find(slot);
  if (found == messages_.end() || !under_way_.insert({to, slot}).second) return;
  // Whatever becomes of the answer, it may be asked for again after a while.
  world_.after(world_.faults().delay_max + 1, [this, key = std::pair(to, slot)] { under_way_.erase(key); });
  world_.send(found->second, [this, deliver = std::move(deliver)](const Bytes& arrived) {
    auto message = protocol::decode_board_message(arrived, body_bytes_max_);
    if (message) deliver(std::move(*message));
  });
}

Result<protocol::BoardMessage> Board::read(const protocol::BoardSlot& slot) const {
  const auto found = messages_.find(slot);
  if (found == messages_.end()) return fail(Code::kNotFound, "the board has no " + slot.name());
  return protocol::decode_board_message(found->second, body_bytes_max_);
}

}  // namespace mc::simulation
