// SPDX-License-Identifier: Apache-2.0
// The requester's end of a release: verifies, compares and combines the custodians' answers herself (R8, R9).
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "protocol/authorisation.hpp"
#include "protocol/share_message.hpp"

namespace mc::protocol {

/// How far the answers were checked against each other (R8).
enum class Assurance : std::uint8_t {
  kVerified,    // at least 2t-1 custodians answered: a lie would have been seen
  kUnverified,  // fewer: every piece is there, but a holder's lie may be unseen until an absent one recomputes the hash
  kDisputed,  // two custodians contradict each other and the answers do not suffice to say who lies: nothing is opened
};
std::string_view assurance_name(Assurance assurance);

/// Custodians who said different things about one piece (or about the heads, when `about_heads`).
struct Dispute {
  bool about_heads = false;
  fhe::PieceId piece{};
  std::map<Hash256, std::vector<CustodianId>> sayings;
  [[nodiscard]] std::string text() const;
};

struct Verdict {
  Assurance assurance = Assurance::kUnverified;
  std::vector<CustodianId> answered;
  std::vector<Dispute> disputes;
  std::vector<CustodianId> liars;  // named only with at least 3t-2 answers
};

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

/// Combines whatever answers came in. A message that is not properly signed, or for another authorisation or epoch, is
/// refused as a whole call: the caller drops it and may try again.
///   errors  kUnavailable names the pieces without an answer and the custodians who could give it; kNotFound names a
///           piece whose hash is agreed but whose bytes nobody sent, and whom to ask; kRefused, kCorrupt for bad
///           messages
Result<Opened> combine(const CombineContext& context, std::span<const ShareMessage> messages);

/// Spreads the pieces' bytes over the custodians at hand, so that each is asked for about as many. kUnavailable names
/// the pieces that none of them holds.
Result<std::map<CustodianId, std::vector<fhe::PieceId>>> choose_senders(const fhe::CommitteeShape& shape,
                                                                        std::span<const CustodianId> available);

}  // namespace mc::protocol
