// SPDX-License-Identifier: Apache-2.0
// Background processes that outlive the terminal: started detached, remembered by a pid file, ended only if they are
// still the process that was started. A pid alone is never trusted: the kernel reuses it; pid, start time and boot
// together name one process for ever.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace mc::node {

/// One process, never confused with a later one that got the same pid.
struct ProcessHandle {
  pid_t pid = 0;
  /// Field 22 of /proc/PID/stat: clock ticks between boot and start.
  std::uint64_t start_ticks = 0;
  /// /proc/sys/kernel/random/boot_id when it was started.
  std::string boot_id;

  friend bool operator==(const ProcessHandle&, const ProcessHandle&) = default;
};

struct ProcessSpec {
  /// For messages: "custodian-2".
  std::string name;
  std::filesystem::path program;
  std::vector<std::string> arguments;
  /// Added to this process's environment.
  std::vector<std::pair<std::string, std::string>> environment;
  std::filesystem::path working_directory = "/";
  /// Receives standard output and standard error, appended; made with mode 0600.
  std::filesystem::path log_file;
  /// Written before the program starts to run: if the caller dies in between, no program runs without a pid file.
  std::filesystem::path pid_file;
};

/// Starts `spec.program` detached: own session, adopted by init, standard input empty, no open file of ours.
///   errors  kConflict if the pid file names a process that lives; kNotFound or kIo when the program cannot be run
Result<ProcessHandle> start_detached(const ProcessSpec& spec);

/// The handle of a running process, e.g. our own; kNotFound when there is none. A zombie does not count as running, as
/// soon as its last thread has ended: until then it keeps its files and its port.
Result<ProcessHandle> process_handle(pid_t pid);

/// True while exactly this process runs. False for a zombie and for another process with its pid.
[[nodiscard]] bool is_alive(const ProcessHandle& process);

Status write_pid_file(const std::filesystem::path& path, const ProcessHandle& process);
/// kNotFound when there is no file, kCorrupt when it is not one of ours.
Result<ProcessHandle> read_pid_file(const std::filesystem::path& path);
/// The process named by the pid file if it lives; nothing when the file is absent, unreadable or names a dead process.
[[nodiscard]] std::optional<ProcessHandle> living_process(const std::filesystem::path& pid_file);

/// SIGTERM, and SIGKILL when it still runs after `grace`. Fine when it is dead already; kIo if it will not die.
Status stop_process(const ProcessHandle& process, std::chrono::milliseconds grace);

/// Polls `ready` until it is true. Ends early when the process dies.
///   errors  kUnavailable: name, what happened, and the last lines of its log
Status wait_until_ready(const ProcessSpec& spec, const ProcessHandle& process, const std::function<bool()>& ready,
                        std::chrono::milliseconds timeout);

/// Starts it, unless the process that its pid file names answers. One that lives and does not is waited for, for it may
/// have been killed a moment ago and still be dying. True when it was started.
///   errors  start_detached's; wait_until_ready's, also of one that lives on and never answers
Result<bool> start_unless_it_answers(const ProcessSpec& spec, const std::function<bool()>& ready,
                                     std::chrono::milliseconds timeout);

/// The last lines of a log, at most kQuotedLogLines, control characters removed; empty if there is none.
std::string last_log_lines(const std::filesystem::path& log_file);

/// A TCP port on 127.0.0.1 that was free a moment ago. Prefer port 0 and asking the server: this is for programs
/// (anvil) that must be told.
Result<std::uint16_t> free_port();

/// A TCP port on 127.0.0.1 that free_port and other reservations of this machine do not give away while this lives. It
/// is bound and not listened on: a server that reuses addresses, as HttpServer does, can listen there meanwhile. Not
/// inherited by started processes.
class ReservedPort {
 public:
  static Result<ReservedPort> take();
  ReservedPort(ReservedPort&& other) noexcept;
  ReservedPort& operator=(ReservedPort&& other) noexcept;
  ~ReservedPort();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  ReservedPort(int descriptor, std::uint16_t port) : descriptor_(descriptor), port_(port) {}
  int descriptor_ = -1;
  std::uint16_t port_ = 0;
};

/// Holds a lock file for as long as it lives, so that one command at a time works on a folder. Released by the kernel
/// if the process dies; not inherited by started processes.
class FolderLock {
 public:
  /// kConflict "another command works in DIR" when held elsewhere.
  static Result<FolderLock> acquire(const std::filesystem::path& lock_file);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace mc::node
