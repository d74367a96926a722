// SPDX-License-Identifier: Apache-2.0
// Drives one custodian through key generation: moves the state machine's messages over the store's board and its
// commitments onto the chain. What it keeps is no seed but the release keys of the day (R11); when the keys are there
// for all, the secret of the ceremony is erased. May be stopped and started again at any point.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "client/commons_document.hpp"
#include "client/secret_folder.hpp"
#include "client/transport.hpp"
#include "protocol/release_state.hpp"

namespace mc::node {

struct KeyingJob {
  const client::SecretFolder& secrets;  // identity, wallet, ceremony-EPOCH; release-keys comes here
  CustodianId custodian{};
  const client::CommonsDocument& document;
  const governance::CommonsChain& chain;
  client::TransportFactory connect;
  std::function<void(const std::string&)> on_state;
  std::function<Status(std::uint64_t)>
      believe_time;  // refuses a chain's time that must not decide of which day keys are
};

/// Names of a custodian's sealed files.
inline constexpr std::string_view kIdentitySecret = "identity";
inline constexpr std::string_view kWalletSecret = "wallet";
inline constexpr std::string_view kReleaseKeysSecret = "release-keys";
/// "ceremony-1": of one key epoch, erased when its keys are there.
std::string ceremony_secret_name(Epoch epoch);

/// The custodian's pieces and release keys: from its file, or from key generation with the others.
///   errors  kUnavailable when somebody is not there yet or `stop` was asked (try again); any other code is final: a
///           custodian broke the protocol, or the chain holds other keys than the file belongs to
Result<protocol::ReleaseState> obtain_release_state(const KeyingJob& job, const std::stop_token& stop);

}  // namespace mc::node
