// SPDX-License-Identifier: Apache-2.0
// Whether the chain's time may be believed, by this machine's clock. A chain that lies about time makes a custodian
// erase the keys of days that have not come yet (R11): in small steps it passes every comparison of two readings, and
// at a start there is nothing to compare the first reading with.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/result.hpp"
#include "protocol/release_state.hpp"

namespace mc::node {

class ChainPace {
 public:
  /// `days_ahead_max`: so many days the chain may be ahead of this machine's clock. More than the default only where
  /// somebody said so at the start.
  explicit ChainPace(std::uint32_t days_ahead_max = protocol::kWindowsJumpMax) : days_ahead_max_(days_ahead_max) {}

  /// Takes note of a reading. `now`: this machine's clock since 1970; one that went back counts as one that stood
  /// still. A chain behind the clock is fine: an earlier time erases nothing.
  ///   errors  kRefused chain_time_jump when the chain is more than days_ahead_max days ahead of the clock, or has
  ///           gained more than kWindowsJumpMax days since the first reading
  Status check(std::uint64_t chain_time_s, std::chrono::seconds now);

 private:
  std::uint32_t days_ahead_max_;
  std::uint64_t first_chain_time_s_ = 0;  // 0: none yet
  std::chrono::seconds first_now_{0};
};

/// The first half of ChainPace::check, for a time that decides of keys before there is a pace.
Status check_not_ahead(std::uint64_t chain_time_s, std::chrono::seconds now, std::uint32_t days_ahead_max);

/// This machine's clock since 1970.
std::chrono::seconds clock_now();

}  // namespace mc::node
