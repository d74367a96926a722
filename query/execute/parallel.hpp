// SPDX-License-Identifier: Apache-2.0
// The same small job for many indices on a few threads. Whatever order they finish in, the caller sees the same:
// results go to places of their own, and of several errors the one with the lowest index is told.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.hpp"

namespace mc::query {

/// Runs job(worker, index) for index in [0, count) on at most `threads` threads, worker in [0, threads). After an error
/// no new index is begun.
template <class Job>
Status parallel_for(std::size_t count, std::uint32_t threads, const Job& job) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::optional<std::pair<std::size_t, Error>> first_error;
  const auto work = [&](std::uint32_t worker) {
    while (!stop.load()) {
      const std::size_t index = next.fetch_add(1);
      if (index >= count) return;
      Status status = job(worker, index);
      if (status) continue;
      const std::lock_guard lock(mutex);
      if (!first_error || index < first_error->first) first_error = {index, status.error()};
      stop = true;
    }
  };
  const auto extra = static_cast<std::uint32_t>(std::min<std::size_t>(threads, count));
  std::vector<std::jthread> others;
  for (std::uint32_t worker = 1; worker < extra; ++worker) others.emplace_back(work, worker);
  work(0);
  others.clear();  // joins
  if (first_error) return fail(first_error->second);
  return {};
}

}  // namespace mc::query
