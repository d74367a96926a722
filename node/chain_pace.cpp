// SPDX-License-Identifier: Apache-2.0
#include "node/chain_pace.hpp"

#include <algorithm>

#include "protocol/refusal.hpp"

namespace mc::node {

std::chrono::seconds clock_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
}

Status check_not_ahead(std::uint64_t chain_time_s, std::chrono::seconds now, std::uint32_t days_ahead_max) {
  const auto own_s = static_cast<std::uint64_t>(std::max<std::int64_t>(now.count(), 0));
  const std::uint64_t ahead_max_s = days_ahead_max * fhe::kWindowSeconds;
  if (chain_time_s <= own_s || chain_time_s - own_s <= ahead_max_s) return {};
  return protocol::refuse(
      protocol::Refusal::kChainTimeJump, Code::kRefused,
      "the final chain is of " + std::to_string(chain_time_s) + ", this machine's clock of " + std::to_string(own_s) +
          ": " + std::to_string((chain_time_s - own_s) / fhe::kWindowSeconds) + " days ahead, at most " +
          std::to_string(days_ahead_max) + " are believed; if the clock is right, the chain node is not to be trusted");
}

Status ChainPace::check(std::uint64_t chain_time_s, std::chrono::seconds now) {
  MC_TRY_STATUS(check_not_ahead(chain_time_s, now, days_ahead_max_));
  if (first_chain_time_s_ == 0) {
    first_chain_time_s_ = chain_time_s;
    first_now_ = now;
    return {};
  }
  constexpr std::uint64_t kGainMax = protocol::kWindowsJumpMax * fhe::kWindowSeconds;
  const auto elapsed = static_cast<std::uint64_t>(std::max<std::int64_t>((now - first_now_).count(), 0));
  if (chain_time_s <= first_chain_time_s_ || chain_time_s - first_chain_time_s_ <= elapsed + kGainMax) return {};
  return protocol::refuse(protocol::Refusal::kChainTimeJump, Code::kRefused,
                          "the final chain went from " + std::to_string(first_chain_time_s_) + " to " +
                              std::to_string(chain_time_s) + " while " + std::to_string(elapsed) +
                              " s passed here, more than " + std::to_string(protocol::kWindowsJumpMax) +
                              " days too many; if that is the true time, start the custodian again");
}

}  // namespace mc::node
