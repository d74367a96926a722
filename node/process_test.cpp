// SPDX-License-Identifier: Apache-2.0
#include "node/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>
#include <thread>

#include "base/file.hpp"
#include "node/http_server.hpp"
#include "node/logging.hpp"
#include "node/process_shutdown.hpp"
#include "node/process_spawn.hpp"

namespace mc::node {
namespace {

using namespace std::chrono_literals;

/// A folder of its own, and a shell script as the process; whatever still runs at the end is ended.
class Process : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "medcommons-process-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    const auto living = living_process(folder_ / "pid");
    if (living) {
      EXPECT_TRUE(stop_process(*living, 0ms));
    }
    std::filesystem::remove_all(folder_);
  }
  ProcessSpec shell(const std::string& script) {
    ProcessSpec spec;
    spec.name = "custodian-2";
    spec.program = "/bin/sh";
    spec.arguments = {"-c", script};
    spec.working_directory = folder_;
    spec.log_file = folder_ / "log";
    spec.pid_file = folder_ / "pid";
    return spec;
  }
  std::string text(const std::string& file) { return read_text_file(folder_ / file, 1 << 20).value_or(""); }
  bool appears(const std::string& file) {
    for (int i = 0; i < 500 && !std::filesystem::exists(folder_ / file); ++i) std::this_thread::sleep_for(10ms);
    return std::filesystem::exists(folder_ / file);
  }
  std::filesystem::path folder_;
};

TEST_F(Process, StartsRunsAndStops) {
  const auto process = start_detached(shell("touch started; exec sleep 100")).value_or_stop();
  EXPECT_TRUE(appears("started"));
  EXPECT_TRUE(is_alive(process));
  EXPECT_EQ(*living_process(folder_ / "pid"), process);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(stop_process(process, 5s));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
  EXPECT_FALSE(is_alive(process));
  EXPECT_FALSE(living_process(folder_ / "pid"));
  EXPECT_TRUE(stop_process(process, 5s)) << "stopping twice is fine";
}

TEST_F(Process, OneThatIgnoresSigtermIsKilledAfterItsGrace) {
  const auto process =
      start_detached(shell("trap '' TERM; touch started; while :; do sleep 0.05; done")).value_or_stop();
  ASSERT_TRUE(appears("started"));
  EXPECT_TRUE(stop_process(process, 200ms));
  EXPECT_FALSE(is_alive(process));
}

TEST_F(Process, BelongsToASessionOfItsOwnAndIsNotOurChild) {
  const auto process = start_detached(shell("exec sleep 100")).value_or_stop();
  EXPECT_NE(::getsid(process.pid), ::getsid(0));
  EXPECT_EQ(::waitpid(process.pid, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
  EXPECT_TRUE(stop_process(process, 1s));
}

TEST_F(Process, HasItsLogAndNoOtherDescriptorOfOurs) {
  const int leaky = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC, as a careless library would
  const auto process = start_detached(shell("ls -l /proc/$$/fd > fds; readlink /proc/$$/fd/0 > in; echo out; echo err "
                                            ">&2; touch done; exec sleep 100"))
                           .value_or_stop();
  ::close(leaky);
  ASSERT_TRUE(appears("done"));
  EXPECT_EQ(text("in"), "/dev/null\n");
  EXPECT_EQ(text("log"), "out\nerr\n");
  const std::string descriptors = text("fds");
  EXPECT_EQ(descriptors.find(" 3 -> "), std::string::npos) << descriptors;
  EXPECT_EQ(descriptors.find(" " + std::to_string(leaky) + " -> "), std::string::npos) << descriptors;
  EXPECT_EQ(std::filesystem::status(folder_ / "log").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Process, SeesTheEnvironmentItWasGiven) {
  ProcessSpec spec = shell("echo \"$MEDCOMMONS_TEST $HOME\" > env; exec sleep 100");
  spec.environment = {{"MEDCOMMONS_TEST", "one"}, {"HOME", "/two"}};
  const auto process = start_detached(spec);
  ASSERT_TRUE(process);
  for (int i = 0; i < 500 && text("env").empty(); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(text("env"), "one /two\n");
}

TEST_F(Process, BlockedSignalsAreNotHandedDown) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto process = start_detached(shell("exec sleep 100")).value_or_stop();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ASSERT_TRUE(wait_until_ready(
      shell(""), process, [&] { return std::ifstream("/proc/" + std::to_string(process.pid) + "/comm").good(); }, 5s));
  std::string status;
  for (int i = 0; i < 500 && status.find("sleep") == std::string::npos; ++i) {
    std::ifstream file("/proc/" + std::to_string(process.pid) + "/status");
    status.assign(std::istreambuf_iterator<char>(file), {});
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_NE(status.find("SigBlk:\t0000000000000000"), std::string::npos) << status;
}

TEST_F(Process, ThatRunsIsNotStartedTwice) {
  const auto process = start_detached(shell("exec sleep 100")).value_or_stop();
  const auto second = start_detached(shell("exec sleep 100"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_EQ(second.error().message, "custodian-2 runs already, as process " + std::to_string(process.pid));
  EXPECT_EQ(*living_process(folder_ / "pid"), process);
}

TEST_F(Process, AProgramThatIsNotThereIsNamed) {
  ProcessSpec spec = shell("");
  spec.program = folder_ / "nothing";
  const auto process = start_detached(spec);
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().code, Code::kNotFound);
  EXPECT_EQ(process.error().message,
            "custodian-2: " + (folder_ / "nothing").string() + ": cannot be started: No such file or directory");
  EXPECT_FALSE(std::filesystem::exists(spec.pid_file));
}

TEST_F(Process, DoesNotRunWhenItsPidFileCannotBeWritten) {
  ProcessSpec spec = shell("touch started");
  spec.pid_file = folder_ / "no" / "such" / "pid";
  EXPECT_FALSE(start_detached(spec));
  std::this_thread::sleep_for(200ms);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "started"));
}

TEST_F(Process, DoesNotRunWhenItsStarterDiesBeforeThePidFileIsWritten) {
  SpawnRequest request;
  request.program = "/bin/sh";
  request.arguments = {"-c", "touch started"};
  request.working_directory = folder_;
  request.before_run = [](pid_t) -> Status { ::_exit(0); };
  const pid_t starter = ::fork();
  if (starter == 0) {
    [[maybe_unused]] const auto ignored = spawn(request);
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(starter, &status, 0), starter);
  EXPECT_EQ(status, 0);
  std::this_thread::sleep_for(200ms);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "started"));
}

TEST_F(Process, AChildThatIsAttachedDiesWithItsStarter) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t starter = ::fork();
  if (starter == 0) {
    SpawnRequest request;
    request.kind = ChildKind::kAttached;
    request.program = "/bin/sleep";
    request.arguments = {"100"};
    const auto child = spawn(request);
    const pid_t pid = child ? *child : 0;
    const auto handle = process_handle(pid);
    const std::uint64_t told[2] = {static_cast<std::uint64_t>(pid), handle ? handle->start_ticks : 0};
    [[maybe_unused]] const ssize_t written = ::write(ends[1], told, sizeof told);
    ::_exit(0);
  }
  std::uint64_t told[2] = {0, 0};
  ASSERT_EQ(::read(ends[0], told, sizeof told), static_cast<ssize_t>(sizeof told));
  ::close(ends[0]);
  ::close(ends[1]);
  ::waitpid(starter, nullptr, 0);
  ProcessHandle child = process_handle(::getpid()).value_or_stop();
  child.pid = static_cast<pid_t>(told[0]);
  child.start_ticks = told[1];
  ASSERT_GT(child.pid, 1);
  for (int i = 0; i < 500 && is_alive(child); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_FALSE(is_alive(child));
}

TEST_F(Process, ARecycledPidIsNeverKilled) {
  const auto process = start_detached(shell("exec sleep 100")).value_or_stop();
  ProcessHandle earlier = process;
  earlier.start_ticks -= 1;
  EXPECT_FALSE(is_alive(earlier));
  EXPECT_TRUE(stop_process(earlier, 0ms));
  EXPECT_TRUE(is_alive(process)) << "the process that has the pid now must live";
  ProcessHandle other_boot = process;
  other_boot.boot_id = "00000000-0000-0000-0000-000000000000";
  EXPECT_TRUE(stop_process(other_boot, 0ms));
  EXPECT_TRUE(is_alive(process)) << "a reboot resets both pids and ticks";
}

TEST_F(Process, AZombieIsDead) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(process_handle(child));
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_F(Process, WithParenthesesAndSpacesInItsNameIsStillRead) {
  const std::filesystem::path program = folder_ / "a) R 1 (b";
  std::filesystem::copy_file("/bin/sleep", program);
  ProcessSpec spec = shell("");
  spec.program = program;
  spec.arguments = {"100"};
  const auto process = start_detached(spec).value_or_stop();
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(is_alive(process));
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_TRUE(stop_process(process, 1s));
}

TEST_F(Process, APidFileComesBackAndAForeignOneIsRefused) {
  const ProcessHandle self = process_handle(::getpid()).value_or_stop();
  ASSERT_TRUE(write_pid_file(folder_ / "self", self));
  EXPECT_EQ(read_pid_file(folder_ / "self").value_or_stop(), self);
  EXPECT_EQ(read_pid_file(folder_ / "none").error().code, Code::kNotFound);
  for (const std::string wrong : {"", "1234", "medcommons-pid", "medcommons-pid -1 5 b", "medcommons-pid 0 5 b",
                                  "medcommons-pid 1 5 b", "other 12 5 b"}) {
    ASSERT_TRUE(write_file_atomically(folder_ / "wrong", view_of(wrong)));
    const auto read = read_pid_file(folder_ / "wrong");
    ASSERT_FALSE(read) << wrong;
    EXPECT_EQ(read.error().code, Code::kCorrupt) << wrong;
    EXPECT_FALSE(living_process(folder_ / "wrong"));
  }
}

TEST_F(Process, IsWaitedForUntilReady) {
  const ProcessSpec spec = shell("sleep 0.2; touch ready; exec sleep 100");
  const auto process = start_detached(spec).value_or_stop();
  EXPECT_TRUE(wait_until_ready(
      spec, process, [&] { return std::filesystem::exists(folder_ / "ready"); }, 10s));
}

TEST_F(Process, ThatDiesBeforeItIsReadyIsReportedAtOnceWithItsLastWords) {
  const ProcessSpec spec = shell("for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done; exit 3");
  const auto process = start_detached(spec).value_or_stop();
  const auto start = std::chrono::steady_clock::now();
  const auto status = wait_until_ready(
      spec, process, [] { return false; }, 30s);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kUnavailable);
  EXPECT_EQ(status.error().message, "custodian-2 ended before it was ready; its log " + (folder_ / "log").string() +
                                        " ends with:\nline 4\nline 5\nline 6\nline 7\nline 8\nline 9");
}

TEST_F(Process, ThatNeverGetsReadyIsGivenUp) {
  const ProcessSpec spec = shell("exec sleep 100");
  const auto process = start_detached(spec).value_or_stop();
  const auto status = wait_until_ready(
      spec, process, [] { return false; }, 100ms);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message,
            "custodian-2 is not ready after 100 ms; its log " + (folder_ / "log").string() + " is empty");
}

// `local up` a moment after a kill: the kernel has not come to it yet.
TEST_F(Process, ThatIsStillDyingIsNotTakenForOneThatRuns) {
  const auto dying = start_detached(shell("sleep 0.5")).value_or_stop();
  const auto started = start_unless_it_answers(
      shell("touch again; exec sleep 100"), [&] { return std::filesystem::exists(folder_ / "again"); }, 10s);
  EXPECT_TRUE(started.value_or(false));
  EXPECT_NE(*living_process(folder_ / "pid"), dying);
}

TEST_F(Process, ThatAnswersIsLeftAloneAndOneThatNeverDoesIsNamed) {
  const ProcessSpec spec = shell("exec sleep 100");
  const auto ready = [] { return true; };
  EXPECT_TRUE(start_unless_it_answers(spec, ready, 10s).value_or_stop());
  const auto process = *living_process(folder_ / "pid");
  EXPECT_FALSE(start_unless_it_answers(spec, ready, 10s).value_or_stop());
  EXPECT_EQ(*living_process(folder_ / "pid"), process);
  const auto silent = start_unless_it_answers(
      spec, [] { return false; }, 100ms);
  ASSERT_FALSE(silent);
  EXPECT_NE(silent.error().message.find("custodian-2 is not ready after 100 ms"), std::string::npos);
  EXPECT_TRUE(is_alive(process));
}

// The first thread of a killed process may be a zombie while another still holds its port.
TEST_F(Process, WhoseFirstThreadHasEndedStillRuns) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the thread sanitizer ends a child that starts threads";
#endif
  const pid_t child = ::fork();
  if (child == 0) {
    std::thread([] { std::this_thread::sleep_for(100s); }).detach();
    ::syscall(SYS_exit, 0);  // of this thread alone
  }
  ProcessHandle process = process_handle(child).value_or_stop();
  std::string stat;
  for (int i = 0; i < 500 && stat.find(") Z") == std::string::npos; ++i) {
    std::ifstream file("/proc/" + std::to_string(child) + "/stat");
    std::getline(file, stat);
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_NE(stat.find(") Z"), std::string::npos) << stat;
  EXPECT_TRUE(is_alive(process));
  EXPECT_TRUE(stop_process(process, 0ms)) << "one that is a zombie as a whole has ended";
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_F(Process, LastLogLinesAreBoundedAndPrintable) {
  EXPECT_EQ(last_log_lines(folder_ / "none"), "");
  ASSERT_TRUE(write_file_atomically(folder_ / "log", view_of("only")));
  EXPECT_EQ(last_log_lines(folder_ / "log"), "only");
  ASSERT_TRUE(write_file_atomically(folder_ / "log", view_of("\x1b[2Ja\nb\n\n")));
  EXPECT_EQ(last_log_lines(folder_ / "log"), " [2Ja\nb");
  ASSERT_TRUE(write_file_atomically(folder_ / "log", view_of(std::string(1'000'000, 'x'))));
  EXPECT_LE(last_log_lines(folder_ / "log").size(), 4096U);
}

TEST_F(Process, AFolderIsLockedForOneCommandAtATime) {
  {
    const auto lock = FolderLock::acquire(folder_ / "lock").value_or_stop();
    const auto second = FolderLock::acquire(folder_ / "lock");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kConflict);
    EXPECT_EQ(second.error().message, "another command works in " + folder_.string());
    ASSERT_TRUE(start_detached(shell("exec sleep 100")));
  }
  EXPECT_TRUE(FolderLock::acquire(folder_ / "lock")) << "a started process must not keep the lock";
}

TEST_F(Process, LogLinesCannotBeForged) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int file = ::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(file, STDERR_FILENO);
    set_log_name("store");
    log_warning("a\n2026-01-01T00:00:00.000Z info store: forged\x1b[2J");
    log_info(std::string(100'000, 'x'));
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  const std::string log = text("log");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2);
  EXPECT_NE(log.find("Z warning store: a\\x0a2026-01-01T00:00:00.000Z info store: forged\\x1b[2J\n"), std::string::npos)
      << log;
  EXPECT_LT(log.size(), 5000U);
}

TEST_F(Process, ShutdownSignalTurnsSigtermIntoAWaitThatReturns) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the thread sanitizer ends a child that starts threads";
#endif
  const pid_t child = ::fork();
  if (child == 0) {
    auto signal = ShutdownSignal::install();
    if (!signal || signal->wait_for(50ms)) ::_exit(1);
    std::thread other([] { std::this_thread::sleep_for(2s); });  // a thread that could catch the signal must not
    other.detach();
    ::kill(::getpid(), SIGTERM);
    if (signal->wait() != SIGTERM) ::_exit(2);
    ::kill(::getpid(), SIGINT);
    ::_exit(signal->wait_for(5s) ? 0 : 3);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(Process, AFreePortCanBeBound) {
  const std::uint16_t port = free_port().value_or_stop();
  EXPECT_GE(port, 1024);
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(descriptor);
}

TEST_F(Process, AReservedPortIsNobodyElsesAndAServersAllTheSame) {
  std::set<std::uint16_t> ports;
  std::vector<ReservedPort> reserved;
  for (int i = 0; i < 200; ++i) {
    reserved.push_back(ReservedPort::take().value_or_stop());
    ports.insert(reserved.back().port());
  }
  EXPECT_EQ(ports.size(), 200u);
  HttpServerConfig config;
  config.port = reserved.front().port();
  auto server = HttpServer::start(Router(), config);
  ASSERT_TRUE(server) << server.error().message;
  reserved.clear();
  EXPECT_EQ((*server)->port(), config.port);
  EXPECT_EQ(HttpServer::start(Router(), config).error().code, Code::kConflict);
}

}  // namespace
}  // namespace mc::node
