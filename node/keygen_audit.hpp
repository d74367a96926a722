// SPDX-License-Identifier: Apache-2.0
// A commons' key generation verified by anybody: the board's messages from the store, the commitments from the chain,
// and no trust in either of those who hand them over.
#pragma once

#include "client/transport.hpp"
#include "node/keygen_setup.hpp"
#include "protocol/keygen_transcript.hpp"

namespace mc::node {

struct KeygenAudit {
  protocol::KeygenSetup setup;
  protocol::VerifiedKeygen verified;
};

/// Recomputes the key generation of the document's epoch, and checks that the keys the store serves are its outcome.
///   errors  the first mismatch, with who and what; kUnavailable while key generation is not finished
Result<KeygenAudit> audit_key_generation(const client::CommonsDocument& document, const governance::CommonsChain& chain,
                                         const client::TransportFactory& connect);

}  // namespace mc::node
