// SPDX-License-Identifier: Apache-2.0
// medcommons committee verify | propose | vote | veto | activate | status: the key generation, recomputed from what is
// public; and how the chambers give the commons another committee.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/local_session.hpp"
#include "cli/tallies.hpp"
#include "cli/verb.hpp"
#include "node/keygen_audit.hpp"
#include "node/local_change.hpp"

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

struct ChangeOptions {
  std::string dir, as;
  std::uint32_t custodians = 0, threshold = 0;
  bool yes = false, no = false;
};

/// The newest committee that was ever proposed.
Result<Epoch> newest(const LocalSession& session) {
  return session.commons().last_epoch();
}

Status propose(const ChangeOptions& options) {
  const node::ChangeSpec spec{options.dir, options.custodians, options.threshold, {}, {}};
  MC_TRY_STATUS(node::propose_local_committee(spec, options.as, progress));
  return {};
}

Status vote(const ChangeOptions& options) {
  if (options.yes == options.no) return fail(Code::kInvalidArgument, "give either --yes or --no");
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const node::LocalMember member, node::local_member(session.paths, session.record, options.as));
  MC_TRY(const Epoch epoch, newest(session));
  MC_TRY_STATUS(session.commons().vote_committee(member.wallet, epoch, options.yes));
  print(options.as + " has voted on the committee of epoch " + std::to_string(epoch.value) + "\n");
  MC_TRY(const governance::CommitteeStatus status, session.commons().committee_status(epoch));
  if (!status.can_decide) return {};
  MC_TRY(const governance::CommitteeState decided, session.commons().decide_committee(member.wallet, epoch));
  print("it is " + std::string(governance::committee_state_name(decided)) + "\n");
  return {};
}

Status veto(const ChangeOptions& options) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const node::LocalMember member, node::local_member(session.paths, session.record, options.as));
  MC_TRY(const Epoch epoch, newest(session));
  MC_TRY_STATUS(session.commons().veto_committee(member.wallet, epoch));
  MC_TRY(const governance::CommitteeStatus status, session.commons().committee_status(epoch));
  print(options.as + " objects to the committee of epoch " + std::to_string(epoch.value) + "; it is " +
        std::string(governance::committee_state_name(status.state)) + "\n");
  return {};
}

Status activate(const ChangeOptions& options) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const node::LocalMember member, node::local_member(session.paths, session.record, options.as));
  MC_TRY(const Epoch epoch, newest(session));
  MC_TRY_STATUS(session.commons().activate_committee(member.wallet, epoch));
  print("the committee of epoch " + std::to_string(epoch.value) +
        " is in office; `medcommons local change-committee` finishes the change\n");
  return {};
}

Status status(const std::string& dir, bool json) {
  MC_TRY(const LocalSession session, open_session(dir));
  MC_TRY(const Epoch in_office, session.commons().current_epoch());
  MC_TRY(const Epoch last, newest(session));
  MC_TRY(const std::uint64_t timelock_s, session.commons().committee_timelock_s());
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (std::uint32_t epoch = 1; epoch <= last.value; ++epoch) {
    MC_TRY(const governance::Committee committee, session.commons().committee(Epoch(epoch)));
    MC_TRY(const governance::CommitteeStatus found, session.commons().committee_status(Epoch(epoch)));
    list.push_back(
        {{"epoch", epoch},
         {"committee", std::to_string(committee.threshold) + "-of-" + std::to_string(committee.custodians.size())},
         {"state", governance::committee_state_name(found.state)},
         {"approved_s", found.approved_s},
         {"activation_from_s", found.approved_s == 0 ? 0 : found.approved_s + timelock_s},
         {"votes", tallies_json(found.votes)},
         {"objections", tallies_json(found.objections)}});
  }
  if (json) {
    const nlohmann::ordered_json object = {
        {"in_office", in_office.value}, {"timelock_s", timelock_s}, {"committees", list}};
    print(object.dump(2) + "\n");
    return {};
  }
  print(fmt::format("a new committee waits {} s between its approval and its activation\n", timelock_s));
  for (const auto& entry : list) {
    print(fmt::format("epoch {}  {}  {}\n", entry["epoch"].get<std::uint32_t>(), entry["committee"].get<std::string>(),
                      entry["state"].get<std::string>()));
  }
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

  auto options = std::make_shared<ChangeOptions>();
  const auto on_commons = [&](const char* name, const char* what) {
    CLI::App* added = committee->add_subcommand(name, what);
    added->add_option("--dir", options->dir, "folder of the commons")->required();
    return added;
  };
  CLI::App* propose_verb = on_commons("propose", "Propose another committee; `local change-committee` carries it out");
  propose_verb->add_option("--as", options->as, "local member who proposes")->required();
  propose_verb->add_option("--custodians", options->custodians, "number of custodians n")->required();
  propose_verb->add_option("--threshold", options->threshold, "custodians needed to release t, n >= 2t-1")->required();
  propose_verb->callback([&invocation, options] { invocation.action = [options] { return propose(*options); }; });

  CLI::App* vote_verb = on_commons("vote", "Vote on the newest committee that was proposed");
  vote_verb->add_option("--as", options->as, "local member who votes")->required();
  vote_verb->add_flag("--yes", options->yes, "in favour");
  vote_verb->add_flag("--no", options->no, "against");
  vote_verb->callback([&invocation, options] { invocation.action = [options] { return vote(*options); }; });

  CLI::App* veto_verb = on_commons("veto", "Object to the approved committee; a majority of any chamber stops it");
  veto_verb->add_option("--as", options->as, "local member who objects")->required();
  veto_verb->callback([&invocation, options] { invocation.action = [options] { return veto(*options); }; });

  CLI::App* activate_verb =
      on_commons("activate", "Put the approved committee into office: after its timelock, when all its keys are there");
  activate_verb->add_option("--as", options->as, "local member who pays for the transaction")->required();
  activate_verb->callback([&invocation, options] { invocation.action = [options] { return activate(*options); }; });

  CLI::App* status_verb = on_commons("status", "Every committee there was or may be, and the timelock");
  status_verb->add_flag("--json", invocation.json, "as JSON");
  status_verb->callback([&invocation, options] {
    invocation.action = [options, &invocation] { return status(options->dir, invocation.json); };
  });
}

}  // namespace mc::cli
