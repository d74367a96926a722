// SPDX-License-Identifier: Apache-2.0
// medcommons ask: the researcher's question, from SQL to an answer that only she can read.
#include "base/file.hpp"
#include "cli/answer_json.hpp"
#include "cli/answers_per_group.hpp"
#include "cli/asking.hpp"
#include "cli/verb.hpp"
#include "client/risk_model.hpp"

namespace mc::cli {
namespace {

struct AskOptions {
  std::string dir, sql, plot, sealed;
  Asking asking;
};

/// Before anything is computed or paid for.
Status check_files(const AskOptions& options, const query::Plan& plan) {
  if (plan.person.has_value() == options.sealed.empty()) {
    return fail(Code::kInvalidArgument, plan.person ? "an answer about one record is for its person alone: --sealed "
                                                      "names the file to write for her"
                                                    : "--sealed is for questions FOR PERSON; see --person");
  }
  if (options.plot.empty()) return {};
  if (!options.plot.ends_with(".svg")) {
    return fail(Code::kInvalidArgument, "--plot writes SVG: " + options.plot + " does not end in .svg");
  }
  const bool is_drawn = std::any_of(plan.items.begin(), plan.items.end(), [](const query::PlanItem& item) {
    return item.survival || item.statistic == query::Statistic::kCalibration;
  });
  if (is_drawn) return {};
  return fail(Code::kInvalidArgument,
              "--plot draws kaplan_meier, cox and calibration, and the question has none of them");
}

/// The first picture into the file, others into files numbered from 2: km.svg, km-2.svg. `count` have been written.
Status write_pictures(const std::string& file, const query::ResultTable& table, std::size_t& count) {
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

/// A trained model of every group: one question after another.
Status ask_per_group(const LocalSession& session, const AskOptions& options, const query::ModelsPerGroup& models,
                     bool json) {
  std::vector<std::string> answers;
  std::size_t pictures = 0;
  for (const query::ModelsPerGroup::Question& question : models.questions) {
    if (!options.asking.quiet) progress(group_text(models, question));
    auto asked = ask_in(session, options.asking, question.sql,
                        [&](const query::Plan& plan) { return check_files(options, plan); });
    if (!asked) return fail(asked.error().within(group_text(models, question)));
    const bool auto_approved = session.record.auto_approve;
    if (json) {
      answers.push_back(answer_json(*asked, session.document, auto_approved));
    } else if (is_left_out(question, asked->table.n)) {
      print(group_text(models, question) + ": nobody\n");
    } else {
      print(group_text(models, question) + "\n" + answer_text(*asked, session.document, auto_approved));
    }
    if (!options.plot.empty()) MC_TRY_STATUS(write_pictures(options.plot, asked->table, pictures));
  }
  if (json) print(answers_per_group_json(models, answers));
  return {};
}

Status ask(const AskOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const auto models, client::models_per_group(options.sql, session.document, node::http_transports()));
  if (models && options.asking.person.empty()) return ask_per_group(session, options, *models, json);
  MC_TRY(const client::Answer answer, ask_in(session, options.asking, options.sql,
                                             [&](const query::Plan& plan) { return check_files(options, plan); }));
  const bool auto_approved = session.record.auto_approve;
  if (answer.plan.person) {
    MC_TRY_STATUS(write_file_atomically(options.sealed, answer.sealed));
    progress(options.sealed + ": sealed for the patient; she opens it with `medcommons patient read`");
  }
  print(json ? answer_json(answer, session.document, auto_approved)
             : answer_text(answer, session.document, auto_approved));
  if (options.plot.empty()) return {};
  std::size_t pictures = 0;
  return write_pictures(options.plot, answer.table, pictures);
}

}  // namespace

void add_ask_verb(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<AskOptions>();
  CLI::App* verb =
      app.add_subcommand("ask", "Ask as the researcher; the answer is computed on ciphertext and opened here only");
  verb->add_option("--dir", options->dir, "folder of the commons")->required();
  verb->add_option("sql", options->sql, "SELECT …")->required();
  verb->add_option("--study", options->asking.study, "which approved study, when several allow the query");
  verb->add_option("--as", options->asking.as, "which researcher (default: researcher)");
  verb->add_option("--plot", options->plot,
                   "also draw kaplan_meier's curves, cox's hazard ratios or a calibration into this SVG file");
  verb->add_option("--person", options->asking.person,
                   "a patient's key (`patient key`): ask about her record alone, for her alone");
  verb->add_option("--sealed", options->sealed, "where to write an answer that only the patient can open");
  verb->add_option(
      "--parameters", options->asking.parameters,
      "JSON file with what the query's $parameters are: weights from -1 to 1, lists of categories, thresholds, "
      "coefficients of sealed models");
  verb->add_option("--rho", options->asking.rho,
                   "what a guarded commons may charge, as rho (default: an even share of what the study has left)");
  verb->add_flag("--json", invocation.json, "as JSON");
  verb->add_flag("--quiet", options->asking.quiet, "no progress lines");
  verb->callback([&invocation, options] {
    invocation.action = [options, &invocation] { return ask(*options, invocation.json); };
  });
}

}  // namespace mc::cli
