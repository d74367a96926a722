// SPDX-License-Identifier: Apache-2.0
// Terms whose columns are nearly a combination of the others. Their coefficients have numbers, which a model tells
// apart by what little of the columns differs: standard errors are many times what each column alone would have, and
// digits are lost in the same measure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "query/release/matrix.hpp"

namespace mc::query {

struct CollinearTerm {
  std::string term, with;  // and the other term whose column is nearest to its own
  double correlation = 0;  // of the two columns, among persons as the model weighs them
  double inflation = 0;    // of the estimate's variance by all other columns: 1 / (1 - R^2)
};

/// An inflation from here on is told: a correlation of 0.9995.
inline constexpr double kInflationTold = 1000;

/// From the covariance of the estimates of slopes, without intercept and without terms that have no numbers: what is
/// left of it says how columns depend on each other. A pair is told once, by its later term.
///   source  Fox and Monette, JASA 87, 1992
std::vector<CollinearTerm> collinear_terms(std::span<const std::string> terms, const Matrix& covariance);

/// Of a model's object: nothing where there are none.
void add_collinear(nlohmann::ordered_json& json, std::span<const CollinearTerm> terms);
/// "x and y are nearly collinear (correlation 0.99990): …", a line each.
std::string collinear_text(std::span<const CollinearTerm> terms);

}  // namespace mc::query
