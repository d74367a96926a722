// SPDX-License-Identifier: Apache-2.0
// The compute node's part in opening uploaded columns (docs/design/0047): it carries what custodians say of each column
// between them until all have a verdict. It computes nothing, learns what anybody would who asked them, and can only
// fail to carry.
#pragma once

#include <stop_token>
#include <thread>

#include "client/commons_document.hpp"
#include "client/opening_calls.hpp"
#include "client/transport.hpp"
#include "node/verifier.hpp"

namespace mc::node {

/// Drives one upload until every custodian that answers has a verdict on it.
///   errors  kUnavailable: fewer than 2t-1 custodians answer, naming what they said, or it was asked to stop; the first
///           error of a custodian that judges
Status drive_opening(const client::CommonsDocument& document, const fhe::CommitteeShape& shape, const Hash256& manifest,
                     const client::TransportFactory& connect, const std::stop_token& stop = {});

/// Drives every upload whose proofs have been checked here, as it appears, in a thread of its own.
class OpeningWatch {
 public:
  /// Does nothing where the commons opens no columns. Keeps a reference to `verifier`.
  OpeningWatch(client::CommonsDocument document, const Verifier& verifier, client::TransportFactory connect);

 private:
  std::jthread thread_;  // ends with the column that is under way
};

}  // namespace mc::node
