// SPDX-License-Identifier: Apache-2.0
// Drives one custodian through key generation: moves the state machine's messages over the store's board and its
// commitments onto the chain, and keeps the resulting secrets. May be stopped and started again at any point.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "client/commons_document.hpp"
#include "client/transport.hpp"
#include "protocol/custodian_secrets.hpp"

namespace mc::node {

struct KeyingJob {
  std::filesystem::path folder;  // identity.key, master.key, wallet.key; pieces.secret comes here
  CustodianId custodian{};
  const client::CommonsDocument& document;
  const governance::CommonsChain& chain;
  client::TransportFactory connect;
  std::function<void(const std::string&)> on_state;
};

/// The custodian's seeds: from its file, or from key generation with the others.
///   errors  kUnavailable when somebody is not there yet or `stop` was asked (try again); any other code is final: a
///           custodian broke the protocol, or the chain holds other keys than the file belongs to
Result<protocol::CustodianSecrets> obtain_secrets(const KeyingJob& job, const std::stop_token& stop);

}  // namespace mc::node
