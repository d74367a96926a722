// SPDX-License-Identifier: Apache-2.0
// How far a run is, told while somebody waits for it: the compute node counts the refreshes that it has carried.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/hash.hpp"
#include "client/transport.hpp"

namespace mc::client {

/// The compute node's route for a run, by the hash of its authorisation. Its reply: {"refreshes": 12}.
std::string run_progress_path(const Hash256& run);

/// Asks every `pause` until it dies, and tells each further tenth of the refreshes that are expected. What it cannot
/// learn it does not tell: the run itself says what is wrong.
class RunWatch {
 public:
  /// `line`: of its own, for requests of one connection wait for each other. `expected`: about how many refreshes.
  RunWatch(std::unique_ptr<Transport> line, const Hash256& run, double expected,
           std::function<void(const std::string&)> tell, std::chrono::milliseconds pause = std::chrono::seconds(2));
  ~RunWatch();
  RunWatch(const RunWatch&) = delete;
  RunWatch& operator=(const RunWatch&) = delete;

 private:
  void watch(const std::string& path);
  void take(std::uint64_t refreshes);

  std::unique_ptr<Transport> line_;
  double expected_;
  std::function<void(const std::string&)> tell_;
  std::chrono::milliseconds pause_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  int tenths_told_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool has_ended_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace mc::client
