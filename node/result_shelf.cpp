// SPDX-License-Identifier: Apache-2.0
#include "node/result_shelf.hpp"

#include <algorithm>

namespace mc::node {

std::size_t held_bytes(const client::Recomputed& result) {
  std::size_t bytes = 0;
  for (const fhe::Ciphertext& answer : result.answers) {
    for (const fhe::NttPoly& part : answer.parts) bytes += part.held_bytes();
  }
  return bytes;
}

std::shared_ptr<const client::Recomputed> ResultShelf::find(const Hash256& of) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(kept_, of, &Kept::of);
  if (found == kept_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, found);
  return found->result;
}

void ResultShelf::keep(const Hash256& of, std::shared_ptr<const client::Recomputed> result) {
  const std::size_t bytes = held_bytes(*result);
  const std::lock_guard lock(mutex_);
  const auto before = std::ranges::find(kept_, of, &Kept::of);
  if (before != kept_.end()) {
    bytes_ -= before->bytes;
    kept_.erase(before);
  }
  kept_.push_front({of, std::move(result), bytes});
  bytes_ += bytes;
  while (kept_.size() > 1 && (kept_.size() > kShelfResultsMax || bytes_ > bytes_max_)) {
    bytes_ -= kept_.back().bytes;
    kept_.pop_back();
  }
}

}  // namespace mc::node
