// SPDX-License-Identifier: Apache-2.0
// Who may execute now. An execution holds the working set of a query for seconds to minutes; so many run at once, and
// of one study only one, so that whoever asks a long question does not keep another study waiting. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>

#include "base/hash.hpp"

namespace mc::node {

class ExecutionTurns {
 public:
  /// REQUIRES at_once >= 1.
  explicit ExecutionTurns(std::size_t at_once) : at_once_(at_once) {}

  /// One execution; the next one's turn comes when it is destroyed.
  class Turn {
   public:
    Turn(ExecutionTurns& turns, const Hash256& study) : turns_(turns), study_(study) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { turns_.give_back(study_); }

   private:
    ExecutionTurns& turns_;
    Hash256 study_;
  };
  /// Waits until it is this study's turn.
  [[nodiscard]] Turn take(const Hash256& study);

 private:
  void give_back(const Hash256& study);
  std::size_t at_once_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<Hash256> running_;
};

}  // namespace mc::node
