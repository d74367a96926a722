// SPDX-License-Identifier: Apache-2.0
// The terms of a risk predictor, as R calls coefficients, looked up in the dictionary.
#pragma once

#include <optional>
#include <vector>

#include "query/bind/model.hpp"
#include "query/bind/polynomial.hpp"
#include "query/parse/score_equation.hpp"

namespace mc::query {

/// Columns in one product.
inline constexpr std::size_t kScoreFactorsMax = 4;

/// What a term multiplies: powers of columns, and indicators.
using TermFactors = std::vector<DesignFactor>;

/// Of every term of an equation its factors: columns of numbers, I(x^2), levels of texts (sexM) and of factor(x),
/// missing(x), and interactions a:b of these.
///   errors  with `at`: kNotFound for a term that the dictionary does not know; kInvalidArgument for one that can be
///           read in two ways
Result<std::vector<TermFactors>> look_up_terms(const ScoreEquation& equation, const Position& at,
                                               const data::Schema& schema, const std::vector<Domain>& domains);

/// A factor that is 1 for some persons and 0 for others: an indicator, or a 0/1 column, which is one and its own power.
std::optional<Monomial> indicator_of(const DesignFactor& factor, const std::vector<Domain>& domains);

}  // namespace mc::query
