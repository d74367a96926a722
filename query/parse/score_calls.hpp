// SPDX-License-Identifier: Apache-2.0
// The risk predictors that a query calls. A model's name is looked up before a question is planned, by whoever asks,
// and its equation then stands in the query: what a study approves and custodians recompute is the coefficients, not a
// name (docs/design/0022).
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "query/parse/ast.hpp"

namespace mc::query {

/// An equation without a name is at most so long: its text is how the answer calls it.
inline constexpr std::size_t kNamelessEquationBytesMax = 512;

/// Every score in the query, in the order in which it is written.
std::vector<Identifier*> scores_of(Query& query);

/// Brings equations into their one spelling.
///   errors  kParse, kLimit with line:column for an equation or a model's name that is none
Status settle_scores(Query& query);

/// What a name stands for.
struct NamedEquation {
  std::string equation;
  bool is_logit = false;  // the score is the logit of a risk
};
using ModelLookup = std::function<Result<NamedEquation>(const std::string& name)>;

/// Writes out the equations of models that are only named. Others stay as they are: who wrote an equation means it.
///   errors  with line:column: what `lookup` says; kInvalidArgument for predicted_risk of a model without risks
Status write_out_models(Query& query, const ModelLookup& lookup);

}  // namespace mc::query
