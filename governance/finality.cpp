// SPDX-License-Identifier: Apache-2.0
#include "governance/finality.hpp"

#include <optional>
#include <thread>

namespace mc::governance {
namespace {

constexpr std::chrono::milliseconds kPause{250};
constexpr std::chrono::seconds kSecondsPerBlock{30};
constexpr std::chrono::seconds kSecondsBesides{120};

/// A node that is just changing its mind may not know a transaction for a moment: only one that is unknown at so many
/// heads was taken back.
constexpr int kHeadsWithout = 2;

}  // namespace

std::chrono::seconds finality_timeout(std::uint32_t confirmations) {
  return kSecondsBesides + confirmations * kSecondsPerBlock;
}

Status wait_until_final(const CommonsChain& commons, std::uint32_t confirmations, const Receipt& sent,
                        const std::string& what, const std::function<Result<bool>(const CommonsChain&)>& holds,
                        std::chrono::milliseconds timeout) {
  if (confirmations == 0) return {};
  const auto start = std::chrono::steady_clock::now();
  std::optional<Hash256> seen;
  int without = 0;
  while (true) {
    MC_TRY(const Block head, commons.chain().latest_block());
    if (seen != head.hash) {
      seen = head.hash;
      // Not true yet and not to be told yet are the same: the contracts themselves may be younger than that block.
      if (head.number >= confirmations) {
        const Result<bool> there = holds(commons.at_block(head.number - confirmations));
        if (there && *there) return {};
      }
      const auto known = commons.chain().transaction(sent.transaction);
      without = !known && known.error().code == Code::kNotFound ? without + 1 : 0;
    }
    if (without >= kHeadsWithout) {
      return fail(Code::kConflict, "the chain has taken back the transaction 0x" + sent.transaction.hex() +
                                       " of block " + std::to_string(sent.block) + ", and with it " + what +
                                       ": it was reorganised; do it again");
    }
    if (std::chrono::steady_clock::now() - start > timeout) {
      return fail(Code::kUnavailable,
                  what + " is not final after " +
                      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(timeout).count()) +
                      " s: the chain's head is block " + std::to_string(head.number) + ", and " +
                      std::to_string(confirmations) + " blocks on top are demanded");
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace mc::governance
