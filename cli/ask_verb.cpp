// SPDX-License-Identifier: Apache-2.0
// medcommons ask: the researcher's question, from SQL to an answer that only she can read.
#include "cli/answer_json.hpp"
#include "cli/local_session.hpp"
#include "cli/verb.hpp"

namespace mc::cli {
namespace {

struct AskOptions {
  std::string dir, sql, study, as = std::string(node::kResearcherName);
  bool quiet = false;
};

Status ask(const AskOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  std::optional<Hash256> study;
  if (!options.study.empty()) {
    MC_TRY(study, hash_from_hex(options.study));
  }
  MC_TRY([[maybe_unused]] const node::LocalMember member,
         node::local_member(session.paths, session.record, options.as));
  MC_TRY(const client::ResearcherKeys keys, node::local_researcher_keys(session.paths, options.as));
  client::Researcher researcher(session.document, keys, session.commons(), node::http_transports());
  researcher.keep_evidence_in(session.paths.researcher(options.as) / "evidence");
  MC_TRY(const query::Plan plan, researcher.plan(options.sql));
  // Said on every answer of such a commons: a named study may have been approved in this way as well.
  const bool auto_approved = session.record.auto_approve;
  if (auto_approved && !study && !researcher.study_for(query::plan_hash(plan), {})) {
    client::StudyRequest request;
    request.sql = {options.sql};
    request.purpose = session.document.purpose;
    MC_TRY(const Hash256 id, researcher.propose(request));
    MC_TRY_STATUS(node::approve_by_everybody(session.paths, session.record, session.commons(), id));
  }
  const client::StepFunction step = [&](const std::string& what) {
    if (!options.quiet) progress(what);
  };
  MC_TRY(const client::Answer answer, researcher.ask(options.sql, study, step));
  print(json ? answer_json(answer, session.document, auto_approved)
             : answer_text(answer, session.document, auto_approved));
  return {};
}

}  // namespace

void add_ask_verb(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<AskOptions>();
  CLI::App* verb =
      app.add_subcommand("ask", "Ask as the researcher; the answer is computed on ciphertext and opened here only");
  verb->add_option("--dir", options->dir, "folder of the commons")->required();
  verb->add_option("sql", options->sql, "SELECT …")->required();
  verb->add_option("--study", options->study, "which approved study, when several allow the query");
  verb->add_option("--as", options->as, "which researcher (default: researcher)");
  verb->add_flag("--json", invocation.json, "as JSON");
  verb->add_flag("--quiet", options->quiet, "no progress lines");
  verb->callback([&invocation, options] {
    invocation.action = [options, &invocation] { return ask(*options, invocation.json); };
  });
}

}  // namespace mc::cli
