// SPDX-License-Identifier: Apache-2.0
// How many refreshes of each run under way a compute node has carried, for those who wait. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "base/hash.hpp"

namespace mc::node {

class RunProgress {
 public:
  /// One run, from its beginning to its end; runs are called by the hash of their authorisation.
  class Entry {
   public:
    Entry(RunProgress& all, const Hash256& run) : all_(all), run_(run) { at(0); }
    ~Entry() {
      const std::lock_guard lock(all_.mutex_);
      all_.runs_.erase(run_);
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    void at(std::uint32_t refreshes) {
      const std::lock_guard lock(all_.mutex_);
      all_.runs_[run_] = refreshes;
    }

   private:
    RunProgress& all_;
    Hash256 run_;
  };

  /// Nothing when no such run is under way.
  [[nodiscard]] std::optional<std::uint32_t> of(const Hash256& run) const {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(run);
    return found == runs_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  mutable std::mutex mutex_;
  std::map<Hash256, std::uint32_t> runs_;
};

}  // namespace mc::node
