// SPDX-License-Identifier: Apache-2.0
#include "node/chain_pace.hpp"

#include <algorithm>

#include "protocol/refusal.hpp"
#include "protocol/release_state.hpp"

namespace mc::node {

Status ChainPace::check(std::uint64_t chain_time_s, std::chrono::seconds now) {
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
