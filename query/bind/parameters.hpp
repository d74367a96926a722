// SPDX-License-Identifier: Apache-2.0
// What of a query the researcher seals (docs/design/0023): weights of sums, and a list of categories that WHERE asks
// for. Names, places and columns are public, the numbers are not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/schema/schema.hpp"
#include "query/parse/ast.hpp"

namespace mc::query {

/// Parameters of one query, and bits of all of them together: what a committee opens masked in one run.
inline constexpr std::size_t kParametersMax = 8;
inline constexpr std::size_t kParameterBitsMax = 128;
/// A weight from -1 to 1 as bits: its sign, kWeightBits - 2 halves, quarters and so on, and the last of them again.
inline constexpr std::uint32_t kWeightBits = 16;

struct BoundParameter {
  std::string name;          // without the $
  bool is_list = false;      // of categories; otherwise a weight
  std::uint32_t column = 0;  // of a list: whose categories
};

/// A weight times a column: index into BoundQuery::parameters and into schema.columns.
struct BoundWeight {
  std::uint32_t parameter = 0;
  std::uint32_t column = 0;
};

struct BoundParameters {
  std::vector<BoundParameter> all;                // in order of first use
  std::vector<std::vector<BoundWeight>> weights;  // of every item of the SELECT list
  std::optional<std::uint32_t> criterion;         // the list that WHERE asks for
};

/// Finds them. A list stands once, alone or joined by AND to the rest of WHERE, and only counts, sums and means can be
/// asked for beside it: whoever is counted then is hidden, and nothing else may tell.
///   errors  with line:column; kNotFound and kInvalidArgument for columns; kUnsupported where a list may not stand;
///           kInvalidArgument for one name for two things; kLimit
Result<BoundParameters> bind_parameters(const Query& query, const data::Schema& schema);

/// WHERE without the list that is sealed; nothing when there was nothing else.
std::optional<Predicate> visible_condition(const Predicate& where);

}  // namespace mc::query
