// SPDX-License-Identifier: Apache-2.0
// The requester's end of a release: verifies, compares and combines the custodians' answers herself (R8, R9).
#pragma once

#include <span>
#include <vector>

#include "protocol/authorisation.hpp"
#include "protocol/comparison.hpp"
#include "protocol/share_message.hpp"

namespace mc::protocol {

struct Opened {
  Verdict verdict;
  std::vector<double> means;  // empty when disputed
};

/// What the requester knows.
struct CombineContext {
  fhe::ParamsPtr params;
  fhe::CommitteeShape shape;
  std::span<const PublicIdentity> identities;  // by custodian id, from the chain
  const Authorisation* authorisation = nullptr;
  const SecretKey256* secret = nullptr;  // the requester's
  fhe::RequesterContext requester;
};

/// Whether a message is a custodian's signed answer to this authorisation, one saying for each of its pieces and one
/// head for each answer. Whether it is true is for the comparison to find out (R8).
///   errors  kRefused: no such custodian, not signed by it, another authorisation or epoch; kCorrupt: other pieces, or
///           another number of answers
Status check_share_message(const fhe::CommitteeShape& shape, std::span<const PublicIdentity> identities,
                           const Authorisation& authorisation, const ShareMessage& message);

/// Combines whatever answers came in. A message that is not properly signed, or for another authorisation or epoch, is
/// refused as a whole call: the caller drops it and may try again.
///   errors  kUnavailable names the pieces without an answer and the custodians who could give it; kNotFound names a
///           piece whose hash is agreed but whose bytes nobody sent, and whom to ask; kRefused, kCorrupt for bad
///           messages
Result<Opened> combine(const CombineContext& context, std::span<const ShareMessage> messages);

}  // namespace mc::protocol
