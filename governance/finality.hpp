// SPDX-License-Identifier: Apache-2.0
// Waiting until what was sent is final: a block that is in the chain now may be taken back until enough others lie on
// top of it, and custodians believe nothing that may be taken back.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "governance/commons_chain.hpp"

namespace mc::governance {

/// How long finality is waited for: longer than any public chain takes for so many blocks.
std::chrono::seconds finality_timeout(std::uint32_t confirmations);

/// Waits until `holds` is true of the commons as it was `confirmations` blocks below the head: asked again at every new
/// head, so that what a reorganisation moves to a later block is waited for there. Without confirmations nothing is
/// asked: the receipt was the word of the head.
///   errors  kConflict when the chain does not know the transaction of `sent` any more: a reorganisation took it back;
///           kUnavailable "WHAT is not final after … s: …" when the time is over; those of reading the head
Status wait_until_final(const CommonsChain& commons, std::uint32_t confirmations, const Receipt& sent,
                        const std::string& what, const std::function<Result<bool>(const CommonsChain&)>& holds,
                        std::chrono::milliseconds timeout);

}  // namespace mc::governance
