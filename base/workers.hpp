// SPDX-License-Identifier: Apache-2.0
// A small team of threads that stays, for loops too short to start threads for.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace mc {

/// Runs the same job for many indices on a fixed number of threads, the caller's among them. Indices are taken in
/// ascending order, so that a job may wait for one of a smaller index. Which thread takes which is not defined: jobs
/// write to places of their own, so results do not depend on it.
/// Thread-safe: while one caller has the team, another's loop runs on its own thread alone.
class Workers {
 public:
  /// `threads` of 1 (or 0) starts none. Fewer than wanted are started where the system gives no more.
  explicit Workers(std::size_t threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  [[nodiscard]] std::size_t threads() const;
  /// job(index) for every index in [0, count); returns when all have ended. When memory runs out in a job, what it
  /// threw reaches the caller, once no job runs any more; others may then have been left out.
  void run(std::size_t count, const std::function<void(std::size_t)>& job) const;

 private:
  struct Team;
  std::unique_ptr<Team> team_;
};

using WorkersPtr = std::shared_ptr<const Workers>;

/// Workers::run, or, without a team, the same loop on the caller's thread.
void run_on(const Workers* workers, std::size_t count, const std::function<void(std::size_t)>& job);

/// For a loop that looks whether another thread is ready, after its `look`-th look in vain, counted from 1: lets a
/// moment go by. Only now and then it offers the processor to others, who may keep it for longer than the wait would
/// be.
void let_a_moment_pass(std::size_t look);

}  // namespace mc
