// SPDX-License-Identifier: Apache-2.0
#include "node/rate_limit.hpp"

namespace mc::node {

std::optional<RateLimit::Excess> RateLimit::count(const Hash256& key, std::chrono::seconds now) {
  const std::lock_guard lock(mutex_);
  if (now < begin_ || now >= begin_ + limits_.window) {
    begin_ = now;
    all_ = 0;
    by_key_.clear();
  }
  // Invented keys must not grow the table: those that do not fit share the zero key's count.
  const bool known = by_key_.contains(key) || by_key_.size() < limits_.keys_max;
  const std::uint64_t of_key = ++by_key_[known ? key : Hash256{}];
  const auto excess = [&](bool first) { return Excess{begin_ + limits_.window - now, first}; };
  // Whoever is over her own limit must not use up everybody's.
  if (of_key > limits_.per_key_max) return excess(of_key == limits_.per_key_max + 1);
  ++all_;
  if (all_ > limits_.all_max) return excess(all_ == limits_.all_max + 1);
  return {};
}

std::string RateLimit::sentence(const Excess& excess) const {
  return "more than " + std::to_string(limits_.per_key_max) + " calls for one " + std::string(limits_.key_name) +
         ", or " + std::to_string(limits_.all_max) + " for all, within " + std::to_string(limits_.window.count()) +
         " s; try again in " + std::to_string(excess.retry_after.count()) + " s";
}

HttpResponse too_many_calls(const Error& error, std::chrono::seconds retry_after) {
  HttpResponse response = HttpResponse::error(error, 429);
  response.headers.emplace_back("Retry-After", std::to_string(retry_after.count()));
  return response;
}

}  // namespace mc::node
