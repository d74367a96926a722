// SPDX-License-Identifier: Apache-2.0
// medcommons ask: the researcher's question, from SQL to an answer that only she can read.
#include <fmt/format.h>

#include <cmath>

#include "base/file.hpp"
#include "cli/answer_json.hpp"
#include "cli/local_session.hpp"
#include "cli/verb.hpp"
#include "client/sealed_parameters.hpp"
#include "query/release/privacy.hpp"

namespace mc::cli {
namespace {

/// Of a study that --auto-approve makes in a guarded commons.
constexpr std::uint64_t kAutoApprovedRhoMicro = 1'000'000;
constexpr double kRhoMax = static_cast<double>(query::kRhoNanoMax) / static_cast<double>(query::kNanoPerRho);

struct AskOptions {
  std::string dir, sql, study, plot, parameters, as = std::string(node::kResearcherName);
  double rho = 0;  // 0: not said
  bool quiet = false;
};

/// Before anything is computed or paid for.
Status check_plot(const AskOptions& options, const query::Plan& plan) {
  if (options.plot.empty()) return {};
  if (!options.plot.ends_with(".svg")) {
    return fail(Code::kInvalidArgument, "--plot writes SVG: " + options.plot + " does not end in .svg");
  }
  const bool is_drawn = std::any_of(plan.items.begin(), plan.items.end(),
                                    [](const query::PlanItem& item) { return item.survival.has_value(); });
  if (is_drawn) return {};
  return fail(Code::kInvalidArgument, "--plot draws kaplan_meier and cox, and the question has neither");
}

/// The first picture into the file, others into files numbered from 2: km.svg, km-2.svg.
Status write_pictures(const std::string& file, const query::ResultTable& table) {
  std::size_t count = 0;
  for (const auto& row : table.rows) {
    for (const query::Value& value : row) {
      const auto* model = std::get_if<query::ModelCell>(&value);
      if (model == nullptr || (*model)->picture.empty()) continue;
      ++count;
      const std::string stem = file.substr(0, file.size() - 4);
      const std::string name = count == 1 ? file : stem + "-" + std::to_string(count) + ".svg";
      MC_TRY_STATUS(write_file_atomically(name, view_of((*model)->picture)));
      progress("picture: " + name);
    }
  }
  return {};
}

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
  if (!(options.rho >= 0) || options.rho > kRhoMax || (options.rho != 0 && session.document.exact)) {
    return fail(Code::kInvalidArgument, session.document.exact
                                            ? "--rho is for guarded commons; this one is exact"
                                            : fmt::format("--rho is above 0 and at most {:g}", kRhoMax));
  }
  MC_TRY(const query::Plan plan, researcher.plan(options.sql));
  MC_TRY_STATUS(check_plot(options, plan));
  // Said on every answer of such a commons: a named study may have been approved in this way as well.
  const bool auto_approved = session.record.auto_approve;
  if (auto_approved && !study && !researcher.study_for(query::plan_hash(plan), {})) {
    client::StudyRequest request;
    request.sql = {options.sql};
    request.use = session.document.purpose;
    if (!session.document.exact) {
      request.rho_micro = std::max(kAutoApprovedRhoMicro, static_cast<std::uint64_t>(std::llround(options.rho * 1e6)));
    }
    MC_TRY(const Hash256 id, researcher.propose(request));
    MC_TRY_STATUS(node::approve_by_everybody(session.paths, session.record, session.commons(), id));
  }
  const client::StepFunction step = [&](const std::string& what) {
    if (!options.quiet) progress(what);
  };
  std::optional<std::string> parameters;
  if (!options.parameters.empty()) {
    MC_TRY(const Bytes file, read_file(options.parameters, client::kParameterFileBytesMax));
    parameters.emplace(text_of(file));
  }
  const auto rho_nano = static_cast<std::uint64_t>(std::llround(options.rho * 1e9));
  MC_TRY(const client::Answer answer, researcher.ask(options.sql, study, step, rho_nano, parameters));
  print(json ? answer_json(answer, session.document, auto_approved)
             : answer_text(answer, session.document, auto_approved));
  if (!options.plot.empty()) MC_TRY_STATUS(write_pictures(options.plot, answer.table));
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
  verb->add_option("--plot", options->plot,
                   "also draw kaplan_meier's curves or cox's hazard ratios into this SVG file");
  verb->add_option("--parameters", options->parameters,
                   "JSON file with what the query's $parameters are: weights from -1 to 1, lists of categories");
  verb->add_option("--rho", options->rho,
                   "what a guarded commons may charge, as rho (default: an even share of what the study has left)");
  verb->add_flag("--json", invocation.json, "as JSON");
  verb->add_flag("--quiet", options->quiet, "no progress lines");
  verb->callback([&invocation, options] {
    invocation.action = [options, &invocation] { return ask(*options, invocation.json); };
  });
}

}  // namespace mc::cli
