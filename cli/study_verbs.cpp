// SPDX-License-Identifier: Apache-2.0
// medcommons study propose | vote | count | execute | veto | list | show: what may be asked, decided by all three
// chambers on chain.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "cli/asking.hpp"
#include "cli/data_use_options.hpp"
#include "cli/local_session.hpp"
#include "cli/tallies.hpp"
#include "cli/verb.hpp"
#include "client/study_document.hpp"

namespace mc::cli {
namespace {

/// Of the (epsilon, delta) that a budget is shown as.
constexpr double kShownDelta = 1e-6;

struct StudyOptions {
  std::string dir, as, study, question, person;
  DataUseOptions use;
  std::vector<std::string> sql;
  std::uint32_t releases = 20;
  std::uint32_t days = 30;
  bool named = false;  // --as was given
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

/// The study's description as the store has it, whose hash is on chain; nothing when the store has none that can be
/// read.
std::optional<client::StudyDocument> description_of(const LocalSession& session, const governance::Study& study) {
  const auto transport = node::http_transports()(session.document.store_url, "the store");
  client::StoreClient store(*transport);
  const auto content = store.blob(study.proposal.content);
  if (!content) return std::nullopt;
  auto document = client::study_document_from_json(text_of(*content));
  return document ? std::optional(std::move(*document)) : std::nullopt;
}

double rho_of(std::uint64_t micro) {
  return static_cast<double>(micro) / 1e6;
}

/// A budget's parts in rho, and as the epsilon that each implies.
nlohmann::ordered_json budget_json(const governance::Budget& budget) {
  nlohmann::ordered_json out;
  for (const auto& [name, micro] :
       {std::pair("total", budget.total_micro), std::pair("spent", budget.spent_micro),
        std::pair("left", budget.left_micro()), std::pair("refunded", budget.refunded_micro)}) {
    out[name] = {{"rho", rho_of(micro)}, {"epsilon", client::epsilon_of(micro, kShownDelta)}};
  }
  return out;
}

/// Everything the chain says of a study, and who of the local members may vote on it.
Result<nlohmann::ordered_json> study_json(const LocalSession& session, const governance::Study& study,
                                          const node::LocalMember* reader) {
  const std::optional<client::StudyDocument> description = description_of(session, study);
  MC_TRY(const std::uint32_t used, session.commons().releases_used(study.id));
  MC_TRY(const governance::Budget budget, session.commons().budget_of(study.id));
  MC_TRY(const std::vector<node::LocalMember> members,
         node::voting_members(session.paths, session.record, session.commons()));
  nlohmann::ordered_json plans = nlohmann::ordered_json::array();
  for (const Hash256& plan : study.proposal.plans) plans.push_back(plan.hex());
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const node::LocalMember& member : members) names.push_back(member.name);
  nlohmann::ordered_json out{{"study", study.id.hex()},
                             {"state", std::string(governance::study_state_name(study.state))},
                             {"requester", study.requester.text()},
                             {"title", description ? description->title : ""},
                             {"questions", description ? description->questions : std::vector<std::string>()},
                             {"plans", plans},
                             {"purpose", fmt::format("DUO:{:07}", study.proposal.use.purpose)},
                             {"use", governance::data_use_text(study.proposal.use)},
                             {"standard", description ? description->standard : ""},
                             {"code", description ? description->code : ""},
                             {"rho", rho_of(study.proposal.rho_micro)},
                             {"epsilon", client::epsilon_of(study.proposal.rho_micro, kShownDelta)},
                             {"delta", kShownDelta},
                             {"budget", budget_json(budget)},
                             {"minimum_cohort", study.proposal.minimum_cohort},
                             {"suppress_below", study.proposal.suppress_below},
                             {"requester_key", study.proposal.requester_key.hex()},
                             {"releases_used", used},
                             {"releases_max", study.proposal.releases_max},
                             {"expires_at", study.proposal.expiry_s},
                             {"votes", tallies_json(study.tallies)},
                             {"can_execute", study.can_execute},
                             {"members", names}};
  if (reader != nullptr) {
    if (!description) return fail(Code::kNotFound, "the store has no description of study " + study.id.hex());
    MC_TRY(const auto sensitive, client::open_sensitive(*description, reader->box_secret));
    for (const auto& [heading, text] : sensitive) out["sensitive"][heading] = text;
  }
  return out;
}

std::string study_text(const governance::Study& study, const nlohmann::ordered_json& json) {
  std::string text = fmt::format(
      "study {}\n  state        {}{}\n", study.id.hex(), governance::study_state_name(study.state),
      study.can_execute && study.state == governance::StudyState::kProposed ? ", every chamber has decided: execute it"
                                                                            : "");
  for (const auto& question : json["questions"]) text += "  question     " + question.get<std::string>() + "\n";
  for (const char* key : {"title", "standard", "code"}) {
    const auto value = json[key].get<std::string>();
    if (!value.empty()) text += fmt::format("  {:<12} {}\n", key, value);
  }
  text += fmt::format("  purpose      DUO:{:07} ({})\n  releases     {} of {} used\n", study.proposal.use.purpose,
                      governance::data_use_text(study.proposal.use), json["releases_used"].get<std::uint32_t>(),
                      study.proposal.releases_max);
  if (study.proposal.rho_micro != 0) {
    const auto part = [&](const char* name) {
      return fmt::format("rho {} (epsilon {:.3f})", json["budget"][name]["rho"].get<double>(),
                         json["budget"][name]["epsilon"].get<double>());
    };
    text += fmt::format("  budget       {} at delta {}; spent {}, left {}\n", part("total"), kShownDelta, part("spent"),
                        part("left"));
  }
  if (study.proposal.minimum_cohort != 0 || study.proposal.suppress_below != 0) {
    text += fmt::format("  cohort       at least {} persons; cells below {} are not shown\n",
                        study.proposal.minimum_cohort, study.proposal.suppress_below);
  }
  text += tallies_text(study.tallies);
  std::string names;
  for (const auto& name : json["members"]) names += (names.empty() ? "" : ", ") + name.get<std::string>();
  text += "  may vote     " + names + "\n";
  if (json.contains("sensitive")) {
    for (const auto& [heading, value] : json["sensitive"].items()) {
      text += fmt::format("  {} (members only): {}\n", heading, value.get<std::string>());
    }
  }
  return text;
}

Status show_one(const LocalSession& session, const Hash256& id, bool json, const node::LocalMember* reader = nullptr) {
  MC_TRY(const governance::Study study, session.commons().study(id));
  MC_TRY(const nlohmann::ordered_json object, study_json(session, study, reader));
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
  const bool file = options.question.ends_with(".toml");
  if (file != options.sql.empty() && (file || options.question.empty())) {
    return fail(Code::kInvalidArgument, "give either a study file (study.toml) or questions (--sql)");
  }
  if (!file) {
    request.sql = options.sql;
    if (!options.question.empty()) request.sql.insert(request.sql.begin(), options.question);
    MC_TRY(request.use, data_use_of(options.use, session.document.purpose));
    request.releases_max = options.releases;
    request.lifetime_s = std::uint64_t{options.days} * 24 * 3600;
  } else {
    MC_TRY(const std::string text, read_text_file(options.question, client::kStudyFileBytesMax));
    auto read = client::study_request_from_toml(text);
    if (!read) return fail(read.error().within(options.question));
    request = std::move(*read);
  }
  std::optional<client::PersonalKey> personal;
  if (!options.person.empty()) {
    MC_TRY(personal, read_personal_key(options.person));
    for (std::string& sql : request.sql) sql = about(*personal, std::move(sql));
  }
  MC_TRY(const Hash256 id, researcher.propose(request, personal ? &*personal : nullptr));
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
  if (!options.named) return show_one(session, id, json);
  MC_TRY(const node::LocalMember member, node::local_member(session.paths, session.record, options.as));
  return show_one(session, id, json, &member);
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
      options->named = !options->as.empty();
      if (!options->named) options->as = node::kResearcherName;
      invocation.action = [options, action, &invocation] { return action(*options, invocation.json); };
    });
    return verb;
  };
  CLI::App* propose_verb =
      add("propose", "Propose a study that allows these questions; a requester key of its own is made", propose, false);
  propose_verb->add_option("question", options->question, "study.toml, or a question: SELECT …");
  propose_verb->add_option("--sql", options->sql, "a question: SELECT …; repeat --sql for several")
      ->allow_extra_args(false);
  propose_verb->add_option("--person", options->person,
                           "a patient's key (`patient key`): the questions are about her record, for her alone");
  add_purpose_options(*propose_verb, options->use);
  propose_verb
      ->add_option("--undertakes", options->use.modifiers, "DUO modifiers that the study observes, e.g. NPU,IRB,GS=DE")
      ->delimiter(',')
      ->allow_extra_args(false);
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
