// SPDX-License-Identifier: Apache-2.0
#include "node/chain_wait.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace mc::node {
namespace {

constexpr std::chrono::milliseconds kPause{250};

std::uint64_t machine_now_s() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

}  // namespace

Result<std::uint64_t> chain_now_s(governance::Chain& chain) {
  MC_TRY(const governance::Block head, chain.latest_block());
  return std::max(head.time_s, machine_now_s());
}

Status do_when_due(governance::Chain& chain, const Due& due, const std::function<Status()>& action) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(2 * kDueWaitSecondsMax);
  while (true) {
    const Status done = action();
    const bool early = !done && done.error().message.find(due.refusal) != std::string::npos;
    if (!early || std::chrono::steady_clock::now() > give_up) return done;
    MC_TRY(const std::uint64_t now_s, chain_now_s(chain));
    if (now_s + kDueWaitSecondsMax < due.at_s) {
      return fail(Code::kUnavailable, due.what + "; its timelock runs for another " + std::to_string(due.at_s - now_s) +
                                          " s, in which the ethics board may stop it");
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace mc::node
