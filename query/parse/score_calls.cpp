// SPDX-License-Identifier: Apache-2.0
#include "query/parse/score_calls.hpp"

#include "query/parse/score_equation.hpp"
#include "query/parse/spelling.hpp"

namespace mc::query {
namespace {

void add_scores(Predicate& predicate, std::vector<Identifier*>& scores) {
  if (predicate.column.score) scores.push_back(&predicate.column);
  for (Predicate& child : predicate.children) add_scores(child, scores);
}

Status settle(Identifier& column) {
  ScoreCall& score = *column.score;
  const std::string at = column.at.text() + ": ";
  if (!score.model.empty() && !is_model_name(score.model)) {
    return fail(Code::kParse, at + in_quotes(score.model, '\'') +
                                  " is no name of a model: a letter, then letters, digits, _ . and -, at most " +
                                  std::to_string(kModelNameBytesMax) + " of them");
  }
  if (score.equation.empty()) {
    if (!score.model.empty()) return {};
    return fail(Code::kParse, at + "a score needs a model's name or an equation, as in risk_score('1.5 + 0.1 * age')");
  }
  MC_TRY(const ScoreEquation equation, parse_equation(score.equation, column.at));
  score.equation = equation_text(equation);
  if (!score.model.empty()) return {};
  if (score.equation.size() > kNamelessEquationBytesMax) {
    return fail(Code::kLimit, at + "an equation of more than " + std::to_string(kNamelessEquationBytesMax) +
                                  " bytes needs a name: risk_score('name', '…')");
  }
  column.name = column_sql(column);
  return {};
}

}  // namespace

std::vector<Identifier*> scores_of(Query& query) {
  std::vector<Identifier*> scores;
  for (SelectItem& item : query.items) {
    for (Identifier& argument : item.arguments) {
      if (argument.score) scores.push_back(&argument);
    }
  }
  if (query.where) add_scores(*query.where, scores);
  return scores;
}

Status settle_scores(Query& query) {
  for (Identifier* column : scores_of(query)) MC_TRY_STATUS(settle(*column));
  return {};
}

Status write_out_models(Query& query, const ModelLookup& lookup) {
  for (Identifier* column : scores_of(query)) {
    ScoreCall& score = *column->score;
    if (!score.equation.empty()) continue;
    auto found = lookup(score.model);
    if (!found) return fail(found.error().within(column->at.text()));
    if (score.as_risk && !found->is_logit) {
      return fail(Code::kInvalidArgument,
                  column->at.text() + ": the model " + score.model + " gives no risks, only a score: write risk_score");
    }
    score.equation = std::move(found->equation);
    MC_TRY_STATUS(settle(*column));
  }
  return {};
}

}  // namespace mc::query
