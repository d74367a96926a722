// SPDX-License-Identifier: Apache-2.0
// medcommons member list | motions | propose-… | vote | execute | rotate-key | delegate: who belongs to the commons,
// and how its three chambers change that.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/acting.hpp"
#include "cli/tallies.hpp"
#include "cli/verb.hpp"
#include "node/local_chain.hpp"

namespace mc::cli {
namespace {

using governance::Chamber;
using governance::MotionAction;
using governance::Role;

struct MemberOptions {
  std::string dir, as, name, account, chamber, role, to;
  std::uint64_t motion = UINT64_MAX;
  bool no = false, none = false, dismiss = false;
};

Result<Chamber> chamber_from(const std::string& text) {
  for (const Chamber chamber : governance::kChambers) {
    if (text == governance::chamber_name(chamber)) return chamber;
  }
  return fail(Code::kInvalidArgument, "a chamber is patients, providers or researchers, not '" + text + "'");
}

Result<Role> role_from(const std::string& text) {
  for (const Role role : governance::kRoles) {
    if (text == governance::role_name(role)) return role;
  }
  return fail(Code::kInvalidArgument,
              "a role is custodian, node-operator, auditor or ethics-board, not '" + text + "'");
}

/// The account that the options name: by address, or by the name of somebody whose keys lie here.
Result<governance::Address> subject_of(const LocalSession& session, const MemberOptions& options) {
  if (options.name.empty() == options.account.empty())
    return fail(Code::kInvalidArgument, "give either --name or --account");
  if (!options.account.empty()) return governance::address_from_text(options.account);
  MC_TRY(const node::LocalMember member, node::local_member(session.paths, session.record, options.name));
  return member.wallet.address();
}

/// In a local commons the founder's purse pays for what newcomers send; it has no other power.
Status endow(const LocalSession& session, const governance::Address& account) {
  return node::endow_from_founder(session.commons().chain(), session.paths, session.record, std::span(&account, 1),
                                  session.record.endowment());
}

std::string motion_sentence(const governance::Motion& motion) {
  std::string text = std::string(governance::motion_action_name(motion.action)) + " " + motion.subject.text();
  if (motion.chamber != Chamber::kNone) text += " to the " + std::string(governance::chamber_name(motion.chamber));
  if (motion.role != Role::kNone) text += " as " + std::string(governance::role_name(motion.role));
  if (!motion.replacement.is_zero()) text += " by " + motion.replacement.text();
  return text;
}

nlohmann::ordered_json motion_json(const governance::MotionRecord& record) {
  return {{"motion", record.number},
          {"action", std::string(governance::motion_action_name(record.motion.action))},
          {"subject", record.motion.subject.text()},
          {"sentence", motion_sentence(record.motion)},
          {"state", std::string(governance::motion_state_name(record.state))},
          {"proposer", record.proposer.text()},
          {"voting_ends_at", record.voting_ends_s},
          {"votes", tallies_json(record.tallies)},
          {"can_execute", record.can_execute}};
}

std::string motion_text(const governance::MotionRecord& record) {
  std::string text = fmt::format("motion {}: {}\n  state        {}{}\n", record.number, motion_sentence(record.motion),
                                 governance::motion_state_name(record.state),
                                 record.can_execute ? ", every chamber has decided: execute it" : "");
  text += tallies_text(record.tallies);
  return text;
}

Status show_motion(const LocalSession& session, std::uint64_t number, bool json) {
  MC_TRY(const governance::MotionRecord record, session.commons().motion(number));
  print(json ? motion_json(record).dump(2) + "\n" : motion_text(record));
  return {};
}

Status propose(const Acting& by, const governance::Motion& motion, bool json) {
  MC_TRY(const std::uint64_t number, by.session.commons().propose_motion(by.member.wallet, motion));
  return show_motion(by.session, number, json);
}

Status propose_admission(const MemberOptions& options, bool json) {
  MC_TRY(const Acting by, acting(options.dir, options.as));
  MC_TRY(const Chamber chamber, chamber_from(options.chamber));
  const LocalSession& session = by.session;
  if (!options.name.empty() && !node::local_member(session.paths, session.record, options.name)) {
    MC_TRY_STATUS(node::make_candidate(session.paths, session.record, options.name, chamber));
  }
  MC_TRY(const governance::Address subject, subject_of(session, options));
  if (!options.name.empty()) MC_TRY_STATUS(endow(session, subject));
  return propose(by, {.action = MotionAction::kAdmit, .chamber = chamber, .subject = subject}, json);
}

Status propose_removal(const MemberOptions& options, bool json) {
  MC_TRY(const Acting by, acting(options.dir, options.as));
  MC_TRY(const governance::Address subject, subject_of(by.session, options));
  return propose(by, {.action = MotionAction::kRemove, .subject = subject}, json);
}

Status propose_key(const MemberOptions& options, bool json) {
  MC_TRY(const Acting by, acting(options.dir, options.as));
  MC_TRY(const governance::Address subject, subject_of(by.session, options));
  MC_TRY(const governance::Address replacement, governance::address_from_text(options.to));
  return propose(by, {.action = MotionAction::kRotate, .subject = subject, .replacement = replacement}, json);
}

Status propose_role(const MemberOptions& options, bool json) {
  MC_TRY(const Acting by, acting(options.dir, options.as));
  MC_TRY(const Role role, role_from(options.role));
  MC_TRY(const governance::Address subject, subject_of(by.session, options));
  const MotionAction action = options.dismiss ? MotionAction::kDismiss : MotionAction::kAppoint;
  return propose(by, {.action = action, .role = role, .subject = subject}, json);
}

/// The named motion, or the newest one.
Result<std::uint64_t> chosen(const MemberOptions& options, const governance::CommonsChain& chain) {
  if (options.motion != UINT64_MAX) return options.motion;
  MC_TRY(const std::uint64_t count, chain.motion_count());
  if (count == 0) return fail(Code::kNotFound, "no motion was proposed yet; see `medcommons member --help`");
  return count - 1;
}

Status vote(const MemberOptions& options, bool json) {
  MC_TRY(const Acting by, acting(options.dir, options.as));
  MC_TRY(const std::uint64_t number, chosen(options, by.session.commons()));
  MC_TRY_STATUS(by.session.commons().vote_motion(by.member.wallet, number, !options.no));
  return show_motion(by.session, number, json);
}

Status execute(const MemberOptions& options, bool json) {
  MC_TRY(const Acting by, acting(options.dir, options.as));
  MC_TRY(const std::uint64_t number, chosen(options, by.session.commons()));
  MC_TRY_STATUS(by.session.commons().execute_motion(by.member.wallet, number));
  return show_motion(by.session, number, json);
}

Status rotate_key(const MemberOptions& options, bool /*json*/) {
  MC_TRY(const Acting by, acting(options.dir, options.as));
  const governance::CommonsChain& commons = by.session.commons();
  MC_TRY(const governance::Wallet next, node::make_next_key(by.session.paths, options.as));
  MC_TRY(const governance::Address taken, commons.identity_of(next.address()));
  if (taken.is_zero()) {  // else an earlier run was interrupted after the chain knew it
    MC_TRY(const governance::Address identity, commons.identity_of(by.member.wallet.address()));
    MC_TRY_STATUS(endow(by.session, next.address()));
    MC_TRY_STATUS(commons.offer_key(by.member.wallet, next.address()));
    MC_TRY_STATUS(commons.take_key(next, identity));
  }
  MC_TRY_STATUS(node::adopt_next_key(by.session.paths, options.as));
  print(fmt::format("{} signs with {} from now on; {} is worth nothing any more\n", options.as, next.address().text(),
                    by.member.wallet.address().text()));
  return {};
}

Status delegate(const MemberOptions& options, bool /*json*/) {
  MC_TRY(const Acting by, acting(options.dir, options.as));
  if (options.to.empty() != options.none) return fail(Code::kInvalidArgument, "give either --to or --none");
  governance::Address to;
  if (!options.none) {
    MC_TRY(const node::LocalMember delegate, node::local_member(by.session.paths, by.session.record, options.to));
    to = delegate.wallet.address();
  }
  MC_TRY_STATUS(by.session.commons().delegate_vote(by.member.wallet, to));
  print(options.none ? options.as + " casts her own vote on what is proposed from now on\n"
                     : options.to + " casts the vote of " + options.as + " on what is proposed from now on\n");
  return {};
}

Status motions(const MemberOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const std::uint64_t count, session.commons().motion_count());
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  std::string text;
  for (std::uint64_t number = 0; number < count; ++number) {
    MC_TRY(const governance::MotionRecord record, session.commons().motion(number));
    list.push_back(motion_json(record));
    text += motion_text(record);
  }
  print(json ? list.dump(2) + "\n" : text);
  return {};
}

Status list(const MemberOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  const governance::CommonsChain& commons = session.commons();
  std::map<governance::Address, std::string> names;
  MC_TRY(const std::vector<node::LocalMember> local, node::local_members(session.paths, session.record));
  MC_TRY(const std::vector<node::LocalMember> officers, node::local_officers(session.paths));
  for (const node::LocalMember& member : local) names[member.wallet.address()] = member.name;
  for (const node::LocalMember& officer : officers) names[officer.wallet.address()] = officer.name;
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  const auto add = [&](std::string_view as, const governance::Address& account, const governance::Address& delegate) {
    const auto known = names.find(account);
    array.push_back({{"as", as},
                     {"name", known == names.end() ? "" : known->second},
                     {"account", account.text()},
                     {"delegate", delegate.is_zero() ? "" : delegate.text()}});
  };
  for (const Chamber chamber : governance::kChambers) {
    MC_TRY(const std::vector<governance::Address> accounts, commons.members(chamber));
    for (const governance::Address& account : accounts) {
      MC_TRY(const governance::Address identity, commons.identity_of(account));
      MC_TRY(const governance::Address delegate, commons.delegate_of(identity));
      add(governance::chamber_name(chamber), account, delegate);
    }
  }
  for (const Role role : governance::kRoles) {
    MC_TRY(const std::vector<governance::Address> accounts, commons.appointed(role));
    for (const governance::Address& account : accounts) add(governance::role_name(role), account, {});
  }
  if (json) {
    print(array.dump(2) + "\n");
    return {};
  }
  for (const auto& entry : array) {
    const auto delegate = entry["delegate"].get<std::string>();
    print(fmt::format("{:<13} {}  {}{}\n", entry["as"].get<std::string>(), entry["account"].get<std::string>(),
                      entry["name"].get<std::string>(), delegate.empty() ? "" : "  (vote cast by " + delegate + ")"));
  }
  return {};
}

}  // namespace

void add_member_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* family = app.add_subcommand("member", "Who belongs to the commons: admit, remove, appoint, delegate");
  family->require_subcommand(1);
  auto options = std::make_shared<MemberOptions>();
  const auto add = [&](const char* name, const char* what, Status (*action)(const MemberOptions&, bool), bool acts) {
    return add_member_verb(*family, invocation, options, {name, what, action, acts});
  };
  const auto names_subject = [&](CLI::App* verb) {
    verb->add_option("--name", options->name, "somebody whose keys lie in the folder");
    verb->add_option("--account", options->account, "an account, 0x…");
  };
  add("list", "Every member and officer", list, false);
  add("motions", "Every motion there was", motions, false);
  CLI::App* admission =
      add("propose-admission", "Move that somebody becomes a member; keys are made for a --name that has none",
          propose_admission, true);
  names_subject(admission);
  admission->add_option("--chamber", options->chamber, "patients, providers or researchers")
      ->required()
      ->check(CLI::IsMember({"patients", "providers", "researchers"}));
  names_subject(add("propose-removal", "Move that a member is removed", propose_removal, true));
  CLI::App* key = add("propose-key", "Move that a member's lost key is replaced by another", propose_key, true);
  names_subject(key);
  key->add_option("--to", options->to, "the account she signs with from then on, 0x…")->required();
  CLI::App* role = add("propose-role", "Move that somebody is appointed, or dismissed", propose_role, true);
  names_subject(role);
  role->add_option("--role", options->role, "custodian, node-operator, auditor or ethics-board")
      ->required()
      ->check(CLI::IsMember({"custodian", "node-operator", "auditor", "ethics-board"}));
  role->add_flag("--dismiss", options->dismiss, "dismiss instead of appoint");
  CLI::App* vote_verb = add("vote", "Vote on a motion: yes, or --no", vote, true);
  vote_verb->add_option("--motion", options->motion, "its number (default: the newest)");
  vote_verb->add_flag("--no", options->no, "vote no");
  add("execute", "Count the votes, and carry the motion out when every chamber said yes", execute, true)
      ->add_option("--motion", options->motion, "its number (default: the newest)");
  add("rotate-key", "Go on with a new key; the old one is worth nothing from then on", rotate_key, true);
  CLI::App* delegate_verb = add(
      "delegate", "Let another member of the chamber cast one's vote on what is proposed from now on", delegate, true);
  CLI::Option* to = delegate_verb->add_option("--to", options->to, "who casts it");
  delegate_verb->add_flag("--none", options->none, "cast it oneself again")->excludes(to);
}

}  // namespace mc::cli
