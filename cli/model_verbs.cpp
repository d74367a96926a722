// SPDX-License-Identifier: Apache-2.0
// medcommons model add | list | show: risk predictors that a commons keeps by name.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "cli/local_session.hpp"
#include "cli/verb.hpp"
#include "client/risk_model.hpp"

namespace mc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ModelOptions {
  std::string dir, from, name, source, as = std::string(node::kResearcherName);
};

std::unique_ptr<client::Transport> store_of(const LocalSession& session) {
  return node::http_transports()(session.document.store_url, "the store");
}

std::string grid_text(const query::BoundScore& score) {
  return fmt::format("computed in multiples of {:g}, {}", score.step,
                     score.rounding == 0
                         ? std::string("as it is")
                         : fmt::format("which moves nobody's score by more than {:.2g}", score.rounding));
}

Status add(const ModelOptions& options) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const node::LocalMember member, node::local_member(session.paths, session.record, options.as));
  MC_TRY(const std::string text, read_text_file(options.from, client::kModelFileBytesMax));
  auto model = client::risk_model_from(text, options.name);
  if (!model) return fail(model.error().within(options.from));
  if (!options.source.empty()) model->source = options.source;
  MC_TRY(const query::BoundScore score, client::check_risk_model(*model, session.document.schema));
  const auto transport = store_of(session);
  client::StoreClient store(*transport);
  MC_TRY_STATUS(
      store.put_risk_model(model->name, view_of(client::signed_risk_model(*model, session.document, member.wallet))));
  print(fmt::format("model {}: {}\n{}; ask for {}('{}')\n", model->name, model->equation, grid_text(score),
                    model->is_logit ? "predicted_risk" : "risk_score", model->name));
  return {};
}

Json json_of(const client::PublishedModel& published) {
  const client::RiskModel& model = published.model;
  return {{"name", model.name},       {"equation", model.equation}, {"link", model.is_logit ? "logit" : "identity"},
          {"formula", model.formula}, {"source", model.source},     {"member", published.member.text()}};
}

Status list(const ModelOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  const auto transport = store_of(session);
  client::StoreClient store(*transport);
  MC_TRY(const std::vector<client::PublishedModel> models, client::fetch_risk_models(store, session.document));
  Json all = Json::array();
  std::string lines;
  for (const client::PublishedModel& one : models) {
    all.push_back(json_of(one));
    lines += fmt::format("{}  {}  {}\n", one.model.name, one.model.is_logit ? "risk" : "score",
                         one.model.formula.empty() ? one.model.equation : one.model.formula);
  }
  print(json ? all.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" : lines);
  return {};
}

Status show(const ModelOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  const auto transport = store_of(session);
  client::StoreClient store(*transport);
  MC_TRY(const client::PublishedModel found, client::fetch_risk_model(store, session.document, options.name));
  MC_TRY(const query::BoundScore score, client::check_risk_model(found.model, session.document.schema));
  if (json) {
    Json object = json_of(found);
    object["step"] = score.step;
    object["rounding"] = score.rounding;
    print(object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    return {};
  }
  const client::RiskModel& model = found.model;
  std::string text =
      fmt::format("model {}\n{} = {}\n", model.name, model.is_logit ? "log odds" : "score", model.equation);
  if (!model.formula.empty()) text += "fitted to " + model.formula + "\n";
  if (!model.source.empty()) text += "from " + model.source + "\n";
  print(text + fmt::format("{}\nadded by {}, signed\n", grid_text(score), found.member.text()));
  return {};
}

}  // namespace

void add_model_verbs(CLI::App& app, Invocation& invocation) {
  CLI::App* models = app.add_subcommand("model", "Risk predictors that a commons keeps by name; questions call them");
  models->require_subcommand(1);
  const auto verb = [&](const char* name, const char* what, auto action) {
    auto options = std::make_shared<ModelOptions>();
    CLI::App* added = models->add_subcommand(name, what);
    added->add_option("--dir", options->dir, "folder of the commons")->required();
    added->callback([&invocation, options, action] {
      invocation.action = [options, &invocation, action] { return action(*options, invocation.json); };
    });
    return std::pair(added, options);
  };
  const auto [added, adding] =
      verb("add", "Keep a model under a name: from an answer's JSON, or from coefficients or an equation in JSON",
           [](const ModelOptions& options, bool) { return add(options); });
  added
      ->add_option("--from", adding->from,
                   "JSON file: what `ask --json` printed, {\"coefficients\": …} or {\"equation\": …}")
      ->required();
  added->add_option("--name", adding->name, "how questions call it; a name is given once")->required();
  added->add_option("--source", adding->source, "where it comes from, for people");
  added->add_option("--as", adding->as, "which member (default: researcher)");
  const auto [listed, listing] = verb("list", "The models of the commons", list);
  listed->add_flag("--json", invocation.json, "as JSON");
  const auto [shown, showing] = verb("show", "One model: equation, origin, and how exactly it is computed", show);
  shown->add_option("name", showing->name, "its name")->required();
  shown->add_flag("--json", invocation.json, "as JSON");
}

}  // namespace mc::cli
