// SPDX-License-Identifier: Apache-2.0
#include "client/risk_model.hpp"

#include <nlohmann/json.hpp>

#include "client/shallow_json.hpp"
#include "query/parse/parser.hpp"
#include "query/plan/compile.hpp"
#include "query/plan/upload_checks.hpp"

namespace mc::client {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kModelFormat = "medcommons/risk-model/1";
constexpr int kModelDepthMax = 16;

Result<std::string> text_at(const Json& object, const char* key, std::string usual) {
  const auto found = object.find(key);
  if (found == object.end()) return usual;
  if (!found->is_string()) return fail(Code::kParse, "the model's " + std::string(key) + " is no text");
  std::string text = found->get<std::string>();
  if (text.size() > kModelTextBytesMax && std::string_view(key) != "equation") {
    return fail(Code::kLimit, "the model's " + std::string(key) + " has " + std::to_string(text.size()) + " bytes, " +
                                  std::to_string(kModelTextBytesMax) + " are allowed");
  }
  return text;
}

/// Of a fitted model, or of a list of terms as papers print them. Terms without an estimate are aliased: R's NA.
Result<query::ScoreEquation> equation_of(const Json& coefficients) {
  if (!coefficients.is_array() || coefficients.empty()) {
    return fail(Code::kParse, "the model's coefficients are no list of term and estimate");
  }
  query::ScoreEquation equation;
  for (const Json& one : coefficients) {
    const bool has_term =
        one.is_object() && one.contains("term") && one["term"].is_string() && one.contains("estimate");
    if (!has_term) return fail(Code::kParse, "one of the model's coefficients has no term or no estimate");
    if (one["estimate"].is_null()) continue;
    if (!one["estimate"].is_number()) return fail(Code::kParse, "an estimate of the model is no number");
    const auto estimate = one["estimate"].get<double>();
    std::string term = one["term"].get<std::string>();
    if (term == "(Intercept)") {
      equation.intercept = estimate;
    } else {
      equation.terms.push_back({estimate, std::move(term)});
    }
  }
  return equation;
}

/// The object of a fitted model: alone, or in the one cell of an answer that holds one.
Result<Json> model_object(const Json& json) {
  if (!json.contains("rows")) return json;
  const Json* found = nullptr;
  for (const Json& row : json["rows"]) {
    for (const Json& cell : row) {
      if (!cell.is_object() || !cell.contains("coefficients")) continue;
      if (found != nullptr) return fail(Code::kInvalidArgument, "the answer holds several models; give one by itself");
      found = &cell;
    }
  }
  if (found == nullptr) return fail(Code::kInvalidArgument, "the answer holds no model with coefficients");
  return *found;
}

Result<bool> is_logit_of(const Json& object) {
  MC_TRY(const std::string fitted, text_at(object, "model", ""));
  MC_TRY(const std::string link, text_at(object, "link", fitted == "logistic_regression" ? "logit" : "identity"));
  if (link == "logit") return true;
  if (link == "identity") return false;
  return fail(Code::kInvalidArgument, "the model's link is logit or identity, not " + link);
}

Hash256 digest_of(const RiskModel& model, const CommonsDocument& document) {
  Sha256 digest(kModelFormat);
  digest.update_u64(document.deployment.chain_id).update(document.deployment.ledger.view());
  digest.update_sized(view_of(document.dataset)).update_sized(view_of(model.name));
  digest.update_sized(view_of(model.equation)).update_u64(model.is_logit ? 1 : 0);
  digest.update_sized(view_of(model.formula)).update_sized(view_of(model.source));
  return digest.finish();
}

}  // namespace

Result<RiskModel> risk_model_from(std::string_view json, const std::string& name) {
  if (json.size() > kModelFileBytesMax) {
    return fail(Code::kLimit, "the file has " + std::to_string(json.size()) + " bytes, a model is read from at most " +
                                  std::to_string(kModelFileBytesMax));
  }
  if (!query::is_model_name(name)) {
    return fail(Code::kInvalidArgument,
                "'" + name + "' is no name of a model: a letter, then letters, digits, _ . and -, at most " +
                    std::to_string(query::kModelNameBytesMax) + " of them");
  }
  const Json whole = shallow_json(json, kModelDepthMax);
  if (!whole.is_object()) return fail(Code::kParse, "a model is read from a JSON object, and this is none");
  MC_TRY(const Json object, model_object(whole));
  if (object.contains("converged") && object["converged"] == false) {
    return fail(
        Code::kInvalidArgument,
        "the model has not converged, and its numbers are not those of the maximum; ask for it again with maxit "
        "=> 16, ridge => 1 or fewer terms");
  }
  RiskModel model;
  model.name = name;
  MC_TRY(model.is_logit, is_logit_of(object));
  MC_TRY(model.formula, text_at(object, "formula", ""));
  if (model.formula.find("offset(") != std::string::npos) {
    return fail(Code::kUnsupported,
                "the model has an offset, which has no coefficient: write its equation with 1 * it");
  }
  std::string plan;
  if (whole.contains("plan_hash") && whole["plan_hash"].is_string())
    plan = "plan " + whole["plan_hash"].get<std::string>();
  MC_TRY(model.source, text_at(object, "source", plan));
  MC_TRY(const std::string written, text_at(object, "equation", ""));
  query::ScoreEquation equation;
  if (!written.empty()) {
    MC_TRY(equation, query::parse_equation(written, {}));
  } else if (object.contains("coefficients")) {
    MC_TRY(equation, equation_of(object["coefficients"]));
  } else {
    return fail(Code::kInvalidArgument, "a model has an equation, or coefficients with term and estimate");
  }
  model.equation = query::equation_text(equation);
  MC_TRY(const query::ScoreEquation again, query::parse_equation(model.equation, {}));  // bounds of size and number
  model.equation = query::equation_text(again);
  return model;
}

Result<ModelGrid> check_risk_model(const RiskModel& model, const data::Schema& schema) {
  MC_TRY(const query::ScoreEquation equation, query::parse_equation(model.equation, {}));
  const std::vector<query::Domain> domains = query::domains_of(schema);
  const std::string of = "model " + model.name;
  if (equation.sealed_scale) {
    auto sealed = query::bind_sealed_score(equation, model.name, {}, schema, domains);
    if (!sealed) return fail(sealed.error().within(of));
    return ModelGrid{0, sealed->rounding, sealed->monomials.size()};
  }
  auto bound = query::bind_score(equation, model.name, {}, schema, domains);
  if (!bound) return fail(bound.error().within(of));
  return ModelGrid{bound->step, bound->rounding, 0};
}

Result<SealedModel> sealed_risk_model(RiskModel model, const data::Schema& schema) {
  MC_TRY(const query::ScoreEquation equation, query::parse_equation(model.equation, {}));
  if (equation.sealed_scale) {
    return fail(Code::kInvalidArgument, "the model " + model.name + " has no coefficients to seal, only their shape");
  }
  auto shape = query::shape_of(equation, schema);
  if (!shape) return fail(shape.error().within("model " + model.name));
  SealedModel out;
  Json file;
  file[model.name] = {{"equation", model.equation}};
  out.coefficients = file.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  model.equation = query::equation_text(*shape);
  out.shape = std::move(model);
  MC_TRY_STATUS(check_risk_model(out.shape, schema).map([](const ModelGrid&) {}));
  return out;
}

std::string signed_risk_model(const RiskModel& model, const CommonsDocument& document,
                              const governance::Wallet& member) {
  const Json json = {{"format", kModelFormat},
                     {"name", model.name},
                     {"equation", model.equation},
                     {"link", model.is_logit ? "logit" : "identity"},
                     {"formula", model.formula},
                     {"source", model.source},
                     {"member", member.address().text()},
                     {"signature", to_hex(member.sign(digest_of(model, document)).bytes())}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<PublishedModel> published_risk_model(std::string_view text, const CommonsDocument& document) {
  if (text.size() > kModelBytesMax) {
    return fail(Code::kLimit, "a model of " + std::to_string(text.size()) + " bytes, " +
                                  std::to_string(kModelBytesMax) + " are allowed");
  }
  const Json json = shallow_json(text, kModelDepthMax);
  if (!json.is_object()) return fail(Code::kParse, "a model is a JSON object, and this is none");
  MC_TRY(const std::string format, text_at(json, "format", ""));
  if (format != kModelFormat) return fail(Code::kParse, "the model's format is not " + std::string(kModelFormat));
  PublishedModel out;
  MC_TRY(out.model.name, text_at(json, "name", ""));
  MC_TRY(out.model.equation, text_at(json, "equation", ""));
  MC_TRY(out.model.is_logit, is_logit_of(json));
  MC_TRY(out.model.formula, text_at(json, "formula", ""));
  MC_TRY(out.model.source, text_at(json, "source", ""));
  if (!query::is_model_name(out.model.name)) return fail(Code::kParse, "the model has no name");
  MC_TRY(const query::ScoreEquation equation, query::parse_equation(out.model.equation, {}));
  if (query::equation_text(equation) != out.model.equation) {
    return fail(Code::kParse, "the equation of model " + out.model.name + " is not in its canonical spelling");
  }
  MC_TRY(const std::string member, text_at(json, "member", ""));
  MC_TRY(out.member, governance::address_from_text(member));
  MC_TRY(const std::string hex, text_at(json, "signature", ""));
  MC_TRY(const Bytes bytes, from_hex(hex));
  MC_TRY(const governance::Signature signature, governance::signature_from_bytes(bytes));
  const auto signer = governance::recover(digest_of(out.model, document), signature);
  if (!signer || *signer != out.member) {
    return fail(Code::kRefused, "model " + out.model.name + " is not signed by " + out.member.text());
  }
  return out;
}

Result<PublishedModel> fetch_risk_model(StoreClient& store, const CommonsDocument& document, const std::string& name) {
  if (!query::is_model_name(name)) return fail(Code::kInvalidArgument, "'" + name + "' is no name of a model");
  MC_TRY(const Bytes bytes, store.risk_model(name));
  MC_TRY(PublishedModel model, published_risk_model(text_of(bytes), document));
  if (model.model.name == name) return model;
  return fail(Code::kCorrupt, "the store gave the model " + model.model.name + " for " + name);
}

Result<std::vector<PublishedModel>> fetch_risk_models(StoreClient& store, const CommonsDocument& document) {
  MC_TRY(const std::vector<Bytes> texts, store.risk_models());
  std::vector<PublishedModel> models;
  for (const Bytes& text : texts) {
    MC_TRY(PublishedModel model, published_risk_model(text_of(text), document));
    models.push_back(std::move(model));
  }
  return models;
}

Result<query::Query> query_with_models(std::string_view sql, const CommonsDocument& document,
                                       const TransportFactory& connect) {
  MC_TRY(query::Query query, query::parse(sql));
  std::unique_ptr<Transport> transport;
  const query::ModelLookup lookup = [&](const std::string& name) -> Result<query::NamedEquation> {
    if (transport == nullptr) transport = connect(document.store_url, "the store");
    StoreClient store(*transport);
    MC_TRY(const PublishedModel found, fetch_risk_model(store, document, name));
    return query::NamedEquation{found.model.equation, found.model.is_logit};
  };
  MC_TRY_STATUS(query::write_out_models(query, lookup));
  return query;
}

Result<query::Plan> plan_with_models(std::string_view sql, const CommonsDocument& document,
                                     const TransportFactory& connect) {
  MC_TRY(const query::LimbBudget budget, limb_budget_of(document));
  if (query::asks_upload_check(sql)) return query::compile(sql, document.schema, document.dataset, budget);
  MC_TRY(const query::Query query, query_with_models(sql, document, connect));
  return query::compile(query, document.schema, document.dataset, budget);
}

Result<std::optional<query::ModelsPerGroup>> models_per_group(std::string_view sql, const CommonsDocument& document,
                                                              const TransportFactory& connect) {
  MC_TRY(const query::LimbBudget budget, limb_budget_of(document));
  if (query::asks_upload_check(sql) || !budget.trains) return std::nullopt;
  MC_TRY(const query::Query query, query_with_models(sql, document, connect));
  if (query.group_by.empty()) return std::nullopt;
  MC_TRY(const query::BoundQuery bound, query::bind(query, document.schema, document.dataset));
  return query::models_per_group(query, bound);
}

Result<std::vector<std::string>> questions_of(std::string_view sql, const CommonsDocument& document,
                                              const TransportFactory& connect) {
  MC_TRY(const auto models, models_per_group(sql, document, connect));
  if (!models) return std::vector<std::string>{std::string(sql)};
  std::vector<std::string> questions;
  for (const query::ModelsPerGroup::Question& one : models->questions) questions.push_back(one.sql);
  return questions;
}

}  // namespace mc::client
