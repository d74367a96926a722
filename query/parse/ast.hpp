// SPDX-License-Identifier: Apache-2.0
// What a query says, before anyone has looked at the data dictionary.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query/parse/comparison.hpp"
#include "query/parse/for_person.hpp"
#include "query/parse/identifier.hpp"
#include "query/parse/model_call.hpp"
#include "query/parse/statistic.hpp"

namespace mc::query {

/// As many edges as one function of bins is given.
inline constexpr std::size_t kItemEdgesMax = 256;

/// $parameter * column: of a sum whose weights the researcher seals.
struct WeightedColumn {
  Identifier parameter;  // without the $
  Identifier column;
};

/// One item of the SELECT list; a bare column is kKey with one argument.
struct SelectItem {
  Statistic statistic = Statistic::kKey;
  std::vector<Identifier> arguments;
  std::optional<Literal> option;        // quantile's p, a test's word
  std::vector<WeightedColumn> weights;  // of sum and avg: what they are of, instead of a column
  std::vector<double> edges;            // of a function of bins: where they are cut, ascending
  std::optional<ModelCall> model;       // of a model function, which has neither arguments nor option
  std::optional<std::string> alias;
  Position at;
};

std::string_view comparison_sign(Comparison comparison);

enum class PredicateKind : std::uint8_t {
  kAnd,
  kOr,
  kNot,
  kCompare,
  kIn,
  kBetween,
  kIsNull,
  kColumn,
  kInSealed,  // these last: the researcher seals what the column is compared with
  kCompareSealed,
  kBetweenSealed,
};

/// A condition as written. kAnd and kOr have at least two children, kNot one; the others name a column.
/// NOT IN, NOT BETWEEN and IS NOT NULL are a kNot above.
struct Predicate {
  PredicateKind kind = PredicateKind::kColumn;
  Comparison comparison = Comparison::kEqual;  // kCompare: column comparison literals[0]; kCompareSealed: parameter
  Identifier column;
  std::vector<Literal> literals;  // kCompare: 1, kIn: at least 1, kBetween: 2
  Identifier parameter;           // kInSealed: a list; kCompareSealed, kBetweenSealed: a threshold; without the $
  Identifier upper;               // kBetweenSealed: the second threshold
  std::vector<Predicate> children;
  Position at;

  [[nodiscard]] bool is_sealed() const { return kind >= PredicateKind::kInSealed; }
};

struct Query {
  std::vector<SelectItem> items;
  Identifier table;
  std::optional<Predicate> where;
  std::vector<Identifier> group_by;
  std::optional<ForPerson> person;  // of her record alone, to her key alone
};

/// The query in one fixed spelling: parsing it gives the same query, and equal queries give equal text.
std::string canonical_sql(const Query& query);

/// The item's name in the answer: its alias, or its canonical spelling.
std::string output_name(const SelectItem& item);

}  // namespace mc::query
