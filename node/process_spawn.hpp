// SPDX-License-Identifier: Apache-2.0
// fork and exec done once: what a child may inherit, and how its failure to start comes back. Internal to node/process*
// and node/anvil*.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace mc::node {

enum class ChildKind {
  kDetached,  // own session, adopted by init, lives on
  kAttached,  // our child: killed by the kernel when the thread that started it ends; whoever starts it waits for it
};

struct SpawnRequest {
  ChildKind kind = ChildKind::kDetached;
  std::filesystem::path program;
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::filesystem::path working_directory = "/";
  /// Appended to; empty: the child writes where we write.
  std::filesystem::path log_file;
  /// Runs in the caller while the child exists but has not begun to run its program; an error ends the child unrun.
  std::function<Status(pid_t)> before_run;
};

/// Starts the program with standard input empty, default signal handling and no descriptor of ours but the log.
///   errors  what before_run says; kNotFound or kIo with the system's reason, naming the program
Result<pid_t> spawn(const SpawnRequest& request);

}  // namespace mc::node
