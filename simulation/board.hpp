// SPDX-License-Identifier: Apache-2.0
// The board of a simulated ceremony: a relay that takes only messages which it is told to accept, and keeps the first
// of every slot. What is posted and fetched travels over the bad wire.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "protocol/board_message.hpp"
#include "simulation/world.hpp"

namespace mc::simulation {

/// Not thread-safe; lives as long as the ceremony, for events refer to it.
class Board {
 public:
  /// `accepts`: whether a message is one of this ceremony, signed by its slot's owner.
  Board(World& world, std::size_t body_bytes_max, std::function<bool(const protocol::BoardMessage&)> accepts)
      : world_(world), body_bytes_max_(body_bytes_max), accepts_(std::move(accepts)) {}

  void post(const Bytes& message);
  [[nodiscard]] bool contains(const protocol::BoardSlot& slot) const { return messages_.contains(slot); }
  /// Sends what is in the slot, if something is and none is under way to this custodian.
  void fetch(CustodianId to, const protocol::BoardSlot& slot, std::function<void(protocol::BoardMessage)> deliver);
  /// For whoever reads the board afterwards, over a good wire.
  [[nodiscard]] Result<protocol::BoardMessage> read(const protocol::BoardSlot& slot) const;

 private:
  World& world_;
  std::size_t body_bytes_max_;
  std::function<bool(const protocol::BoardMessage&)> accepts_;
  std::map<protocol::BoardSlot, Bytes> messages_;
  std::set<std::pair<CustodianId, protocol::BoardSlot>> under_way_;
};

}  // namespace mc::simulation
