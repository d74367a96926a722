// SPDX-License-Identifier: Apache-2.0
#include "node/execution_turns.hpp"

#include <algorithm>
#include <set>

namespace mc::node {

/// REQUIRES mutex_. Whether a turn is left for `wish` when everybody before it in the line has had theirs.
bool ExecutionTurns::comes_next(const Wish& wish) const {
  std::set<Hash256> taken;
  std::size_t again = 0;
  for (const auto& [study, running] : running_) {
    taken.insert(study);
    again += running.again ? 1 : 0;
  }
  const std::size_t again_max = std::max<std::size_t>(1, at_once_ - 1);
  const auto is_free_for = [&](const Wish& one) {
    return taken.size() < at_once_ && !taken.contains(one.study) && (!one.again || again < again_max);
  };
  for (const bool repetitions : {false, true}) {
    for (const Place& place : line_) {
      if (place.wish.again != repetitions || !is_free_for(place.wish)) continue;
      if (place.wish.what == wish.what) return true;
      taken.insert(place.wish.study);
      again += repetitions ? 1 : 0;
    }
    // Without a place it comes behind those of its kind that have one.
    const auto has_place = [&](const Place& place) { return place.wish.what == wish.what; };
    if (repetitions == wish.again && std::ranges::none_of(line_, has_place)) return is_free_for(wish);
  }
  return false;
}

std::optional<ExecutionTurns::Turn> ExecutionTurns::ask(const Wish& wish, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(line_, [&](const Place& place) { return now - place.asked > kLinePatience; });
  auto place = std::ranges::find_if(line_, [&](const Place& one) { return one.wish.what == wish.what; });
  if (place != line_.end()) {
    place->asked = now;
    // What somebody has not been answered yet is no repetition, whoever else asks for it.
    place->wish.again = place->wish.again && wish.again;
  } else if (line_.size() < kLineMax) {
    place = line_.insert(line_.end(), {wish, now});
  }
  const Wish wanted = place == line_.end() ? wish : place->wish;
  if (!comes_next(wanted)) return std::nullopt;
  running_.emplace(wanted.study, wanted);
  if (place != line_.end()) line_.erase(place);
  return Turn(*this, wish.study);
}

void ExecutionTurns::give_back(const Hash256& study) {
  const std::lock_guard lock(mutex_);
  running_.erase(study);
}

}  // namespace mc::node
