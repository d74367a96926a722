// SPDX-License-Identifier: Apache-2.0
// When members left the roll and came back, and which accounts are the same member's: from the chain's events, because
// its state tells the present only, and old states are not kept by every node.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "governance/commons_chain.hpp"

namespace mc::client {

/// Blocks from the first (exclusive: what happened in it was before) to the second (inclusive).
using Absence = std::pair<std::uint64_t, std::uint64_t>;

class RollEvents {
 public:
  /// Everything that the membership contract has logged.
  ///   errors  the chain's
  static Result<RollEvents> read(const governance::CommonsChain& chain);
  /// The same of logs in the order of the chain. Others than MemberAdmitted, MemberRemoved and KeyRotated say nothing.
  explicit RollEvents(std::span<const governance::Log> logs);

  /// The account with which the member was admitted to whom this one belongs or belonged; itself when never rotated.
  [[nodiscard]] governance::Address identity_of(const governance::Address& account) const;
  /// When the member was not on the roll after her first admission, in the order of the blocks.
  [[nodiscard]] std::vector<Absence> absences(const governance::Address& identity) const;

 private:
  std::map<governance::Address, governance::Address> identities_;
  std::map<governance::Address, std::vector<Absence>> absences_;
};

}  // namespace mc::client
