// SPDX-License-Identifier: Apache-2.0
#include "node/execution_turns.hpp"

namespace mc::node {

ExecutionTurns::Turn ExecutionTurns::take(const Hash256& study) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return running_.size() < at_once_ && !running_.contains(study); });
  running_.insert(study);
  return {*this, study};
}

void ExecutionTurns::give_back(const Hash256& study) {
  {
    const std::lock_guard lock(mutex_);
    running_.erase(study);
  }
  changed_.notify_all();
}

}  // namespace mc::node
