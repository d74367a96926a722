// SPDX-License-Identifier: Apache-2.0
// Whether the chain's time goes forward about as fast as this machine's. A chain that lies about time in small steps
// passes every comparison of two readings, and makes a custodian erase the keys of days that have not come yet (R11).
#pragma once

#include <chrono>
#include <cstdint>

#include "base/result.hpp"

namespace mc::node {

class ChainPace {
 public:
  /// Takes note of a reading; the first is believed. `now`: any clock of this machine that goes on while it sleeps; one
  /// that went back counts as one that stood still.
  ///   errors  kRefused chain_time_jump when the chain has gained more than kWindowsJumpMax days since the first
  ///   reading
  Status check(std::uint64_t chain_time_s, std::chrono::seconds now);

 private:
  std::uint64_t first_chain_time_s_ = 0;  // 0: none yet
  std::chrono::seconds first_now_{0};
};

}  // namespace mc::node
