// SPDX-License-Identifier: Apache-2.0
// A risk predictor whose coefficients its owner seals (docs/design/0033). Public is its shape:
//   score = scale * (w_0 + w_1 m_1 + w_2 m_2 + …)
// with m_k products of standardised values x' = (x - centre) / half width and of indicators, each within [-1, 1], and
// sealed weights w_k within [-1, 1]. Standardising what the dictionary declares spreads a weight's few bits over what
// its term can do, whatever the unit of its column, and tells nothing about the coefficients. Multiplied out, so that a
// model in a person's units is one in standardised ones: I(age^2) brings age' and 1 with it.
// A value that is missing(x) somewhere in the equation counts as the middle of its range, as in query/bind/score.hpp.
#pragma once

#include <string>
#include <vector>

#include "query/bind/polynomial.hpp"
#include "query/parse/score_equation.hpp"

namespace mc::query {

struct SealedScore {
  std::string model;                    // "heart"
  std::string name;                     // "risk_score('heart')"
  std::string equation;                 // canonical, of the shape
  double scale = 1;                     // above 0
  std::vector<Monomial> monomials;      // powers are of standardised values; the first one is 1
  std::vector<std::uint32_t> complete;  // columns that a person must have; only those that may be missing
  double rounding = 0;                  // no person's score is off by more

  /// Of a weight: "heart.0". No parameter of SQL is called so.
  [[nodiscard]] std::string parameter(std::size_t monomial) const { return model + "." + std::to_string(monomial); }
};

/// REQUIRES a shape (ScoreEquation::sealed_scale).
///   errors  with `at`: look_up_terms'; kInvalidArgument for a shape without terms
Result<SealedScore> bind_sealed_score(const ScoreEquation& shape, const std::string& model, const Position& at,
                                      const data::Schema& schema, const std::vector<Domain>& domains);

/// The shape of an equation: its terms, and the smallest power of two that holds what every one can add to a score.
///   errors  as bind_sealed_score's; kInvalidArgument for an equation that gives everybody 0
Result<ScoreEquation> shape_of(const ScoreEquation& equation, const data::Schema& schema);

/// What an equation's coefficients are as weights of a shape: one per monomial, not rounded. They are secrets, and no
/// message holds one.
///   errors  kInvalidArgument where its terms are not those of the shape, or a weight would not be within [-1, 1]
Result<std::vector<double>> sealed_weights(const SealedScore& score, const ScoreEquation& equation,
                                           const data::Schema& schema);

}  // namespace mc::query
