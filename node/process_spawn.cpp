// SPDX-License-Identifier: Apache-2.0
#include "node/process_spawn.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

namespace mc::node {
namespace {

/// What the child says to the caller: first that it exists, then, only if that failed, why its program does not run.
struct ChildMessage {
  pid_t pid = 0;
  int error = 0;
};

class Pipe {
 public:
  Pipe() { open_ = ::pipe2(ends_.data(), O_CLOEXEC) == 0; }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_read();
    close_write();
  }
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] int read_end() const { return ends_[0]; }
  [[nodiscard]] int write_end() const { return ends_[1]; }
  void close_read() { close_end(0); }
  void close_write() { close_end(1); }

 private:
  void close_end(std::size_t end) {
    if (ends_[end] >= 0) ::close(ends_[end]);
    ends_[end] = -1;
  }
  std::array<int, 2> ends_{-1, -1};
  bool open_ = false;
};

/// argv, envp and paths, made before fork: between fork and exec a threaded program may only call what is safe in a
/// signal handler, and that excludes every allocation.
struct PreparedChild {
  explicit PreparedChild(const SpawnRequest& request)
      : program(std::filesystem::absolute(request.program)), folder(request.working_directory) {
    texts.push_back(program);
    texts.insert(texts.end(), request.arguments.begin(), request.arguments.end());
    std::map<std::string, std::string> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string text = *entry;
      const std::size_t equals = text.find('=');
      if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
    }
    for (const auto& [name, value] : request.environment) variables[name] = value;
    for (const auto& [name, value] : variables) settings.push_back(name + "=" + value);
    for (std::string& text : texts) argv.push_back(text.data());
    argv.push_back(nullptr);
    for (std::string& text : settings) envp.push_back(text.data());
    envp.push_back(nullptr);
  }

  std::string program;
  std::string folder;
  std::vector<std::string> texts;
  std::vector<std::string> settings;
  std::vector<char*> argv;
  std::vector<char*> envp;
  int log = -1;
};

void send_message(int descriptor, ChildMessage message) {
  // Smaller than PIPE_BUF: written whole or not at all.
  [[maybe_unused]] const ssize_t written = ::write(descriptor, &message, sizeof message);
}

bool receive_message(int descriptor, ChildMessage& message) {
  while (true) {
    const ssize_t got = ::read(descriptor, &message, sizeof message);
    if (got < 0 && errno == EINTR) continue;
    return got == sizeof message;
  }
}

/// The child's side, after fork; never returns and never allocates.
[[noreturn]] void run_child(const PreparedChild& child, ChildKind kind, pid_t parent, int report, int permit) {
  const auto give_up = [&] {
    send_message(report, {::getpid(), errno});
    ::_exit(127);
  };
  if (kind == ChildKind::kAttached) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up();
    if (::getppid() != parent) ::_exit(127);  // the parent died before the line above
  }
  send_message(report, {::getpid(), 0});
  char go = 0;
  ssize_t got = 0;
  while ((got = ::read(permit, &go, 1)) < 0 && errno == EINTR) {
  }
  if (got != 1) ::_exit(127);  // the caller died or changed its mind

  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0) give_up();
  if (child.log >= 0 && (::dup2(child.log, STDOUT_FILENO) < 0 || ::dup2(child.log, STDERR_FILENO) < 0)) give_up();
  if (::chdir(child.folder.c_str()) != 0) give_up();
  // On exec, so that `report` can still tell why exec failed. Old kernels: every descriptor of ours is O_CLOEXEC
  // anyway.
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  ::execve(child.program.c_str(), child.argv.data(), child.envp.data());
  give_up();
  ::_exit(127);
}

tl::unexpected<Error> start_error(const std::filesystem::path& program, int error) {
  const Code code = error == ENOENT ? Code::kNotFound : Code::kIo;
  return fail(code, program.string() + ": cannot be started: " + std::strerror(error));
}

/// Forks; for a detached child twice, so that init and not we adopts and reaps it. The first child's pid, or -1.
pid_t fork_child(const PreparedChild& child, ChildKind kind, Pipe& report, Pipe& permit) {
  const pid_t parent = ::getpid();
  const pid_t first = ::fork();
  if (first != 0) return first;
  if (kind == ChildKind::kDetached) {
    ::setsid();
    const pid_t second = ::fork();
    if (second < 0) send_message(report.write_end(), {0, errno});
    if (second != 0) ::_exit(0);
  }
  // Held open here, it would hide the caller's death from the read below.
  ::close(permit.write_end());
  run_child(child, kind, parent, report.write_end(), permit.read_end());
}

void reap(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// Holds the log file open until the child has its own descriptor of it.
class LogFile {
 public:
  explicit LogFile(const std::filesystem::path& path) {
    if (!path.empty()) descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

}  // namespace

Result<pid_t> spawn(const SpawnRequest& request) {
  PreparedChild child(request);
  const LogFile log(request.log_file);
  if (!request.log_file.empty() && log.descriptor() < 0) {
    return fail(Code::kIo, request.log_file.string() + ": cannot be opened for writing: " + std::strerror(errno));
  }
  child.log = log.descriptor();
  Pipe report;
  Pipe permit;
  if (!report.is_open() || !permit.is_open()) return start_error(request.program, errno);

  const pid_t first = fork_child(child, request.kind, report, permit);
  if (first < 0) return start_error(request.program, errno);
  report.close_write();
  const bool detached = request.kind == ChildKind::kDetached;
  if (detached) reap(first);
  const auto abandon = [&](auto error) -> Result<pid_t> {
    permit.close_write();
    if (!detached) reap(first);
    return error;
  };

  ChildMessage message;
  if (!receive_message(report.read_end(), message)) return abandon(start_error(request.program, ECHILD));
  if (message.error != 0) return abandon(start_error(request.program, message.error));
  const pid_t pid = message.pid;
  if (request.before_run) {
    if (Status status = request.before_run(pid); !status) return abandon(fail(std::move(status).error()));
  }
  // Our own read end is still open, so a child that died meanwhile cannot make this a SIGPIPE; that it died is noticed
  // by whoever waits for the program to become ready.
  const char go = 1;
  [[maybe_unused]] const ssize_t written = ::write(permit.write_end(), &go, 1);
  // End of file is the good case: exec closed the child's end.
  if (receive_message(report.read_end(), message)) return abandon(start_error(request.program, message.error));
  return pid;
}

}  // namespace mc::node
