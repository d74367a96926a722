// SPDX-License-Identifier: Apache-2.0
// Whether a share message is what it says: signed by a custodian of the committee, for this authorisation and epoch,
// with one saying for each piece that the custodian holds. Whether the sayings are true is for comparison to find out
// (R8).
#pragma once

#include <span>

#include "protocol/authorisation.hpp"
#include "protocol/share_message.hpp"

namespace mc::protocol {

/// `identities` by custodian id.
///   errors  kRefused: no such custodian, not signed by it, another authorisation or epoch; kCorrupt: another number of
///           answers, or not exactly the custodian's pieces
Status check_share_message(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities,
                           const Authorisation& authorisation, const ShareMessage& message);

}  // namespace mc::protocol
