// SPDX-License-Identifier: Apache-2.0
// The runs that a compute node drives: one driver each, however often a run is asked for, and how many refreshes it has
// carried, for those who wait. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/hash.hpp"

namespace mc::node {

class RunProgress {
 public:
  /// One run, from its beginning to its end; runs are called by the hash of their authorisation.
  class Entry {
   public:
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
    friend class RunProgress;
    Entry(RunProgress& all, const Hash256& run) : all_(all), run_(run) {}
    RunProgress& all_;
    Hash256 run_;
  };

  /// Null while the run is under way: a second driver would hold a worker for as long and bring nothing.
  [[nodiscard]] std::unique_ptr<Entry> begin(const Hash256& run) {
    const std::lock_guard lock(mutex_);
    if (!runs_.emplace(run, 0).second) return nullptr;
    return std::unique_ptr<Entry>(new Entry(*this, run));
  }

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
