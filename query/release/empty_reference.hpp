// SPDX-License-Identifier: Apache-2.0
// Factors whose reference nobody has who counts. R's lm and glm drop levels without a complete case before they make
// columns, so that the next level is the reference; here columns are made before anybody knows. (coxph does not drop
// them: of its columns the last one has no coefficient.)
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "query/plan/plan.hpp"

namespace mc::query {

struct EmptyReference {
  std::string factor;    // as the formula has it
  std::string instead;   // the level that takes its place
  std::size_t term = 0;  // whose column that was
};

/// Of every factor whose columns add up to that of ones; none where the model has no intercept.
///   square   sum over persons of the square of a term's column; asked of columns of levels
///   whole    sum over persons of 1; `margin`: how far sums are off at most
std::vector<EmptyReference> empty_references(const PlanModel& model, const std::function<double(std::size_t)>& square,
                                             double whole, double margin);

/// The terms in the order in which they are kept: those of such a level last, with its interactions.
std::vector<std::size_t> order_of_terms(const PlanModel& model, const std::vector<EmptyReference>& references);

/// "Nobody who counts has the reference of arm: B takes its place, as in R", a line each.
std::string references_text(const std::vector<EmptyReference>& references);

}  // namespace mc::query
