// SPDX-License-Identifier: Apache-2.0
// One custodian's answer to one question, over a wire that may damage it. What cannot be read, or is not signed by whom
// was asked, says nothing about the custodian: it is asked once more before it counts as unavailable.
#pragma once

#include <span>
#include <string>

#include "client/transport.hpp"
#include "protocol/combine.hpp"
#include "protocol/share_collector.hpp"
#include "query/plan/plan.hpp"

namespace mc::client {

struct ShareQuestion {
  const fhe::ParamsPtr& params;
  const fhe::CommitteeShape& shape;
  std::span<const protocol::PublicIdentity> identities;  // by custodian id
  const protocol::Authorisation& authorisation;
  const std::string& sql;
  std::span<const std::uint8_t> shown = {};        // ReleaseCall::shown
  std::uint32_t steps = 0;                         // ReleaseCall::steps
  std::span<const query::MomentId> left_out = {};  // ReleaseCall::left_out
};

/// How often one custodian is asked in all when its answer comes damaged.
inline constexpr int kDamagedRepliesMax = 2;

/// `bytes` grows by what came over the wire. Bytes of a share that are not those signed are damage too; when they come
/// so again the message is returned as it is, for its signed hashes count and another holder has the bytes.
///   errors  kUnavailable with the reason when it came damaged every time; what the custodian and the transport say
Result<protocol::ShareMessage> fetch_share(Transport& custodian, const ShareQuestion& question,
                                           const protocol::Ask& ask, std::size_t& bytes);

}  // namespace mc::client
