// SPDX-License-Identifier: Apache-2.0
// medcommons model add | list | show: risk predictors that a commons keeps by name.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "cli/local_session.hpp"
#include "cli/verb.hpp"
#include "client/risk_model.hpp"

namespace mc::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ModelOptions {
  std::string dir, from, name, source, sealed, as = std::string(node::kResearcherName);
};

std::unique_ptr<client::Transport> store_of(const LocalSession& session) {
  return node::http_transports()(session.document.store_url, "the store");
}

std::string grid_text(const client::ModelGrid& grid) {
  if (grid.sealed_weights > 0) {
    return fmt::format(
        "its coefficients are sealed: {} numbers, which move nobody's score by more than {:.2g} by their rounding",
        grid.sealed_weights, grid.rounding);
  }
  return fmt::format("computed in multiples of {:g}, {}", grid.step,
                     grid.rounding == 0 ? std::string("as it is")
                                        : fmt::format("which moves nobody's score by more than {:.2g}", grid.rounding));
}

Status publish(const LocalSession& session, const client::RiskModel& model, const governance::Wallet& wallet) {
  const auto transport = store_of(session);
  client::StoreClient store(*transport);
  return store.put_risk_model(model.name, view_of(client::signed_risk_model(model, session.document, wallet)));
}

/// The coefficients are on disk before anybody hears of the model, and no file is written over.
Status add_sealed(const LocalSession& session, const node::LocalMember& member, client::RiskModel model,
                  const std::string& file) {
  MC_TRY(client::SealedModel sealed, client::sealed_risk_model(std::move(model), session.document.schema));
  MC_TRY(const client::ModelGrid grid, client::check_risk_model(sealed.shape, session.document.schema));
  if (std::filesystem::exists(file)) {
    return fail(Code::kConflict, file + " is there already; name another file for the coefficients");
  }
  const Status written = write_file_atomically(file, view_of(sealed.coefficients), FileSecrecy::kOwnerOnly);
  wipe(sealed.coefficients.data(), sealed.coefficients.size());
  MC_TRY_STATUS(written);
  if (const Status published = publish(session, sealed.shape, member.wallet); !published) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    return published;
  }
  print(
      fmt::format("model {}: {}\n{}\nthey are in {}, for you alone: give it to `ask --parameters`; ask for sum or avg "
                  "of risk_score('{}')\n",
                  sealed.shape.name, sealed.shape.equation, grid_text(grid), file, sealed.shape.name));
  return {};
}

Status add(const ModelOptions& options) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  MC_TRY(const node::LocalMember member, node::local_member(session.paths, session.record, options.as));
  MC_TRY(const std::string text, read_text_file(options.from, client::kModelFileBytesMax));
  auto model = client::risk_model_from(text, options.name);
  if (!model) return fail(model.error().within(options.from));
  if (!options.source.empty()) model->source = options.source;
  if (!options.sealed.empty()) return add_sealed(session, member, std::move(*model), options.sealed);
  MC_TRY(const client::ModelGrid grid, client::check_risk_model(*model, session.document.schema));
  MC_TRY_STATUS(publish(session, *model, member.wallet));
  print(fmt::format("model {}: {}\n{}; ask for {}('{}')\n", model->name, model->equation, grid_text(grid),
                    model->is_logit ? "predicted_risk" : "risk_score", model->name));
  return {};
}

bool is_sealed(const client::RiskModel& model) {
  const auto equation = query::parse_equation(model.equation, {});
  return equation && equation->sealed_scale;
}

Json json_of(const client::PublishedModel& published) {
  const client::RiskModel& model = published.model;
  return {{"name", model.name},
          {"equation", model.equation},
          {"link", model.is_logit ? "logit" : "identity"},
          {"formula", model.formula},
          {"source", model.source},
          {"sealed", is_sealed(model)},
          {"member", published.member.text()}};
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
    const bool sealed = is_sealed(one.model);
    lines += fmt::format("{}  {}  {}\n", one.model.name,
                         sealed               ? "sealed"
                         : one.model.is_logit ? "risk"
                                              : "score",
                         sealed || one.model.formula.empty() ? one.model.equation : one.model.formula);
  }
  print(json ? all.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" : lines);
  return {};
}

Status show(const ModelOptions& options, bool json) {
  MC_TRY(const LocalSession session, open_session(options.dir));
  const auto transport = store_of(session);
  client::StoreClient store(*transport);
  MC_TRY(const client::PublishedModel found, client::fetch_risk_model(store, session.document, options.name));
  MC_TRY(const client::ModelGrid grid, client::check_risk_model(found.model, session.document.schema));
  if (json) {
    Json object = json_of(found);
    object["step"] = grid.step;
    object["rounding"] = grid.rounding;
    if (grid.sealed_weights > 0) object["sealed_weights"] = grid.sealed_weights;
    print(object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    return {};
  }
  const client::RiskModel& model = found.model;
  std::string text =
      fmt::format("model {}\n{} = {}\n", model.name, model.is_logit ? "log odds" : "score", model.equation);
  if (!model.formula.empty()) text += "fitted to " + model.formula + "\n";
  if (!model.source.empty()) text += "from " + model.source + "\n";
  print(text + fmt::format("{}\nadded by {}, signed\n", grid_text(grid), found.member.text()));
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
  added->add_option("--sealed", adding->sealed,
                    "keep only the model's shape, and write its coefficients to this file, for `ask --parameters`");
  added->add_option("--source", adding->source, "where it comes from, for people");
  added->add_option("--as", adding->as, "which member (default: researcher)");
  const auto [listed, listing] = verb("list", "The models of the commons", list);
  listed->add_flag("--json", invocation.json, "as JSON");
  const auto [shown, showing] = verb("show", "One model: equation, origin, and how exactly it is computed", show);
  shown->add_option("name", showing->name, "its name")->required();
  shown->add_flag("--json", invocation.json, "as JSON");
}

}  // namespace mc::cli
