// SPDX-License-Identifier: Apache-2.0
// A risk predictor as it is published: numbers times the terms of a fitted model,
//   -3.2 + 0.013 * age + 0.6 * sexM + 0.01 * age:sexM - 0.2 * "smokernever again"
// A term is called as R calls a coefficient; in double quotes where it holds other characters than names do. What the
// names mean is the dictionary's business (query/bind/score.hpp).
// Of a sealed model only the shape is published, with a scale: its coefficients, which nobody else reads, are at most
// the scale when values are standardised (query/bind/sealed_score.hpp):
//   4 * [$ + $ * age + $ * sexM]
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "query/parse/identifier.hpp"

namespace mc::query {

inline constexpr std::size_t kEquationBytesMax = 8 * 1024;
inline constexpr std::size_t kEquationTermsMax = 64;
inline constexpr std::size_t kModelNameBytesMax = 64;

/// Coefficients beyond this cannot be meant.
inline constexpr double kScoreCoefficientMax = 1e9;

struct EquationTerm {
  double coefficient = 0;
  std::string term;
  friend bool operator==(const EquationTerm&, const EquationTerm&) = default;
};

struct ScoreEquation {
  double intercept = 0;
  std::vector<EquationTerm> terms;     // each once
  std::optional<double> sealed_scale;  // of a shape; its intercept and coefficients are 0 and mean nothing
  friend bool operator==(const ScoreEquation&, const ScoreEquation&) = default;
};

/// [+|-] number [* term] { + | - number [* term] }; a number by itself is the intercept, at most one of them. Or scale
/// * [$ { + $ * term }].
///   errors  kParse, kLimit with the line:column at which the quoted equation stands, and what was found
Result<ScoreEquation> parse_equation(std::string_view text, const Position& at);

/// One spelling per equation: parsing it gives the same one.
std::string equation_text(const ScoreEquation& equation);

/// Whether a text is the name of a model and no equation: a letter, then letters, digits and _ . -
bool is_model_name(std::string_view text);

}  // namespace mc::query
