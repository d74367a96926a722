// SPDX-License-Identifier: Apache-2.0
// How many calls somebody may make in a stretch of time. Calls are counted by key in windows of fixed length; memory is
// bounded. Thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "node/http_message.hpp"

namespace mc::node {

class RateLimit {
 public:
  struct Limits {
    std::uint32_t per_key_max = 0;
    std::uint32_t all_max = 0;
    std::chrono::seconds window{60};
    std::size_t keys_max = 0;  // counted apart; those beyond share one count
    std::string_view key_name = "study";
  };
  explicit RateLimit(Limits limits) : limits_(limits) {}

  /// What is over a limit.
  struct Excess {
    std::chrono::seconds retry_after;
    bool first = false;  // the first refusal of this key in this window: worth writing down
  };
  /// Counts a call at `now` (any clock that only goes forward); nothing when it may pass. A clock that went back begins
  /// a new window.
  std::optional<Excess> count(const Hash256& key, std::chrono::seconds now);
  /// "more than 240 calls for one study, or 1200 for all, within 60 s; try again in 12 s"
  [[nodiscard]] std::string sentence(const Excess& excess) const;

 private:
  const Limits limits_;
  std::mutex mutex_;
  std::chrono::seconds begin_{-1};
  std::uint64_t all_ = 0;
  std::map<Hash256, std::uint64_t> by_key_;
};

/// What whoever is over a limit is told: 429, and when to come again.
HttpResponse too_many_calls(const Error& error, std::chrono::seconds retry_after);

}  // namespace mc::node
