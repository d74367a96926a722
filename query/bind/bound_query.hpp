// SPDX-License-Identifier: Apache-2.0
// A query whose names, types and literals have been checked against the data dictionary.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/schema/schema.hpp"
#include "query/bind/condition.hpp"
#include "query/bind/model.hpp"
#include "query/bind/parameters.hpp"
#include "query/bind/score.hpp"
#include "query/parse/ast.hpp"

namespace mc::query {

struct BoundItem {
  Statistic statistic = Statistic::kCountRows;
  std::uint32_t x = 0;  // index into schema.columns, where the statistic has arguments; of regr_ the second one
  std::uint32_t y = 0;
  std::uint32_t key = 0;  // kKey: index into BoundQuery::group_columns
  /// Of a function of two groups: the cells of the column's two categories, or of the two of several that WHERE leaves.
  std::vector<std::size_t> x_groups{}, y_groups{};
  std::string name;  // of the output column
  Position at;
  double parameter = 0;       // kQuantile, kMedian: p; tests: 1 with the word that changes them
  std::vector<double> edges;  // of a function of bins: where they are cut, ascending within the range
  /// The edges as the item says them, where it says them in other units: as risks, and not as scores.
  std::vector<double> edges_as_risks{};
  std::optional<BoundModel> model;       // of a model function
  std::optional<SealedSum> sealed = {};  // of sum and avg of sealed weights: what they are of, instead of x
};

struct BoundQuery {
  data::Schema schema;                     // the dictionary's columns, then one for each score
  std::vector<BoundScore> scores;          // each once
  std::vector<SealedScore> sealed_scores;  // whose coefficients the researcher seals
  std::vector<BoundItem> items;
  Condition where;  // what of it is public
  std::vector<BoundParameter> parameters;
  std::optional<std::uint32_t> criterion;    // a list among them, whose categories WHERE asks for besides
  std::vector<std::uint32_t> group_columns;  // indices into schema.columns
  std::vector<Domain> domains;               // one per schema column; of unsealed columns empty
};

/// Checks the query against `schema`; `dataset` is what FROM must say; `proven`: comparisons start from proofs.
///   errors  kNotFound: unknown data set or column (with the nearest name); kInvalidArgument: wrong type, unknown
///           category, undeclared edge, GROUP BY of a column without categories; each with line:column
Result<BoundQuery> bind(const Query& query, const data::Schema& schema, std::string_view dataset, bool proven = false);

}  // namespace mc::query
