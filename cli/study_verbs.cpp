// SPDX-License-Identifier: Apache-2.0
// medcommons study propose | vote | count | execute | veto | list | show: what may be asked, decided by all three
// chambers on chain.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/local_session.hpp"
#include "cli/verb.hpp"
#include "governance/duo.hpp"

namespace mc::cli {
namespace {

struct StudyOptions {
  std::string dir, as, study, purpose;
  std::vector<std::string> sql;
  std::uint32_t releases = 20;
  std::uint32_t days = 30;
  bool yes = false;
  bool no = false;
};

/// The named study, or the newest one.
Result<Hash256> chosen(const StudyOptions& options, const governance::CommonsChain& chain) {
  if (!options.study.empty()) return hash_from_hex(options.study);
  MC_TRY(const std::vector<Hash256> all, chain.study_ids());
  if (all.empty()) return fail(Code::kNotFound, "no study was proposed yet; see `medcommons study propose --help`");
  return all.back();
}

/// The questions that the study's description names, as the store has it; the store hashes what it gives.
std::vector<std::string> questions_of(const LocalSession& session, const governance::Study& study) {
  const auto transport = node::http_transports()(session.document.store_url, "the store");
  client::StoreClient store(*transport);
  const auto content = store.blob(study.proposal.content);
  if (!content) return {};
  const auto json = nlohmann::json::parse(text_of(*content), nullptr, false);
  if (!json.is_object() || !json.contains("questions") || !json["questions"].is_array()) return {};
  std::vector<std::string> questions;
  for (const auto& question : json["questions"]) {
    if (question.is_object() && question.contains("sql") && question["sql"].is_string()) {
      questions.push_back(question["sql"].get<std::string>());
    }
  }
  return questions;
}

/// Everything the chain says of a study, and who of the local members may vote on it.
Result<nlohmann::ordered_json> study_json(const LocalSession& session, const governance::Study& study) {
  MC_TRY(const std::uint32_t used, session.commons().releases_used(study.id));
  MC_TRY(const std::vector<node::LocalMember> members,
         node::voting_members(session.paths, session.record, session.commons()));
  nlohmann::ordered_json tallies;
  for (std::size_t i = 0; i < governance::kChambers.size(); ++i) {
    tallies[std::string(governance::chamber_name(governance::kChambers[i]))] = {
        {"yes", study.tallies[i].yes}, {"no", study.tallies[i].no}, {"members", study.tallies[i].members}};
  }
  nlohmann::ordered_json plans = nlohmann::ordered_json::array();
  for (const Hash256& plan : study.proposal.plans) plans.push_back(plan.hex());
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const node::LocalMember& member : members) names.push_back(member.name);
  return nlohmann::ordered_json{{"study", study.id.hex()},
                                {"state", std::string(governance::study_state_name(study.state))},
                                {"requester", study.requester.text()},
                                {"questions", questions_of(session, study)},
                                {"plans", plans},
                                {"purpose", fmt::format("DUO:{:07}", study.proposal.purpose)},
                                {"requester_key", study.proposal.requester_key.hex()},
                                {"releases_used", used},
                                {"releases_max", study.proposal.releases_max},
                                {"expires_at", study.proposal.expiry_s},
                                {"votes", tallies},
                                {"can_execute", study.can_execute},
                                {"members", names}};
}

std::string study_text(const governance::Study& study, const nlohmann::ordered_json& json) {
  std::string text = fmt::format(
      "study {}\n  state        {}{}\n", study.id.hex(), governance::study_state_name(study.state),
      study.can_execute && study.state == governance::StudyState::kProposed ? ", every chamber has decided: execute it"
                                                                            : "");
  for (const auto& question : json["questions"]) text += "  question     " + question.get<std::string>() + "\n";
  text += fmt::format("  purpose      DUO:{:07}\n  releases     {} of {} used\n", study.proposal.purpose,
                      json["releases_used"].get<std::uint32_t>(), study.proposal.releases_max);
  for (std::size_t i = 0; i < governance::kChambers.size(); ++i) {
    text += fmt::format("  {:<12} {} yes, {} no, {} members\n", governance::chamber_name(governance::kChambers[i]),
                        study.tallies[i].yes, study.tallies[i].no, study.tallies[i].members);
  }
  std::string names;
  for (const auto& name : json["members"]) names += (names.empty() ? "" : ", ") + name.get<std::string>();
  return text + "  may vote     " + names + "\n";
}

Status show_one(const LocalSession& session, const Hash256& id, bool json) {
  MC_TRY(const governance::Study study, session.commons().study(id));
  MC_TRY(const nlohmann::ordered_json object, study_json(session, study));
  print(json ? object.dump(2) + "\n" : study_text(study, object));
  return {};
}

Status propose(const StudyOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const node::LocalMember member, node::local_member(session.paths, session.record, options.as));
  if (member.chamber != governance::Chamber::kResearchers) {
    return fail(Code::kRefused, "'" + options.as + "' is not a researcher; only researchers propose studies");
  }
  MC_TRY(const client::ResearcherKeys keys, node::local_researcher_keys(session.paths, options.as));
  client::Researcher researcher(session.document, keys, session.commons(), node::http_transports());
  client::StudyRequest request;
  request.sql = options.sql;
  request.purpose = session.document.purpose;
  if (!options.purpose.empty()) {
    MC_TRY(const governance::DuoPurpose purpose, governance::duo_purpose_from_text(options.purpose));
    request.purpose = purpose.code;
  }
  request.releases_max = options.releases;
  request.lifetime_s = std::uint64_t{options.days} * 24 * 3600;
  MC_TRY(const Hash256 id, researcher.propose(request));
  return show_one(session, id, json);
}

Status vote(const StudyOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const node::LocalMember member, node::local_member(session.paths, session.record, options.as));
  if (options.yes && options.no) return fail(Code::kInvalidArgument, "--yes and --no exclude each other");
  MC_TRY(const Hash256 id, chosen(options, session.commons()));
  MC_TRY([[maybe_unused]] const governance::Receipt receipt, session.commons().vote(member.wallet, id, !options.no));
  return show_one(session, id, json);
}

Status execute(const StudyOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const node::LocalMember member, node::local_member(session.paths, session.record, options.as));
  MC_TRY(const Hash256 id, chosen(options, session.commons()));
  MC_TRY(const governance::Study before, session.commons().study(id));
  governance::StudyState state = before.state;
  if (state != governance::StudyState::kProposed && state != governance::StudyState::kApproved) {
    return fail(Code::kRefused, "study " + id.hex() + " is " + std::string(governance::study_state_name(state)) +
                                    ": there is nothing to execute any more");
  }
  if (state != governance::StudyState::kApproved) {
    MC_TRY(state, session.commons().execute(member.wallet, id));
  }
  if (state == governance::StudyState::kApproved) {
    MC_TRY_STATUS(node::activate_when_due(session.commons(), member.wallet, id));
  }
  return show_one(session, id, json);
}

Status veto(const StudyOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const node::LocalMember member, node::local_member(session.paths, session.record, options.as));
  MC_TRY(const Hash256 id, chosen(options, session.commons()));
  MC_TRY_STATUS(session.commons().veto(member.wallet, id));
  return show_one(session, id, json);
}

Status count(const StudyOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const node::LocalMember member, node::local_member(session.paths, session.record, options.as));
  MC_TRY(const Hash256 id, chosen(options, session.commons()));
  MC_TRY([[maybe_unused]] const governance::StudyState state, session.commons().execute(member.wallet, id));
  return show_one(session, id, json);
}

Status list(const StudyOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const std::vector<governance::Study> studies, session.commons().studies());
  if (json) {
    nlohmann::ordered_json array = nlohmann::ordered_json::array();
    for (const governance::Study& study : studies) {
      array.push_back({{"study", study.id.hex()},
                       {"state", std::string(governance::study_state_name(study.state))},
                       {"requester", study.requester.text()},
                       {"expires_at", study.proposal.expiry_s}});
    }
    print(array.dump(2) + "\n");
    return {};
  }
  for (const governance::Study& study : studies) {
    print(fmt::format("{}  {:<8}  by {}\n", study.id.hex(), governance::study_state_name(study.state),
                      study.requester.text()));
  }
  return {};
}

Status show(const StudyOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const Hash256 id, chosen(options, session.commons()));
  return show_one(session, id, json);
}

}  // namespace

void add_study_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* study = app.add_subcommand("study", "What may be asked: propose, vote, execute, show");
  study->require_subcommand(1);
  auto options = std::make_shared<StudyOptions>();
  const auto add = [&](const char* name, const char* what, Status (*action)(const StudyOptions&, bool),
                       bool names_study) {
    CLI::App* verb = study->add_subcommand(name, what);
    verb->add_option("--dir", options->dir, "folder of the commons")->required();
    verb->add_option("--as", options->as, "which member acts (default: researcher)");
    verb->add_flag("--json", invocation.json, "as JSON");
    if (names_study) verb->add_option("--study", options->study, "study id (default: the newest)");
    verb->callback([&invocation, options, action] {
      if (options->as.empty()) options->as = node::kResearcherName;
      invocation.action = [options, action, &invocation] { return action(*options, invocation.json); };
    });
    return verb;
  };
  CLI::App* propose_verb =
      add("propose", "Propose a study that allows these questions; a requester key of its own is made", propose, false);
  propose_verb->add_option("sql,--sql", options->sql, "SELECT …; repeat --sql for several questions")->required();
  propose_verb->add_option("--purpose", options->purpose, "DUO code or abbreviation (default: the commons' purpose)");
  propose_verb->add_option("--releases", options->releases, "answers that may be released (default: 20)");
  propose_verb->add_option("--days", options->days, "days until it expires (default: 30)");
  CLI::App* vote_verb = add("vote", "Vote on a study: yes, or --no", vote, true);
  vote_verb->add_flag("--yes", options->yes, "vote yes (the default)");
  vote_verb->add_flag("--no", options->no, "vote no");
  add("count", "Count the votes, without waiting for the timelock in which the ethics board may object", count, true);
  add("execute",
      "Count the votes, and make the study active: when every chamber said yes and its timelock has elapsed without a "
      "veto",
      execute, true);
  add("veto", "As a member of the ethics board: object to an approved study; more than half of the board stop it", veto,
      true);
  add("list", "Every study that was ever proposed", list, false);
  add("show", "State, query, votes, releases", show, true);
}

}  // namespace mc::cli
