// SPDX-License-Identifier: Apache-2.0
#include "base/workers.hpp"

#if defined(__wasm__)

// A WebAssembly module has one thread: the team is its caller.
namespace mc {

struct Workers::Team {};

Workers::Workers(std::size_t) : team_(std::make_unique<Team>()) {}
Workers::~Workers() = default;

std::size_t Workers::threads() const {
  return 1;
}

void Workers::run(std::size_t count, const std::function<void(std::size_t)>& job) const {
  for (std::size_t index = 0; index < count; ++index) job(index);
}

void let_a_moment_pass(std::size_t) {}

}  // namespace mc

#else

#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace mc {

struct Workers::Team {
  std::atomic<bool> taken{false};
  const std::function<void(std::size_t)>* job = nullptr;
  std::size_t count = 0;
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> at_work{0};
  std::atomic<std::uint64_t> round{0};
  std::atomic<bool> leaving{false};
  std::atomic<bool> failed{false};
  std::exception_ptr failure;  // of the first job that failed
  std::vector<std::jthread> members;

  ~Team() {
    leaving = true;
    round.fetch_add(1);
    round.notify_all();
    members.clear();  // joins
  }

  void work_off() noexcept {
    try {
      for (std::size_t index = next.fetch_add(1); index < count; index = next.fetch_add(1)) (*job)(index);
    } catch (...) {
      if (!failed.exchange(true)) failure = std::current_exception();
      next.store(count);  // nobody starts another one
    }
  }

  void live() {
    std::uint64_t seen = 0;
    while (true) {
      wait_for_change(round, seen);
      seen = round.load();
      if (leaving.load()) return;
      work_off();
      if (at_work.fetch_sub(1) == 1) at_work.notify_one();
    }
  }

  /// Looks for about half a millisecond before it sleeps: the next loop usually follows at once, and to be woken can
  /// take a virtual machine longer than the loop itself.
  template <class T>
  static void wait_for_change(const std::atomic<T>& value, T old) {
    for (std::size_t look = 1; look <= 40000; ++look) {
      if (value.load() != old) return;
      let_a_moment_pass(look);
    }
    value.wait(old);
  }
};

Workers::Workers(std::size_t threads) : team_(std::make_unique<Team>()) {
  try {
    for (std::size_t i = 1; i < threads; ++i) team_->members.emplace_back([team = team_.get()] { team->live(); });
  } catch (const std::system_error&) {
    // The system has no more threads to give. Results do not depend on their number: a smaller team it is.
  }
}

Workers::~Workers() = default;

std::size_t Workers::threads() const {
  return team_->members.size() + 1;
}

void Workers::run(std::size_t count, const std::function<void(std::size_t)>& job) const {
  Team& team = *team_;
  if (team.members.empty() || count <= 1 || team.taken.exchange(true)) {
    for (std::size_t index = 0; index < count; ++index) job(index);
    return;
  }
  team.job = &job;
  team.count = count;
  team.next.store(0);
  team.at_work.store(team.members.size());
  team.round.fetch_add(1);
  team.round.notify_all();
  team.work_off();
  for (std::size_t left = team.at_work.load(); left != 0; left = team.at_work.load()) {
    Team::wait_for_change(team.at_work, left);
  }
  const std::exception_ptr failure = std::exchange(team.failure, nullptr);
  team.failed.store(false);
  team.taken.store(false);
  if (failure != nullptr) std::rethrow_exception(failure);
}

void let_a_moment_pass(std::size_t look) {
  constexpr std::size_t kLooksBeforeYielding = 2000;
  if (look % kLooksBeforeYielding == 0) std::this_thread::yield();
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace mc

#endif

namespace mc {

void run_on(const Workers* workers, std::size_t count, const std::function<void(std::size_t)>& job) {
  if (workers != nullptr) {
    workers->run(count, job);
    return;
  }
  for (std::size_t index = 0; index < count; ++index) job(index);
}

}  // namespace mc
