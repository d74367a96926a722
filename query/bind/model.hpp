// SPDX-License-Identifier: Apache-2.0
// A model function whose names and types have been checked: the columns of its design matrix as R's model.matrix makes
// them, and how each is put together from what is sealed.
//
// In which units. What is sealed of a value is x' = (x - centre) / half width. A design column in the records' units is
// a product of values and indicators, so it is a polynomial in the x': its Expansion. Sums are released of products of
// Monomials of these polynomials and of nothing else, and a sum of products of design columns is an exact linear
// combination of them. So a fit in the records' units needs no assumption about the formula. (To fit centred columns
// and to carry the coefficients back would be wrong where an interaction stands without its main effects: age':bmi'
// and age:bmi span different models there. In a formula with all of them the monomials are just those of the columns,
// and not one sum more is released.) Estimates and covariance in the records' units follow from those of any other
// basis X~ = X U of the columns' space by b = U b~ and cov(b) = U cov(b~) U'.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "query/bind/cells.hpp"
#include "query/bind/condition.hpp"
#include "query/bind/expansion.hpp"
#include "query/bind/polynomial.hpp"
#include "query/parse/model_call.hpp"

namespace mc::query {

/// A column's value to a power, or whether it lies in `cells`.
struct DesignFactor {
  std::uint32_t column = 0;
  std::uint32_t power = 1;
  std::optional<CellSet> cells;
};

struct DesignColumn {
  std::string name;                   // as R names the coefficient
  std::vector<DesignFactor> factors;  // none: the intercept
};

struct BoundModel {
  std::string formula;                 // canonical
  std::uint32_t response = 0;          // of Surv(time, event) the time
  std::optional<std::uint32_t> event;  // of Surv(time, event)
  CellSet outcome;                     // of the event, or of a logistic regression's response: what counts as 1
  bool intercept = true;
  std::vector<DesignColumn> design;   // the intercept first; survival models have none, kaplan_meier no columns at all
  std::vector<std::uint32_t> strata;  // of models that are counted: the columns whose categories or bins are told apart
  SurvivalOptions survival;
  bool trained = false;  // on ciphertext, with refreshes: logistic_regression, and cox with a measurement among x
  bool counted = false;  // logistic_regression where nothing is trained: count_model (strata.hpp)
  std::vector<std::uint32_t> offsets;
  std::optional<std::uint32_t> weights;
  double ridge = 0;
  std::uint32_t maxit = kIterationsUsual;  // iterations of a model that is trained
  MissingValues missing = MissingValues::kCompleteCases;
  std::vector<std::uint32_t> compared;  // columns of which nothing but comparisons are read, as of I(age > 50)
  std::vector<std::uint32_t> complete;  // columns that a person must have to be counted; only those that may be missing
};

/// The formula, with R's dot replaced by the columns that it stands for.
///   errors  as parse_formula, with line:column inside the formula
Result<Formula> whole_formula(const Formula& formula, const data::Schema& schema);

/// Checks a model function against the schema. `domains` are divided at the formula's comparisons (divide_for). Persons
/// lie in the `possible` cells, as necessary_cells of WHERE says.
///   design   R's model.matrix with treatment contrasts: texts and factor(x) are factors, whose levels are the
///            possible categories in the dictionary's order, the first one the reference; a factor has all its levels
///            where the term without it is not in the model; of an interaction the first variable turns fastest
///   missing  with kIndicator a predictor may be missing: its value then counts as the middle of its declared range, a
///            factor as its reference, and a column missing(x) at the end says that it was
///   outcome  of a logistic regression and of Surv(): 1 of a 0/1 column; of two categories the second one, as R takes
///            a factor (and 1/2 in Surv); of any column with categories the one that it is compared with by ==
///   I(age > 50) is a factor with the levels FALSE and TRUE, as R's logicals are
///   factor() cuts a measurement at its declared edges, into levels as "[40,60)"
///   survival the time needs declared times; predictors have categories, or are measurements cut by factor(); cox takes
///            measurements as they are too, and is trained then
///   errors   kNotFound and kInvalidArgument with line:column inside the formula
///   source   R's stats:::model.matrix.default; Chambers and Hastie 1992, section 2.4.1
Result<BoundModel> bind_model(Statistic statistic, const ModelCall& call, const data::Schema& schema,
                              const std::vector<Domain>& domains, const CellMap& possible);

/// The monomials of a model, 1 first, and its columns in them.
struct ModelBasis {
  std::vector<Monomial> monomials;
  std::vector<Expansion> columns;  // per design column, in the records' units
  Expansion response;              // minus the offsets
};

/// A response that is no outcome must be a number (MC_CHECK).
ModelBasis basis_of(const BoundModel& model, const data::Schema& schema, const std::vector<Domain>& domains);

}  // namespace mc::query
