// SPDX-License-Identifier: Apache-2.0
#include "node/process_shutdown.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

namespace mc::node {

Result<ShutdownSignal> ShutdownSignal::install() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  if (::pthread_sigmask(SIG_BLOCK, &signals, nullptr) != 0)
    return fail(Code::kIo, "cannot block the signals that end a process");
  std::signal(SIGPIPE, SIG_IGN);
  const int descriptor = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor < 0) return fail(Code::kIo, std::string("cannot watch for signals: ") + std::strerror(errno));
  return ShutdownSignal(descriptor);
}

ShutdownSignal::ShutdownSignal(ShutdownSignal&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

ShutdownSignal& ShutdownSignal::operator=(ShutdownSignal&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

ShutdownSignal::~ShutdownSignal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int ShutdownSignal::wait() {
  while (true) {
    pollfd watched{descriptor_, POLLIN, 0};
    ::poll(&watched, 1, -1);
    signalfd_siginfo info{};
    if (::read(descriptor_, &info, sizeof info) == sizeof info) return static_cast<int>(info.ssi_signo);
  }
}

bool ShutdownSignal::wait_for(std::chrono::milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + timeout;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd watched{descriptor_, POLLIN, 0};
    ::poll(&watched, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max())));
    signalfd_siginfo info{};
    if (::read(descriptor_, &info, sizeof info) == sizeof info) return true;
    if (left <= 0) return false;
  }
}

}  // namespace mc::node
