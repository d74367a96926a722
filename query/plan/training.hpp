// SPDX-License-Identifier: Apache-2.0
// From a bound logistic regression to the computation that trains it, and back from its coefficients to the records'.
#pragma once

#include "query/bind/bound_query.hpp"
#include "query/plan/plan.hpp"

namespace mc::query {

struct PlannedTraining {
  LogisticPlan plan;
  PlanModel model;  // basis: the plan's coefficients, the intercept first; columns: the records' design in that basis
};

/// The design matrix that is trained spans the same space as R's. Where the monomials in standardised values are as
/// many as the columns (every interaction has its main effects), those are trained, for they are nearly uncorrelated
/// with the intercept; otherwise the columns themselves, each divided by the largest value that the dictionary allows.
/// With X = M E' the coefficients are b~ = E' b, so b = inverse(E') b~.
///   errors  with line:column. kInvalidArgument for a response that is not 0/1 or one of two categories; kUnsupported
///           for OR over several columns in WHERE, more than kTrainingFactorsMax factors in a column, and a penalty;
///           kLimit for more coefficients than kTrainingColumnsMax
Result<PlannedTraining> plan_training(const BoundItem& item, const BoundQuery& query, const data::Schema& schema);

}  // namespace mc::query
