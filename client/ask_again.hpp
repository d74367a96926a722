// SPDX-License-Identifier: Apache-2.0
// Calls that make a peer execute a question. Peers keep nobody waiting on a line for what somebody else's call
// executes, or for a turn: they say so, and whoever needs the answer asks again (docs/design/0059).
#pragma once

#include <chrono>

#include "client/transport.hpp"

namespace mc::client {

/// Whether nothing is refused: the peer executes what was asked for (protocol::Refusal::kBeingExecuted).
bool is_being_executed(const Error& error);

/// How soon somebody asks again: after a twentieth of the time so far, within these bounds. A place in a peer's line is
/// kept for three times the longest pause.
struct AskingAgain {
  std::chrono::milliseconds pause_min{20};
  std::chrono::milliseconds pause_max{1'000};
  /// As long as a silent line is waited for, too.
  std::chrono::milliseconds give_up_after{std::chrono::hours(24)};
};

/// Transport::post, and again while the peer executes it or has no worker free.
///   errors  Transport::post's; what the peer said last when it is given up
Result<Bytes> post_until_executed(Transport& peer, const std::string& path, ByteView body, std::size_t size_max,
                                  const AskingAgain& again = {});

}  // namespace mc::client
