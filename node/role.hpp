// SPDX-License-Identifier: Apache-2.0
// What every role process is made of: the founding document, a folder of its own, a chain connection, a server.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "client/commons_document.hpp"
#include "client/secret_folder.hpp"
#include "client/transport.hpp"
#include "node/http_server.hpp"
#include "node/process_shutdown.hpp"
#include "node/rpc_http.hpp"
#include "protocol/release_state.hpp"

namespace mc::node {

struct RoleConfig {
  std::string name;                // "store", "compute", "custodian-0": also in logs
  std::filesystem::path document;  // commons.json
  std::string chain_url;           // the chain's node that this role asks; empty: the one that the document names
  std::filesystem::path folder;    // the role's own state and keys
  std::uint16_t port = 0;
  std::uint8_t custodian = 0;   // custodians only
  client::UnlockSource unlock;  // custodians only: what opens their secrets
  // Custodians only: so many days the chain may be ahead of this machine's clock.
  std::uint32_t chain_days_ahead = protocol::kWindowsJumpMax;
};

/// A connection of one's own to the chain.
class ChainLink {
 public:
  explicit ChainLink(const client::CommonsDocument& document)
      : rpc_(document.chain_url), chain_(rpc_), commons_(chain_, document.deployment) {}
  ChainLink(const ChainLink&) = delete;
  ChainLink& operator=(const ChainLink&) = delete;
  [[nodiscard]] const governance::CommonsChain& commons() const { return commons_; }
  [[nodiscard]] governance::Chain& chain() { return chain_; }

 private:
  HttpRpc rpc_;
  governance::Chain chain_;
  governance::CommonsChain commons_;
};

/// The commons as the final chain has it: the head less the document's confirmations. What is read here does not go
/// away; key generation (R4) and releases (R6) read nothing else.
struct FinalChain {
  governance::CommonsChain commons;
  governance::Block block;
};
Result<FinalChain> final_chain(const client::CommonsDocument& document, const governance::CommonsChain& chain);

/// Reads and parses a founding document.
Result<client::CommonsDocument> load_document(const std::filesystem::path& path);

/// The document of a role, which may ask a chain node of its own: a custodian's is its operator's.
Result<client::CommonsDocument> role_document(const RoleConfig& config);

/// Connections over HTTP.
client::TransportFactory http_transports();

/// Serves until `signal` says to end; install it before any thread is made.
Status serve_until_stopped(Router router, const RoleConfig& config, ShutdownSignal& signal);

// The roles. Each blocks until it is told to stop.
Status run_chain(const RoleConfig& config);
Status run_store(const RoleConfig& config);
Status run_compute(const RoleConfig& config);
Status run_custodian(const RoleConfig& config);

}  // namespace mc::node
