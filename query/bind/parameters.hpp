// SPDX-License-Identifier: Apache-2.0
// What of a query the researcher seals (docs/design/0023, 0033): weights of sums, coefficients of risk predictors, and
// a list of categories, or a threshold, that WHERE asks for. Names, places, columns and terms are public, the numbers
// are not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "query/bind/score_columns.hpp"
#include "query/bind/sealed_threshold.hpp"

namespace mc::query {

/// Parameters of one query, and bits of all of them together: what a committee opens masked in one run.
inline constexpr std::size_t kParametersMax = 16;
inline constexpr std::size_t kParameterBitsMax = 256;
/// A weight from -1 to 1 as bits: its sign, kWeightBits - 2 halves, quarters and so on, and the last of them again.
inline constexpr std::uint32_t kWeightBits = 16;

struct BoundParameter {
  std::string name;                               // without the $
  bool is_list = false;                           // of categories; otherwise a weight
  std::uint32_t column = 0;                       // of a list: whose categories
  std::optional<SealedThreshold> threshold = {};  // of a list of the bins beyond a threshold
};

/// What an item of sealed weights is of: reach * the sum over its parts of (the sum of factor * parameter) * monomial.
struct SealedSum {
  struct Part {
    Monomial monomial;                                      // powers are of standardised values
    std::vector<std::pair<std::uint32_t, double>> weights;  // index into BoundQuery::parameters, and a factor
  };
  std::vector<Part> parts;
  std::vector<std::uint32_t> complete;  // columns that a person must have to be counted
  double reach = 1;                     // how large it can be for one person, whatever the weights
};

struct BoundParameters {
  std::vector<BoundParameter> all;             // in order of first use
  std::vector<std::optional<SealedSum>> sums;  // of every item of the SELECT list
  std::optional<std::uint32_t> criterion;      // the list or threshold that WHERE asks for
};

/// Finds them. A list or threshold stands once, alone or joined by AND to the rest of WHERE, and only counts, sums and
/// means can be asked for beside it: whoever is counted then is hidden, and nothing else may tell.
///   errors  with line:column; kNotFound and kInvalidArgument for columns; kUnsupported where a list may not stand;
///           kInvalidArgument for one name for two things; kLimit
Result<BoundParameters> bind_parameters(const ScoredQuery& query);

/// WHERE without the condition that is sealed; nothing when there was nothing else.
std::optional<Predicate> visible_condition(const Predicate& where);

}  // namespace mc::query
