// SPDX-License-Identifier: Apache-2.0
// Waiting for what the chain's clock decides. That clock may be ahead of this machine's or behind it, and a chain that
// makes blocks only for transactions shows an old time while it is idle: what counts is what the contract says.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "governance/rpc.hpp"

namespace mc::node {

/// Longer than this is not waited for.
inline constexpr std::uint64_t kDueWaitSecondsMax = 60;

/// The chain's time now as far as it can be told: its newest block's, or this machine's where that is later.
Result<std::uint64_t> chain_now_s(governance::Chain& chain);

/// What waits for the chain's clock.
struct Due {
  std::uint64_t at_s = 0;    // from when on the contract allows it
  std::string_view refusal;  // the contract's error until then
  std::string what;          // "study … is approved", for the sentence
};

/// Does what the contract refuses until its time has come; waits for that.
///   errors  kUnavailable when it is more than kDueWaitSecondsMax away; every other refusal of `action`
Status do_when_due(governance::Chain& chain, const Due& due, const std::function<Status()>& action);

}  // namespace mc::node
