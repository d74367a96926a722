// SPDX-License-Identifier: Apache-2.0
// The embedded chain as a process of its own: anvil behind its door, for a commons on one machine. A commons in earnest
// names any EVM endpoint in its document instead.
#include <chrono>

#include "node/anvil.hpp"
#include "node/logging.hpp"
#include "node/role.hpp"

namespace mc::node {

Status run_chain(const RoleConfig& config) {
  set_log_name(config.name);
  MC_TRY(ShutdownSignal signal, ShutdownSignal::install());
  AnvilSpec spec;
  MC_TRY(spec.program, find_anvil(project_root()));
  spec.directory = config.folder;
  spec.port = config.port;
  MC_TRY(const std::unique_ptr<AnvilChain> chain, AnvilChain::start(spec));
  log_info("chain at " + chain->url());
  while (!signal.wait_for(std::chrono::milliseconds(500))) {
    if (!chain->is_alive()) return fail(Code::kUnavailable, "anvil has ended by itself");
  }
  log_info("stopping");
  chain->stop();
  return {};
}

}  // namespace mc::node
