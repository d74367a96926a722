// SPDX-License-Identifier: Apache-2.0
// An old custodian's part in moving the data to the next committee's key (R12): looks at the final chain for a
// committee that follows its own, and when its timelock has elapsed makes the switching key with the others over the
// store's board. It believes neither store nor whoever handed in the next committee's document. May be stopped and
// started again at any point: what it says repeats itself byte for byte.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>

#include "client/secret_folder.hpp"
#include "client/transport.hpp"
#include "node/committee_change.hpp"

namespace mc::node {

struct MigrationJob {
  const client::SecretFolder& secrets;  // identity and release-keys
  CustodianId custodian{};
  const client::CommonsDocument& document;
  const governance::CommonsChain& chain;
  client::TransportFactory connect;
  /// Called with the ceremony before its first message leaves: writes it down.
  std::function<Status(const Hash256& ceremony)> before_speaking;
};

/// Takes part if there is something to do now. The epoch whose switching key is complete, or nothing: no committee is
/// approved, its timelock runs, its keys are not there, or this custodian is not named among the participants.
///   errors  kUnavailable while others are not there or `stop` was asked (try again); any other code says who broke
///           which rule
Result<std::optional<Epoch>> take_part_in_migration(const MigrationJob& job, const std::stop_token& stop);

}  // namespace mc::node
