// SPDX-License-Identifier: Apache-2.0
// How a role process learns that it should end: SIGTERM or SIGINT become a wait that returns.
#pragma once

#include <chrono>

#include "base/result.hpp"

namespace mc::node {

/// Make one at the start of main, before any thread: it blocks SIGTERM, SIGINT and SIGHUP in this thread and all
/// threads made later, and ignores SIGPIPE, so that a peer that hangs up is an error of one write and not the end of
/// the process.
class ShutdownSignal {
 public:
  static Result<ShutdownSignal> install();
  ShutdownSignal(ShutdownSignal&& other) noexcept;
  ShutdownSignal& operator=(ShutdownSignal&& other) noexcept;
  /// Leaves the signals blocked: a second SIGTERM during an orderly end changes nothing.
  ~ShutdownSignal();

  /// Waits for a signal; its number.
  int wait();
  /// True if a signal came within `timeout`.
  bool wait_for(std::chrono::milliseconds timeout);

 private:
  explicit ShutdownSignal(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace mc::node
