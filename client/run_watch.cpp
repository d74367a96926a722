// SPDX-License-Identifier: Apache-2.0
#include "client/run_watch.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace mc::client {
namespace {

constexpr std::size_t kReplyBytesMax = 4096;
/// A run that takes no longer needs no lines.
constexpr std::chrono::seconds kSilence{5};

}  // namespace

std::string run_progress_path(const Hash256& run) {
  return "/v1/runs/" + run.hex();
}

RunWatch::RunWatch(std::unique_ptr<Transport> line, const Hash256& run, double expected,
                   std::function<void(const std::string&)> tell, std::chrono::milliseconds pause)
    : line_(std::move(line)), expected_(std::max(1.0, expected)), tell_(std::move(tell)), pause_(pause) {
  if (tell_) thread_ = std::thread([this, path = run_progress_path(run)] { watch(path); });
}

RunWatch::~RunWatch() {
  {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RunWatch::watch(const std::string& path) {
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, pause_, [this] { return has_ended_; })) {
    lock.unlock();
    if (const auto reply = line_->get(path, kReplyBytesMax)) {
      const auto json = nlohmann::json::parse(text_of(*reply), nullptr, false);
      const bool counts = json.is_object() && json.contains("refreshes") && json["refreshes"].is_number_unsigned();
      if (counts) take(json["refreshes"].get<std::uint64_t>());
    }
    lock.lock();
  }
}

void RunWatch::take(std::uint64_t refreshes) {
  const auto elapsed = std::chrono::steady_clock::now() - start_;
  const int tenths = std::min(9, static_cast<int>(10 * static_cast<double>(refreshes) / expected_));
  if (tenths <= tenths_told_ || (pause_ >= std::chrono::seconds(1) && elapsed < kSilence)) return;
  tenths_told_ = tenths;
  tell_("refreshed " + std::to_string(refreshes) + " of about " + std::to_string(std::llround(expected_)) +
        " times, after " + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(elapsed).count()) + " s");
}

}  // namespace mc::client
