// SPDX-License-Identifier: Apache-2.0
// Who may execute now. An execution holds the working set of a query for seconds to minutes; so many run at once, and
// of one study only one, so that whoever asks a long question does not keep another study waiting. Nobody waits for a
// turn on a line (docs/design/0059): whoever is told that it has not come asks again, and keeps her place by that.
// Thread-safe.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/hash.hpp"

namespace mc::node {

/// Places in the line of one process. Who finds it full may still have the turn that nobody in it can take.
inline constexpr std::size_t kLineMax = 64;
/// A place is kept so long for whoever asks again: clients do within a second (client/ask_again.hpp).
inline constexpr std::chrono::milliseconds kLinePatience{3'000};

class ExecutionTurns {
 public:
  using Clock = std::chrono::steady_clock;

  /// REQUIRES at_once >= 1.
  explicit ExecutionTurns(std::size_t at_once) : at_once_(at_once) {}

  /// What somebody wants executed. Who asks does not count: all who want the same have one place.
  struct Wish {
    Hash256 study;
    Hash256 what;
    /// It has been answered before. Anybody can ask for such again, any number of times, so it comes behind what has
    /// not been, and never has all turns.
    bool again = false;
  };

  /// One execution; the next one's turn comes when it is destroyed.
  class Turn {
   public:
    Turn(ExecutionTurns& turns, const Hash256& study) : turns_(&turns), study_(study) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)), study_(other.study_) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->give_back(study_);
    }

   private:
    ExecutionTurns* turns_;
    Hash256 study_;
  };
  /// The turn, when it has come: in the order in which what is still asked for was asked for first. Otherwise nothing;
  /// it never waits.
  [[nodiscard]] std::optional<Turn> ask(const Wish& wish, Clock::time_point now = Clock::now());

 private:
  struct Place {
    Wish wish;
    Clock::time_point asked;
  };
  [[nodiscard]] bool comes_next(const Wish& wish) const;
  void give_back(const Hash256& study);

  const std::size_t at_once_;
  std::mutex mutex_;
  std::map<Hash256, Wish> running_;  // by study
  std::deque<Place> line_;
};

}  // namespace mc::node
