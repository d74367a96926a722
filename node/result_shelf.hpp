// SPDX-License-Identifier: Apache-2.0
// What this process has executed last, by what it is of, so that whoever asks again costs no execution: the call of a
// release is public, and anybody may send it any number of times (docs/design/0059). Results are ciphertexts that this
// process computed itself (R7): public, bounded in memory, and lost when it ends. Thread-safe.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>

#include "base/hash.hpp"
#include "client/recompute.hpp"

namespace mc::node {

/// Results that are kept, beside the last one no more than so many bytes together: 256 answers of `standard`.
inline constexpr std::size_t kShelfResultsMax = 256;
inline constexpr std::size_t kShelfBytesMax = std::size_t{128} << 20;

/// What the ciphertexts of a result hold in memory.
std::size_t held_bytes(const client::Recomputed& result);

class ResultShelf {
 public:
  explicit ResultShelf(std::size_t bytes_max = kShelfBytesMax) : bytes_max_(bytes_max) {}

  /// Null when it is not there. What is asked for stays longest.
  [[nodiscard]] std::shared_ptr<const client::Recomputed> find(const Hash256& of);
  /// `of` must say all that the result follows from.
  void keep(const Hash256& of, std::shared_ptr<const client::Recomputed> result);

 private:
  struct Kept {
    Hash256 of;
    std::shared_ptr<const client::Recomputed> result;
    std::size_t bytes = 0;
  };
  const std::size_t bytes_max_;
  std::mutex mutex_;
  std::list<Kept> kept_;  // the one asked for last in front
  std::size_t bytes_ = 0;
};

}  // namespace mc::node
