// SPDX-License-Identifier: Apache-2.0
// A risk predictor whose terms have been looked up in the dictionary: one more measurement, which nobody has sealed.
//
// On a grid. Thresholds are compared under encryption, and a sign is only right where its argument is not near 0
// (docs/design/0021). So coefficients are rounded until every person's score is a multiple of one `step`: with
// u = x - middle, a multiple of the column's own step, the score is a polynomial in the u and in indicators, and each
// coefficient times the steps of its columns becomes a multiple of `step`. The step is the coarsest of 1, 1/2, 1/5,
// 1/10, 1/20, … that changes nobody's score by more than kScoreRoundingMax; a score in few decimals of columns in
// whole numbers is not changed at all.
// Where a value is missing its u and its indicators are 0, so that even then the polynomial is on the grid; whoever
// lacks a value that the score needs has none.
#pragma once

#include <string>
#include <vector>

#include "query/bind/polynomial.hpp"
#include "query/parse/score_equation.hpp"

namespace mc::query {

/// No person's score is off by more than this: 2^-11 of a logit is at most 0.00013 of a risk.
inline constexpr double kScoreRoundingMax = 0x1p-11;
/// Where a comparison starts from what proofs leave (query/plan/comparison_plan.hpp), a score has at most so many
/// multiples of its step to either side, whatever an owner sealed within its range: coefficients that need a finer grid
/// are rounded to the finest that there is, as long as nobody's score moves by more than this: a risk by 0.008.
inline constexpr double kProvenScoreSteps = 120'000;
inline constexpr double kProvenScoreRoundingMax = 0x1p-5;
/// As many multiples of the step as a score may reach to either side of its middle.
inline constexpr double kScoreReachMax = 1073741824.0;  // 2^30

/// coefficient * product of u^power and indicators.
struct ScoreTerm {
  Monomial monomial;
  double coefficient = 0;
  friend bool operator==(const ScoreTerm&, const ScoreTerm&) = default;
};

/// Where a column's u begins: u = (centre - middle) + half width * x'.
struct ScoreOrigin {
  double middle = 0;
  double reach = 0;  // |u| is at most this
};

struct BoundScore {
  std::string name;              // of the column, as messages and handles call it
  std::string equation;          // canonical
  std::uint32_t column = 0;      // index into BoundQuery::schema.columns
  std::vector<ScoreTerm> terms;  // on the grid, without the constant
  double constant = 0;           // the score where every u and every indicator is 0
  double step = 1;
  double rounding = 0;                  // no person's score is off by more
  double reach = 1;                     // a multiple of step: |score - constant| is at most this
  std::vector<std::uint32_t> complete;  // columns that a person must have; only those that may be missing
};

ScoreOrigin score_origin(const data::Column& column);

/// Looks an equation's terms up (query/bind/score_terms.hpp). A value that is missing(x) somewhere in the equation
/// counts as the middle of its range and need not be there, as in models with missing => 'indicator'.
///   proven  comparisons start from what proofs leave
///   errors  with `at`: look_up_terms'; kInvalidArgument for a column without a step, and for coefficients that need a
///   finer grid than there is
Result<BoundScore> bind_score(const ScoreEquation& equation, const std::string& name, const Position& at,
                              const data::Schema& schema, const std::vector<Domain>& domains, bool proven = false);

/// The column that the score is like: a measurement from constant - reach to constant + reach, in steps.
data::Column score_column(const BoundScore& score);

}  // namespace mc::query
