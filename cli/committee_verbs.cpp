// SPDX-License-Identifier: Apache-2.0
// medcommons committee verify: the key generation, recomputed from what is public.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/local_session.hpp"
#include "cli/verb.hpp"
#include "node/keygen_audit.hpp"

namespace mc::cli {
namespace {

Status verify(const std::string& dir, bool json) {
  MC_TRY(const LocalSession session, open_session(dir));
  MC_TRY(const node::KeygenAudit audit,
         node::audit_key_generation(session.document, session.commons(), node::http_transports()));
  const protocol::VerifiedKeygen& found = audit.verified;
  if (json) {
    nlohmann::ordered_json galois = nlohmann::ordered_json::array();
    for (const auto& [element, hash] : found.hashes.galois) {
      galois.push_back({{"galois_element", element}, {"sha256", hash.hex()}});
    }
    const nlohmann::ordered_json object = {{"verified", true},
                                           {"epoch", audit.setup.epoch.value},
                                           {"committee", audit.setup.shape.text()},
                                           {"ceremony", audit.setup.ceremony().hex()},
                                           {"messages", found.messages},
                                           {"bytes", found.body_bytes},
                                           {"public_key", found.hashes.public_key.hex()},
                                           {"relinearisation_key", found.hashes.relin_key.hex()},
                                           {"galois_keys", galois},
                                           {"transcript", found.transcript.hex()},
                                           {"commitment", found.commitment.hex()}};
    print(object.dump(2) + "\n");
    return {};
  }
  print(fmt::format(
      "verified: key generation of epoch {}, {} committee\n"
      "  {} messages, {:.1f} MB: signatures, commitments before reveals, agreement of all holders, sums\n"
      "  keys         public key, relinearisation key, {} rotation and conjugation keys\n"
      "  transcript   {}\n"
      "  commitment   {}, on chain by all {} custodians\n",
      audit.setup.epoch.value, audit.setup.shape.text(), found.messages, static_cast<double>(found.body_bytes) / 1e6,
      found.hashes.galois.size(), found.transcript.hex(), found.commitment.hex(), audit.setup.shape.custodians()));
  return {};
}

}  // namespace

void add_committee_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* committee = app.add_subcommand("committee", "The custodians and their keys");
  committee->require_subcommand(1);
  auto dir = std::make_shared<std::string>();
  CLI::App* verb = committee->add_subcommand(
      "verify",
      "Recompute the key generation from the board and the chain, without any secret; says who lied about what");
  verb->add_option("--dir", *dir, "folder of the commons")->required();
  verb->add_flag("--json", invocation.json, "as JSON");
  verb->callback(
      [&invocation, dir] { invocation.action = [dir, &invocation] { return verify(*dir, invocation.json); }; });
}

}  // namespace mc::cli
