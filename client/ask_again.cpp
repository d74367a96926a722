// SPDX-License-Identifier: Apache-2.0
#include "client/ask_again.hpp"

#include <algorithm>
#include <thread>

#include "protocol/refusal.hpp"

namespace mc::client {

bool is_being_executed(const Error& error) {
  return error.code == Code::kUnavailable &&
         protocol::reason_of(error) == protocol::refusal_name(protocol::Refusal::kBeingExecuted);
}

Result<Bytes> post_until_executed(Transport& peer, const std::string& path, ByteView body, std::size_t size_max,
                                  const AskingAgain& again) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  for (;;) {
    auto reply = peer.post(path, body, kBinary, size_max);
    const Clock::duration passed = Clock::now() - start;
    const bool comes_again =
        !reply && (is_being_executed(reply.error()) ||
                   protocol::reason_of(reply.error()) == protocol::refusal_name(protocol::Refusal::kNodeBusy));
    if (!comes_again || passed >= again.give_up_after) return reply;
    std::this_thread::sleep_for(
        std::clamp<Clock::duration>(passed / 20, Clock::duration(again.pause_min), Clock::duration(again.pause_max)));
  }
}

}  // namespace mc::client
