// SPDX-License-Identifier: Apache-2.0
// Scores become columns: behind the dictionary's own stands one more for each score that the query calls, and what
// follows takes it for a measurement. predicted_risk is a monotone function of the score, so that thresholds and edges
// at risks are thresholds of the score. A score whose coefficients are sealed is none: what is summed of it is a sum of
// sealed weights (query/bind/parameters.hpp).
#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "query/bind/score.hpp"
#include "query/bind/sealed_score.hpp"
#include "query/parse/ast.hpp"

namespace mc::query {

struct ScoredQuery {
  Query query;  // scores called by their columns' names, risks turned into scores
  data::Schema schema;
  std::vector<BoundScore> scores;
  std::vector<std::vector<double>> edges_as_risks;  // per item; empty where its edges are not risks
  std::vector<SealedScore> sealed;                  // each once
  /// Per item: which of them it is of. It then has no arguments.
  std::vector<std::optional<std::uint32_t>> sealed_of_item;
};

/// Where bins of risks are cut when nobody says where.
inline constexpr double kUsualRisks[] = {0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};

/// Names every item as it was written. `proven`: comparisons start from what proofs leave (bind_score).
///   errors  with line:column: bind_score's; kNotFound for a model whose equation is not written out; kInvalidArgument
///           for one name with two equations, thresholds that are no risks, and values of risks, which nobody computes;
///           kUnsupported for what is not offered of a sealed score
Result<ScoredQuery> with_score_columns(const Query& query, const data::Schema& schema, bool proven = false);

}  // namespace mc::query
