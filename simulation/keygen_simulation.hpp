// SPDX-License-Identifier: Apache-2.0
// Key generation over a bad wire: every custodian is the real protocol/keygen_party behind a driver like the node's,
// which loses its memory when it crashes and keeps only its disk: the master secret and, at the end, the secrets file.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "protocol/keygen_party.hpp"
#include "simulation/board.hpp"
#include "simulation/cast.hpp"
#include "simulation/world.hpp"

namespace mc::simulation {

struct KeygenOutcome {
  /// Absent when the ceremony stopped, as it must when somebody lies about keys (R3: it needs all n).
  std::optional<protocol::KeySet> keys;
  std::map<CustodianId, protocol::CustodianSecrets> secrets;  // of everybody who finished
  std::string ending;                                         // for people
  // What stays public of the ceremony, from which anybody verifies it.
  std::optional<protocol::KeygenSetup> setup;
  std::shared_ptr<const Board> board;
  protocol::ChainFacts facts;
};

/// Runs one ceremony to its end and holds it to its promises:
///   without liars everybody finishes with the same keys whatever the wire does; with liars either that, or nobody
///   honest finishes and at least one of them says a liar's name, in the sentence with which it stopped or waits.
///   errors  kConflict: a broken promise
Result<KeygenOutcome> simulate_keygen(const Cast& cast, Epoch epoch, World& world);

}  // namespace mc::simulation
