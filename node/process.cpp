// SPDX-License-Identifier: Apache-2.0
#include "node/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "base/file.hpp"
#include "node/limits.hpp"
#include "node/process_spawn.hpp"

namespace mc::node {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::string_view kPidFileWord = "medcommons-pid";
constexpr milliseconds kPollInterval{10};
/// The kernel ends a process after SIGKILL as soon as it leaves its system call; on a sick disk that may never be.
constexpr milliseconds kKillPatience{5'000};

struct ProcessStat {
  char state = '?';
  std::uint64_t threads = 0;
  std::uint64_t start_ticks = 0;
  /// The first thread of a process that is killed may end before the others.
  [[nodiscard]] bool has_ended() const { return (state == 'Z' || state == 'X') && threads <= 1; }
};

/// State, threads and start time from /proc/PID/stat, or nothing when there is no such process.
std::optional<ProcessStat> process_stat(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  // Field 2 is the program's name in parentheses and may itself hold spaces and parentheses: count from the last one.
  const std::size_t close = text.rfind(')');
  if (close == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(close + 1));
  ProcessStat stat;
  fields >> stat.state;
  std::string skipped;
  for (int field = 4; field < 20; ++field) fields >> skipped;
  fields >> stat.threads >> skipped;
  if (!(fields >> stat.start_ticks)) return std::nullopt;
  return stat;
}

std::string current_boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

/// Sends a signal to exactly this process: pidfd_open pins the process before its identity is checked, so it cannot be
/// replaced between check and signal. Kernels without pidfd get kill(2) right after the check.
Status send_signal(const ProcessHandle& process, int number) {
  const int pinned = static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0U));
  int outcome = 0;
  if (is_alive(process)) {
    outcome = pinned >= 0 ? static_cast<int>(::syscall(SYS_pidfd_send_signal, pinned, number, nullptr, 0U))
                          : ::kill(process.pid, number);
  }
  const int reason = errno;
  if (pinned >= 0) ::close(pinned);
  if (outcome == 0 || reason == ESRCH) return {};
  return fail(Code::kIo,
              fmt::format("process {} cannot be sent signal {}: {}", process.pid, number, std::strerror(reason)));
}

bool dies_within(const ProcessHandle& process, milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (is_alive(process)) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kPollInterval);
  }
  return true;
}

std::string with_log_lines(std::string sentence, const std::filesystem::path& log_file) {
  const std::string lines = last_log_lines(log_file);
  if (lines.empty()) return fmt::format("{}; its log {} is empty", sentence, log_file.string());
  return fmt::format("{}; its log {} ends with:\n{}", sentence, log_file.string(), lines);
}

}  // namespace

Result<ProcessHandle> start_detached(const ProcessSpec& spec) {
  if (const auto living = living_process(spec.pid_file)) {
    return fail(Code::kConflict, fmt::format("{} runs already, as process {}", spec.name, living->pid));
  }
  ProcessHandle handle;
  SpawnRequest request;
  request.program = spec.program;
  request.arguments = spec.arguments;
  request.environment = spec.environment;
  request.working_directory = spec.working_directory;
  request.log_file = spec.log_file;
  request.before_run = [&](pid_t pid) -> Status {
    MC_TRY(handle, process_handle(pid));
    return write_pid_file(spec.pid_file, handle);
  };
  if (auto pid = spawn(request); !pid) {
    std::error_code ignored;
    std::filesystem::remove(spec.pid_file, ignored);
    return fail(std::move(pid).error().within(spec.name));
  }
  return handle;
}

Result<ProcessHandle> process_handle(pid_t pid) {
  const auto stat = process_stat(pid);
  if (!stat || stat->has_ended()) return fail(Code::kNotFound, fmt::format("process {} does not run", pid));
  return ProcessHandle{pid, stat->start_ticks, current_boot_id()};
}

bool is_alive(const ProcessHandle& process) {
  const auto current = process_handle(process.pid);
  return current && *current == process;
}

Status write_pid_file(const std::filesystem::path& path, const ProcessHandle& process) {
  const std::string line =
      fmt::format("{} {} {} {}\n", kPidFileWord, process.pid, process.start_ticks, process.boot_id);
  return write_file_atomically(path, view_of(line));
}

Result<ProcessHandle> read_pid_file(const std::filesystem::path& path) {
  MC_TRY(const std::string text, read_text_file(path, kPidFileBytesMax));
  std::istringstream fields(text);
  std::string word;
  ProcessHandle process;
  fields >> word >> process.pid >> process.start_ticks >> process.boot_id;
  // Pids 0 and below address groups of processes: never take them from a file.
  if (!fields || word != kPidFileWord || process.pid <= 1) {
    return fail(Code::kCorrupt, path.string() + ": is not a pid file of medcommons");
  }
  return process;
}

std::optional<ProcessHandle> living_process(const std::filesystem::path& pid_file) {
  auto process = read_pid_file(pid_file);
  if (!process || !is_alive(*process)) return std::nullopt;
  return std::move(*process);
}

Status stop_process(const ProcessHandle& process, milliseconds grace) {
  MC_TRY_STATUS(send_signal(process, SIGTERM));
  if (dies_within(process, grace)) return {};
  MC_TRY_STATUS(send_signal(process, SIGKILL));
  if (dies_within(process, kKillPatience)) return {};
  return fail(Code::kIo, fmt::format("process {} does not end, even by SIGKILL", process.pid));
}

Status wait_until_ready(const ProcessSpec& spec, const ProcessHandle& process, const std::function<bool()>& ready,
                        milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  milliseconds pause = kPollInterval;
  while (true) {
    // Liveness first: a process may become ready and end before we look; what counts is that it runs now.
    const bool alive = is_alive(process);
    if (alive && ready()) return {};
    if (!alive)
      return fail(Code::kUnavailable, with_log_lines(spec.name + " ended before it was ready", spec.log_file));
    if (Clock::now() >= deadline) {
      return fail(
          Code::kUnavailable,
          with_log_lines(fmt::format("{} is not ready after {} ms", spec.name, timeout.count()), spec.log_file));
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, milliseconds(100));
  }
}

Result<bool> start_unless_it_answers(const ProcessSpec& spec, const std::function<bool()>& ready,
                                     milliseconds timeout) {
  if (const auto living = living_process(spec.pid_file)) {
    const Status answers = wait_until_ready(spec, *living, ready, timeout);
    if (answers) return false;
    if (is_alive(*living)) return fail(answers.error());
  }
  MC_TRY(const ProcessHandle handle, start_detached(spec));
  MC_TRY_STATUS(wait_until_ready(spec, handle, ready, timeout));
  return true;
}

std::string last_log_lines(const std::filesystem::path& log_file) {
  std::ifstream file(log_file, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(0, file.tellg()));
  std::string text(std::min(size, kQuotedLogBytesMax), '\0');
  file.seekg(static_cast<std::streamoff>(size - text.size()));
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  for (char& c : text) {
    if (c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)) c = ' ';
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::size_t start = text.size();
  for (std::size_t lines = 0; start != 0; --start) {
    if (text[start - 1] == '\n' && ++lines == kQuotedLogLines) break;
  }
  return text.substr(start);
}

namespace {

struct BoundSocket {
  int descriptor = -1;
  std::uint16_t port = 0;
};

/// Bound to 127.0.0.1:port, alone; without a descriptor if that could not be, and errno says why. Port 0 asks for any.
BoundSocket bound_to(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return {};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t size = sizeof address;
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
      ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    return {descriptor, ntohs(address.sin_port)};
  }
  const int reason = errno;
  ::close(descriptor);
  errno = reason;
  return {};
}

// Below the ports that Linux gives to outgoing connections (ip_local_port_range, 32768 by default): a program that is
// started again on its port must not find somebody's connection there.
constexpr std::uint16_t kPortFirst = 20'000;
constexpr std::uint16_t kPortLast = 32'767;
constexpr int kPortTries = 64;

}  // namespace

Result<std::uint16_t> free_port() {
  MC_TRY(const ReservedPort reserved, ReservedPort::take());
  return reserved.port();
}

Result<ReservedPort> ReservedPort::take() {
  std::random_device entropy;
  std::uniform_int_distribution<std::uint16_t> draw(kPortFirst, kPortLast);
  BoundSocket bound;
  for (int i = 0; i < kPortTries && bound.descriptor < 0; ++i) bound = bound_to(draw(entropy));
  if (bound.descriptor < 0) bound = bound_to(0);
  if (bound.descriptor < 0) return fail(Code::kIo, std::string("no free port on 127.0.0.1: ") + std::strerror(errno));
  // Only now: two reservations must not share a port, a reservation and a server may.
  const int yes = 1;
  ::setsockopt(bound.descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  return ReservedPort(bound.descriptor, bound.port);
}

ReservedPort::ReservedPort(ReservedPort&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), port_(std::exchange(other.port_, 0)) {}

ReservedPort& ReservedPort::operator=(ReservedPort&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(port_, other.port_);
  return *this;
}

ReservedPort::~ReservedPort() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<FolderLock> FolderLock::acquire(const std::filesystem::path& lock_file) {
  const int descriptor = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(Code::kIo, lock_file.string() + ": cannot be opened: " + std::strerror(errno));
  FolderLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return fail(Code::kConflict, "another command works in " + lock_file.parent_path().string());
  }
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace mc::node
