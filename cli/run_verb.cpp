// SPDX-License-Identifier: Apache-2.0
// medcommons run ROLE: one role process in the foreground. `local up` starts them in the background.
#include "cli/unlock_options.hpp"
#include "cli/verb.hpp"
#include "node/process_memory.hpp"
#include "node/role.hpp"

namespace mc::cli {

void add_run_verb(CLI::App& app, Invocation& invocation) {
  auto config = std::make_shared<node::RoleConfig>();
  auto role = std::make_shared<std::string>();
  auto document = std::make_shared<std::string>();
  auto folder = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("run", "Run one role in the foreground: chain, store, compute or custodian");
  verb->add_option("role", *role, "chain, store, compute or custodian")
      ->required()
      ->check(CLI::IsMember({"chain", "store", "compute", "custodian"}));
  verb->add_option("--commons", *document, "commons.json (not for the chain)");
  verb->add_option("--chain-url", config->chain_url,
                   "http://…: the JSON-RPC endpoint that this role reads the chain from (default: the document's)");
  verb->add_option("--folder", *folder, "the role's own folder: keys and state")->required();
  verb->add_option("--port", config->port, "port on loopback (default: any free one)");
  verb->add_option("--name", config->name, "name in the log (default: the role)");
  verb->add_option("--custodian", config->custodian, "which custodian, from 0");
  verb->add_option("--chain-days-ahead", config->chain_days_ahead,
                   "custodian: days that the chain's time may be ahead of this machine's clock (default: 7)");
  auto unlock = std::make_shared<UnlockOptions>();
  add_unlock_options(*verb, *unlock, "");
  verb->callback([&invocation, config, role, document, folder, unlock] {
    invocation.action = [config, role, document, folder, unlock]() -> Status {
      node::share_heaps();
      config->document = *document;
      config->folder = *folder;
      config->unlock = unlock_source(*unlock);
      if (config->name.empty()) config->name = *role;
      if (*role == "chain") return node::run_chain(*config);
      if (document->empty()) return fail(Code::kInvalidArgument, "run " + *role + ": --commons is needed");
      if (*role == "store") return node::run_store(*config);
      if (*role == "compute") return node::run_compute(*config);
      return node::run_custodian(*config);
    };
  });
}

}  // namespace mc::cli
