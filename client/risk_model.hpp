// SPDX-License-Identifier: Apache-2.0
// Risk predictors of a commons, by name. A model is a public document: an equation in the dictionary's terms, who put
// it there, and her signature. Nobody computes by it: a question that names a model is written out with its equation
// before it is planned, and what a study approves are the coefficients (docs/design/0022). So a store that kept back or
// exchanged a model could stop a question, or have one proposed whose coefficients everybody reads, and nothing else.
// Of a sealed model the document is its shape, and the coefficients are parameters of the question (docs/design/0033).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/commons_document.hpp"
#include "client/store_client.hpp"
#include "query/bind/score.hpp"
#include "query/bind/sealed_score.hpp"
#include "query/parse/score_calls.hpp"
#include "query/plan/models_per_group.hpp"
#include "query/plan/plan.hpp"

namespace mc::client {

/// What a model may be read from: an answer with its table.
inline constexpr std::size_t kModelFileBytesMax = std::size_t{4} << 20;
/// A model as it is kept.
inline constexpr std::size_t kModelBytesMax = 32 * 1024;
inline constexpr std::size_t kModelTextBytesMax = 4096;

struct RiskModel {
  std::string name;
  std::string equation;   // canonical: query/parse/score_equation.hpp; of a sealed model its shape
  bool is_logit = false;  // the score is the logit of a risk
  std::string formula;    // that it was fitted to; may be empty
  std::string source;     // where it was published, or which plan gave it; may be empty
  friend bool operator==(const RiskModel&, const RiskModel&) = default;
};

/// A model from what people have: the answer of `ask --json` to a question of one fitted model, the model's object
/// alone, a list of `term` and `estimate` under "coefficients", or {"equation": "…", "link": "logit"}.
///   link    logit for logistic_regression, none for others; an object says it itself
///   errors  kParse, kInvalidArgument naming what is missing; kUnsupported for a model with an offset
Result<RiskModel> risk_model_from(std::string_view json, const std::string& name);

/// How exactly the dictionary lets it be computed.
struct ModelGrid {
  double step = 0;                 // every score is a multiple of it; 0 of a sealed model
  double rounding = 0;             // no person's score is off by more
  std::size_t sealed_weights = 0;  // of a sealed model, how many numbers its coefficients come to
};
///   errors  query::bind_score's, query::bind_sealed_score's
Result<ModelGrid> check_risk_model(const RiskModel& model, const data::Schema& schema);

/// A model taken apart (docs/design/0033): what the commons keeps, and what stays at its owner.
struct SealedModel {
  RiskModel shape;
  std::string coefficients;  // a file of parameters (client/sealed_parameters.hpp)
};
///   errors  kInvalidArgument for a shape; query::shape_of's
Result<SealedModel> sealed_risk_model(RiskModel model, const data::Schema& schema);

/// The model as its member signs it: one text per model and member.
std::string signed_risk_model(const RiskModel& model, const CommonsDocument& document,
                              const governance::Wallet& member);

struct PublishedModel {
  RiskModel model;
  governance::Address member;
};
/// Reads untrusted text.
///   errors  kParse, kLimit; kRefused when the signature is not the member's over this model in this commons
Result<PublishedModel> published_risk_model(std::string_view text, const CommonsDocument& document);

/// One by name, and all of them, by ascending name; signatures are checked.
///   errors  kNotFound with the name; kCorrupt for a model of another name
Result<PublishedModel> fetch_risk_model(StoreClient& store, const CommonsDocument& document, const std::string& name);
Result<std::vector<PublishedModel>> fetch_risk_models(StoreClient& store, const CommonsDocument& document);

/// A query in which models that it only names are written out, as the store has them.
///   errors  query::parse's, fetch_risk_model's with line:column
Result<query::Query> query_with_models(std::string_view sql, const CommonsDocument& document,
                                       const TransportFactory& connect);

/// The plan of a query over this commons; models that it only names are looked up in the store.
///   errors  query::compile's, fetch_risk_model's with line:column
Result<query::Plan> plan_with_models(std::string_view sql, const CommonsDocument& document,
                                     const TransportFactory& connect);

/// Of a query that asks for a trained model of every group, the questions that it is asked as; of others nothing.
///   errors  query_with_models', query::bind's and query::models_per_group's
Result<std::optional<query::ModelsPerGroup>> models_per_group(std::string_view sql, const CommonsDocument& document,
                                                              const TransportFactory& connect);

/// What a study allows that allows this query: itself, or the questions that it is asked as.
Result<std::vector<std::string>> questions_of(std::string_view sql, const CommonsDocument& document,
                                              const TransportFactory& connect);

}  // namespace mc::client
