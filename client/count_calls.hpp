// SPDX-License-Identifier: Apache-2.0
// What a requester of a guarded commons sends the custodians before a release (R18): "open these counts to each other",
// and "here is what you said to each other; which groups may I have?". She carries boxes that she cannot open.
#pragma once

#include <vector>

#include "client/release_request.hpp"
#include "protocol/count_message.hpp"
#include "query/release/guarded.hpp"

namespace mc::client {

struct CountsCall {
  ReleaseCall call;                      // its authorisation opens counts
  std::vector<protocol::CountKey> keys;  // of every custodian that shall read, ascending
  friend bool operator==(const CountsCall&, const CountsCall&) = default;
};
Bytes encode_counts_call(const CountsCall& call);
Result<CountsCall> decode_counts_call(ByteView bytes);

struct VerdictCall {
  Hash256 authorisation;                         // that opened the counts
  std::vector<protocol::CountMessage> messages;  // of the custodians
  friend bool operator==(const VerdictCall&, const VerdictCall&) = default;
};
Bytes encode_verdict_call(const VerdictCall& call);
Result<VerdictCall> decode_verdict_call(const fhe::Params& params, ByteView bytes);

Bytes encode_verdict(const query::GuardedVerdict& verdict);
/// kCorrupt unless it is one that judge_groups gives: refused with a sentence, or one bit a group, not all 0.
Result<query::GuardedVerdict> decode_verdict(ByteView bytes);

/// "With which sigma did you release these?": the answer is one byte each, protocol::kNeverReleased where it did not.
Bytes encode_sigmas_call(std::span<const Hash256> multiplicands);
Result<std::vector<Hash256>> decode_sigmas_call(ByteView bytes);
inline constexpr std::size_t kSigmasCallBytesMax = 64 + 32 * query::kAnswersMax;

/// Of messages and calls of this kind.
inline constexpr std::size_t kCountBytesMax = std::size_t{64} << 20;

}  // namespace mc::client
